"""Lets in only this page: the right host, the right origin, and the key that stands in the page."""

import secrets
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class Guard:
    """Refuses what another page, another machine or another program sends; `port` is known once we listen."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    port: int = 0

    def middleware(self) -> Middleware:
        """Return what aiohttp asks before each request."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            reason = self.refusal(request)
            if reason:
                return web.Response(status=403, text=reason, headers=HEADERS)
            try:
                answer = await handler(request)
            except web.HTTPException as failure:
                failure.headers.update(HEADERS)
                raise
            if not answer.prepared:
                answer.headers.update(HEADERS)
            return answer

        return check

    def refusal(self, request: web.Request) -> str:
        """Return why a request is not let in, empty when it is."""
        if request.headers.get("Host", "") not in self._hosts():
            return "This page answers on its loopback address only."
        origin = request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts()}:
            return "Another page cannot use this one."
        if _is_open(request):
            return ""
        given = request.headers.get("X-Playground") or request.query.get("key", "")
        return "" if secrets.compare_digest(given.encode(), self.key.encode()) else "The page's key is missing or old."

    def _hosts(self) -> set[str]:
        return {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}


def _is_open(request: web.Request) -> bool:
    """Tell whether anybody on this machine may have it: the page itself, which holds nothing yet."""
    return request.method == "GET" and (request.path == "/" or request.path.startswith("/static/"))
