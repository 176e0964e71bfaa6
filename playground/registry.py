"""A local image registry's public face: answers which tags an image has, as Docker Hub does."""

import json
import re
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

TAGS: Mapping[str, Sequence[str]] = {
    "ai4oshub/demo-app": ("latest", "cpu", "gpu"),
    "ai4oshub/plankton-classifier": ("latest", "cpu", "gpu"),
    "ai4oshub/cloud-trainer": ("cpu", "gpu"),
    "ai4oshub/owl-caller": ("latest",),
    "ai4oshub/ai4os-dev-env": ("latest", "u22.04-cpu", "u22.04-gpu"),
}
_PATH = re.compile(r"^/v2/(?:repositories|namespaces)/(?P<org>[^/]+)/(?:repositories/)?(?P<name>[^/]+)/tags/?$")


class LocalRegistry:
    """Serves the tags of some images on a free loopback port; use it as a context manager."""

    def __init__(self, tags: Mapping[str, Sequence[str]] = TAGS) -> None:
        self.tags = {image: tuple(names) for image, names in tags.items()}
        self.is_down = False
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = registry.answer(urlsplit(self.path).path)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="registry", daemon=True)

    @property
    def address(self) -> str:
        """Return the base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return status and body for a path."""
        if self.is_down:
            return 503, {"message": "down"}
        match = _PATH.match(path)
        names = self.tags.get(f"{match['org']}/{match['name']}") if match else None
        if names is None:
            return 404, {"message": "object not found"}
        results = [
            {"name": name, "last_updated": f"2026-09-{30 - place:02}T00:00:00Z"} for place, name in enumerate(names)
        ]
        return 200, {"count": len(results), "next": None, "previous": None, "results": results}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
