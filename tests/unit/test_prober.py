"""Whether an address answers, asked of real sockets on loopback."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from bot.prober import HttpProber


class _Pages(BaseHTTPRequestHandler):
    """Answers with the status that the path names; `/router` as Traefik does for a host it does not know."""

    def do_GET(self) -> None:
        self.server.asked.set()  # type: ignore[attr-defined]  # put there by the fixture
        name = self.path.strip("/")
        body = b"404 page not found\n" if name == "router" else b"hello"
        self.send_response(404 if name == "router" else int(name))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Give a server that answers with the status in its path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as found:
        found.asked = Event()  # type: ignore[attr-defined]  # for tests that wait to be asked
        thread = Thread(target=found.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def prober() -> Iterator[HttpProber]:
    """Give a prober whose threads end with the test."""
    found = HttpProber()
    yield found
    found.close()


def _url(server: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{path}"


@pytest.mark.parametrize(
    ("path", "answers"),
    [("200", True), ("302", True), ("401", True), ("403", True), ("404", True), ("502", False), ("router", False)],
)
def test_a_page_or_a_login_answers_and_a_gateway_error_does_not(
    server: ThreadingHTTPServer, prober: HttpProber, path: str, *, answers: bool
) -> None:
    """A service's own 404 is an answer, the router's is not."""
    assert prober.answers(_url(server, path)) is answers


def test_nobody_there_is_no_and_nothing_to_ask_is_unknown(prober: HttpProber) -> None:
    """A refused connection does not answer; an address that cannot be asked is not called dead."""
    assert prober.answers("http://127.0.0.1:9/") is False
    assert prober.answers("") is None
    assert not prober.is_taken("")


def test_several_are_asked_at_once_in_their_order(server: ThreadingHTTPServer, prober: HttpProber) -> None:
    """The answers come in the order of the addresses."""
    assert prober.answer_all([_url(server, "200"), "", _url(server, "503")]) == (True, None, False)


def test_the_recent_answer_comes_without_waiting(server: ThreadingHTTPServer, prober: HttpProber) -> None:
    """The first time nothing is known; once the address has been asked, its answer is there."""
    url = _url(server, "200")

    first = prober.recent(url)
    server.asked.wait(5)  # type: ignore[attr-defined]  # put there by the fixture
    prober.pool.shutdown(wait=True)

    assert first is None
    assert prober._answers == {url: True}
