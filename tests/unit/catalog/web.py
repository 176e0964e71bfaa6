"""A small web server on this machine that serves what a test puts into it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a path answers; it waits for `gate`, and sends `pieces` one by one, if there are any."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    gate: Event | None = None


@dataclass
class LocalWeb:
    """Pages by path (with the query, or without it), what was asked for, and a switch to fail altogether."""

    address: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    missing: Page = Page(status=404, body=b"404: Not Found")
    outage: Page | None = None
    asked: list[str] = field(default_factory=list)
    not_modified: list[str] = field(default_factory=list)

    def put(self, path: str, text: str, **options: object) -> None:
        """Serve a text at a path."""
        self.pages[path] = Page(body=text.encode(), **options)  # type: ignore[arg-type]  # options are Page's own

    def page(self, path: str) -> Page:
        """Return what a path answers now."""
        bare = urlsplit(path).path
        return self.outage or self.pages.get(path) or self.pages.get(bare) or self.missing


@contextmanager
def local_web() -> Iterator[LocalWeb]:
    """Run a server for a while."""
    web = LocalWeb()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(web))
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    web.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield web
    finally:
        for page in web.pages.values():
            if page.gate:
                page.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(web: LocalWeb) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            page = web.page(self.path)
            if page.gate:
                page.gate.wait(10)
            etag = hashlib.sha256(page.body).hexdigest()
            status = page.status
            if status == 200 and self.headers.get("If-None-Match") == etag:
                web.not_modified.append(self.path)
                status = 304
            try:
                self.send_response(status)
                headers = {"Content-Length": str(len(page.body)), "ETag": etag, **page.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if status != 304:
                    self.wfile.write(page.body)
            except OSError:  # the client has gone
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
