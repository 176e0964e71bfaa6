"""Check how Nomad is called, and what people are told when a call fails."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.errors import BotError, ClusterUnavailable, RejectedByCluster
from bot.nomad.client import NomadClient, NomadConnection, connect
from bot.nomad.failures import NomadAnswered, OutcomeUnknown, rejection
from tests.agent.certificates import make_certificates
from tests.unit.nomad.scripted_server import Reply, scripted

TOKEN = "the-secret-token"
SHORT = (0.5, 0.2)


@contextmanager
def client(address: str, **settings: Any) -> Iterator[NomadClient]:
    """Connect with a token, and close the connections at the end."""
    made = connect(NomadConnection(address=address, token=SecretStr(TOKEN), **settings))
    try:
        yield made
    finally:
        made.close()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_token_and_name_travel_in_headers() -> None:
    """A call carries the token, says who calls, and a slash at the address's end does no harm."""
    with scripted(Reply(body='"leader"')) as server, client(server.address + "/") as nomad:
        assert nomad.get("status/leader") == "leader"

    assert server.requests == [("GET", "/v1/status/leader")]
    assert server.tokens == [TOKEN]
    assert server.agents == ["ai4os-bot"]


def test_environment_does_not_override_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that python-nomad and requests read by themselves change neither address, token nor namespace."""
    for name in ("NOMAD_ADDR", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:1")
    monkeypatch.setenv("NOMAD_TOKEN", "another")
    monkeypatch.setenv("NOMAD_NAMESPACE", "another")
    monkeypatch.setenv("NOMAD_REGION", "another")

    with scripted(Reply(body="[]")) as server, client(server.address) as nomad:
        nomad.get("jobs", {"namespace": "ai4eosc"})

    assert server.requests == [("GET", "/v1/jobs?namespace=ai4eosc")]
    assert server.tokens == [TOKEN]


def test_no_token_is_sent_where_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token in the settings none is sent, not even the environment's."""
    monkeypatch.setenv("NOMAD_TOKEN", "another")

    with scripted(Reply()) as server:
        nomad = connect(NomadConnection(address=server.address))
        nomad.get("jobs")
        nomad.close()

    assert server.tokens == [None]


def test_listing_follows_the_pages() -> None:
    """A listing is read page by page until Nomad names no next one."""
    first = Reply(body='[{"ID": "a"}]', headers={"X-Nomad-NextToken": "ai4eosc.b"})

    with scripted(first, Reply(body='[{"ID": "b"}]')) as server, client(server.address) as nomad:
        found = nomad.list("jobs", {"namespace": "*"})

    assert found == [{"ID": "a"}, {"ID": "b"}]
    assert [path for _, path in server.requests] == [
        "/v1/jobs?namespace=%2A&per_page=1000",
        "/v1/jobs?namespace=%2A&per_page=1000&next_token=ai4eosc.b",
    ]


@pytest.mark.parametrize("body", ["", "null", "{}", '[{"ID": "a"}, 7]', "[null]"])
def test_what_is_no_listing_is_not_taken_for_an_empty_one(body: str) -> None:
    """Nothing, null, or a list with something else in it: nobody may read there that their deployments are gone."""
    with scripted(Reply(body=body)) as server, client(server.address) as nomad, pytest.raises(ClusterUnavailable):
        nomad.list("jobs")


def test_broken_read_is_tried_again() -> None:
    """A read whose connection breaks is sent once more."""
    with scripted(Reply(breaks=True), Reply(body="[]")) as server, client(server.address) as nomad:
        assert nomad.get("jobs") == []

    assert len(server.requests) == 2


def test_broken_write_is_not_tried_again() -> None:
    """A write whose connection breaks is not repeated; its outcome is unknown and the error says so."""
    with (
        scripted(Reply(breaks=True), Reply(body="{}")) as server,
        client(server.address) as nomad,
        pytest.raises(OutcomeUnknown, match="broke") as caught,
    ):
        nomad.post("jobs", {})

    assert len(server.requests) == 1
    assert "not known" in caught.value.changed


def test_slow_answer_ends_a_read_at_once() -> None:
    """A read that gets no answer in time is given up without waiting a second time."""
    with (
        scripted(Reply(hangs=True)) as server,
        client(server.address) as nomad,
        pytest.raises(ClusterUnavailable, match="did not answer in time") as caught,
    ):
        nomad.get("jobs", timeout=SHORT)

    assert len(server.requests) == 1
    assert caught.value.changed == "Nothing was changed."


def test_slow_answer_leaves_a_write_open() -> None:
    """A write that gets no answer in time may have taken effect."""
    with (
        scripted(Reply(hangs=True)) as server,
        client(server.address) as nomad,
        pytest.raises(OutcomeUnknown, match="did not answer in time"),
    ):
        nomad.put("var/x", {}, timeout=SHORT)


def test_refused_connection_means_that_nothing_was_sent() -> None:
    """Where nothing listens, a write certainly had no effect."""
    with (
        client(f"http://127.0.0.1:{free_port()}") as nomad,
        pytest.raises(ClusterUnavailable, match="cannot be reached") as caught,
    ):
        nomad.post("jobs", {}, timeout=SHORT)

    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.changed == "Nothing was changed."


@pytest.mark.parametrize("method", ["get", "delete"])
def test_redirect_is_an_error_and_not_followed(method: str) -> None:
    """An address that redirects is called wrong, and the token follows no redirect."""
    with scripted() as elsewhere:
        reply = Reply(status=301, headers={"Location": elsewhere.address})
        with (
            scripted(reply) as server,
            client(server.address) as nomad,
            pytest.raises(ClusterUnavailable, match="NOMAD_ADDR"),
        ):
            getattr(nomad, method)("job/x")

    assert elsewhere.requests == []


@pytest.mark.parametrize("body", ["<html>a login page</html>", '{"half": ', "[1,"])
def test_rubbish_is_not_taken_for_nomad(body: str) -> None:
    """An answer that is not JSON is told as another server's."""
    with (
        scripted(Reply(body=body)) as server,
        client(server.address) as nomad,
        pytest.raises(ClusterUnavailable, match="language"),
    ):
        nomad.get("jobs")


@pytest.mark.parametrize(("address", "packed"), [("http://127.0.0.1:4646", False), ("https://nomad.example.org", True)])
def test_answers_are_packed_on_a_network_only(address: str, packed: bool) -> None:  # noqa: FBT001 - a parameter
    """A Nomad on the same machine is asked for its answers as they are, any other one for packed ones."""
    with client(address) as nomad:
        accepted = str(nomad.session.headers["Accept-Encoding"])

    assert ("gzip" in accepted) is packed


def test_half_a_character_spoils_no_listing() -> None:
    """A text that is not quite Unicode, which anybody may write into a job, does not hide all others."""
    with scripted(Reply(body='["\\ud800", "fine"]')) as server, client(server.address) as nomad:
        assert nomad.get("jobs") == ["\ud800", "fine"]


def test_object_where_a_list_belongs_is_rubbish() -> None:
    """A listing that answers with an object is told as another server's."""
    with (
        scripted(Reply(body='{"message": "hello"}')) as server,
        client(server.address) as nomad,
        pytest.raises(ClusterUnavailable, match="language"),
    ):
        nomad.list("jobs")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, "Permission denied", "token is missing, expired or lacks the right"),
        (404, "job not found", "knows nothing"),
        (429, "", "too many connections"),
        (500, "rpc error: No cluster leader", "no leader"),
        (500, "keyring has not been initialized yet", "still starting"),
        (502, "<html>bad gateway</html>", "not available behind its gateway"),
        (500, "1 error occurred:\n\t* something odd\n\n", "reports an error: something odd"),
    ],
)
def test_errors_are_told_in_plain_words(status: int, body: str, words: str) -> None:
    """Each of Nomad's errors has its sentence, by status and by text."""
    with (
        scripted(Reply(status=status, body=body)) as server,
        client(server.address) as nomad,
        pytest.raises(NomadAnswered, match=words) as caught,
    ):
        nomad.get("jobs")

    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "text", "kind", "words"),
    [
        (403, "Permission denied", RejectedByCluster, "may not deploy in the namespace"),
        (
            403,
            "Job registration, dispatch, and scale are disabled by the scheduler configuration",
            RejectedByCluster,
            "takes no new deployments",
        ),
        (500, 'job "x" is in nonexistent namespace "nope"', RejectedByCluster, "no namespace “nope”"),
        (500, "job priority must be between [1, 100]", RejectedByCluster, "does not take this deployment"),
        (500, "No cluster leader", ClusterUnavailable, "leader"),
        (500, "rpc error: EOF", ClusterUnavailable, "EOF"),
        (429, "", ClusterUnavailable, "connections"),
    ],
)
def test_refused_jobs_are_told_from_unavailability(status: int, text: str, kind: type[BotError], words: str) -> None:
    """What Nomad will never take is a rejection, what may work later is not."""
    answer = NomadAnswered(text or "Nomad has too many connections from the bot at once.", status=status, text=text)

    error = rejection(answer, namespace="nope")

    assert isinstance(error, kind)
    assert words in str(error)


@pytest.mark.parametrize(
    ("status", "body"), [(502, "bad gateway"), (504, ""), (500, "No cluster leader"), (500, "rpc error: EOF")]
)
def test_write_that_failed_on_the_way_is_in_doubt(status: int, body: str) -> None:
    """A write that a gateway or a lost leader cut short may have taken effect, and the error says so."""
    with (
        scripted(Reply(status=status, body=body)) as server,
        client(server.address) as nomad,
        pytest.raises(NomadAnswered) as caught,
    ):
        nomad.delete("job/x")

    assert caught.value.is_in_doubt
    assert "not known" in caught.value.sentence()


@pytest.mark.parametrize("address", ["nomad.example.org", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x"])
def test_address_that_is_none_is_told(address: str) -> None:
    """An address without scheme, host or proper port is told as a wrong setting."""
    with client(address) as nomad, pytest.raises(ClusterUnavailable, match="NOMAD_ADDR"):
        nomad.get("jobs")


def test_missing_certificate_file_is_told(tmp_path: Path) -> None:
    """A certificate file that is not there is told by the settings that name it."""
    missing = str(tmp_path / "missing.pem")

    with (
        client("https://127.0.0.1:1", cacert=missing) as nomad,
        pytest.raises(ClusterUnavailable, match="NOMAD_CACERT"),
    ):
        nomad.get("jobs")


@pytest.mark.parametrize("path", ["job/a?purge=true", "job/..", "job/.", "job/a b", "job/", "job/ä", "job/a/../b"])
def test_segments_that_would_change_the_request_are_refused(path: str) -> None:
    """The library does not escape paths, so only plain segments are sent."""
    with scripted() as server, client(server.address) as nomad, pytest.raises(RejectedByCluster):
        nomad.get(path)

    assert server.requests == []


def test_no_text_holds_the_token() -> None:
    """Neither the client, nor an error, nor what an error drags along into a log shows the token."""
    with (
        scripted(Reply(status=403, body="no")) as server,
        client(server.address) as nomad,
        pytest.raises(ClusterUnavailable) as caught,
    ):
        nomad.get("jobs")

    assert TOKEN not in repr(nomad)
    assert TOKEN not in repr(caught.value) + caught.value.sentence()
    assert caught.value.__suppress_context__


def test_certificate_of_another_name_is_accepted_when_told(tmp_path: Path) -> None:
    """A certificate for server.global.nomad is accepted at an address of another name, if the settings say so."""
    files = make_certificates(tmp_path, now=datetime.fromtimestamp(time.time(), UTC))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(files.ca))
    context.load_cert_chain(str(files.certificate), str(files.key))
    settings = {"cacert": str(files.ca), "client_cert": str(files.certificate), "client_key": str(files.key)}

    with scripted(Reply(body='"x"'), tls=context) as server:
        with client(server.address, tls_server_name="server.global.nomad", **settings) as nomad:
            assert nomad.get("status/leader") == "x"
        with (
            client(server.address, tls_server_name="server.other.nomad", **settings) as nomad,
            pytest.raises(ClusterUnavailable, match="certificate"),
        ):
            nomad.get("status/leader")
        with client(server.address) as nomad, pytest.raises(ClusterUnavailable, match="certificate"):
            nomad.get("status/leader")
