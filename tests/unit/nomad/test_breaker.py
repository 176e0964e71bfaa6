"""Check that a Nomad that hangs costs little time and few threads, and that it is asked again once it is back."""

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import ClusterUnavailable
from bot.nomad.breaker import Breaker, left, within
from bot.nomad.client import MOST_PAGES, NomadClient, NomadConnection, connect
from bot.nomad.failures import OutcomeUnknown
from tests.unit.nomad.scripted_server import Reply, ScriptedServer, scripted

PATIENCE = timedelta(seconds=0.4)
HANGS, ANSWERS = Reply(hangs=True), Reply(body='"leader"')


@contextmanager
def impatient(server: ScriptedServer, **settings: Any) -> Iterator[NomadClient]:
    """Connect with little patience."""
    client = connect(NomadConnection(address=server.address, timeout=PATIENCE, **settings))
    try:
        yield client
    finally:
        client.close()


# Time.


def test_after_an_answer_that_did_not_come_nothing_is_asked_for_a_moment() -> None:
    """The next call fails at once, without a request, and says that nothing was changed."""
    with scripted(HANGS) as server, impatient(server) as nomad:
        with pytest.raises(ClusterUnavailable, match="in time"):
            nomad.get("jobs")
        with pytest.raises(ClusterUnavailable, match="does not answer at the moment") as caught:
            nomad.post("jobs", {})

    assert len(server.requests) == 1
    assert caught.value.changed == "Nothing was changed."


def test_one_call_tries_whether_nomad_is_back() -> None:
    """After the moment one call is let through; once it is answered, all are."""
    with scripted(HANGS, ANSWERS) as server, impatient(server) as nomad:
        with pytest.raises(ClusterUnavailable):
            nomad.get("status/leader")
        threading.Event().wait(nomad.breaker.pause)

        answers = [nomad.get("status/leader") for _ in range(3)]

    assert answers == ["leader"] * 3


def test_while_one_call_tries_the_others_do_not_wait() -> None:
    """Of two calls after the moment one is asked, the other fails at once."""
    breaker = Breaker(pause=0)
    breaker.went_unanswered()

    with breaker.call(), pytest.raises(ClusterUnavailable, match="at the moment"), breaker.call():
        pass
    breaker.was_answered()
    with breaker.call(), breaker.call():
        pass


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(breaks=True), Reply(status=403), Reply(body="<html>")])
def test_trouble_that_comes_at_once_does_not_stop_the_next_call(reply: Reply) -> None:
    """An error, a broken connection or rubbish costs no time, so Nomad is asked again at once."""
    with scripted(*[reply] * 3, ANSWERS) as server, impatient(server) as nomad:
        with pytest.raises(ClusterUnavailable):
            nomad.put("var/x", {})

        with pytest.raises(ClusterUnavailable):
            nomad.put("var/x", {})

    assert len(server.requests) == 2


def test_all_calls_of_one_question_end_together() -> None:
    """What is left of the time shrinks from call to call, and nothing is asked when it is up."""
    with within(0.0), pytest.raises(ClusterUnavailable, match="in time"):
        left(8.0)
    with within(60.0), within(3.0):
        assert left(8.0) <= 3.0
        assert left(2.0) == 2.0
    assert left(8.0) == 8.0


def test_an_answer_that_never_ends_is_given_up() -> None:
    """One byte now and then does not keep anybody waiting."""
    with (
        scripted(Reply(drips=True, body="[")) as server,
        impatient(server) as nomad,
        pytest.raises(ClusterUnavailable, match="in time"),
    ):
        nomad.get("jobs")
    assert len(server.requests) == 1


# Threads and connections.


def test_calls_under_way_are_limited() -> None:
    """Those beyond the limit wait a little and are told; none stays behind."""
    breaker = Breaker(most=2, longest_wait=0.05)
    entered, leave = threading.Barrier(3), threading.Event()

    def occupy() -> None:
        with breaker.call():
            entered.wait(timeout=5)
            leave.wait(timeout=5)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(occupy)
        entered.wait(timeout=5)
        with pytest.raises(ClusterUnavailable, match="Too much"), breaker.call():
            pass
        leave.set()
    with breaker.call():
        pass


# Memory.


def test_answer_beyond_the_limit_is_refused() -> None:
    """It is not read into memory, and the person is told; after a write, that it may have taken effect."""
    large = Reply(body=f'"{"x" * 300_000}"')
    with scripted(large) as server, impatient(server, most_bytes=1000) as nomad:
        with pytest.raises(ClusterUnavailable, match="larger than the bot takes"):
            nomad.get("jobs")
        with pytest.raises(OutcomeUnknown):
            nomad.post("jobs", {})
        with pytest.raises(ClusterUnavailable):
            nomad.list("jobs")


def test_endless_pages_are_refused() -> None:
    """A listing whose pages never end is neither read for ever nor cut off silently."""
    page = Reply(body="[]", headers={"X-Nomad-NextToken": "more"})
    with scripted(page) as server, impatient(server) as nomad, pytest.raises(ClusterUnavailable, match="larger"):
        nomad.list("jobs")

    assert len(server.requests) == MOST_PAGES


def test_packed_answers_are_measured_unpacked() -> None:
    """A small answer that unpacks to a large one is refused as well."""
    packed = gzip.compress(b'"' + b"x" * 300_000 + b'"', mtime=0).decode("latin-1")
    reply = Reply(body=packed, headers={"Content-Encoding": "gzip"}, encoding="latin-1")
    with scripted(reply) as server, impatient(server, most_bytes=1000) as nomad:
        with pytest.raises(ClusterUnavailable, match="larger"):
            nomad.get("jobs")
        assert len(packed) < 1000
    with scripted(reply) as server, impatient(server) as nomad:
        assert len(nomad.get("jobs")) == 300_000
