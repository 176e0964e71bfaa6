"""Finds out whether an address of a deployment answers, by asking it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

_TIME_LIMITS = (1.5, 2.0)
_NOT_YET = frozenset({502, 503, 504})
_NOTHING_THERE = 404
_ROUTER_NOTICE = "404 page not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProber:
    """Asks with one GET each: no redirects, a short time limit, the body unread."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, thread_name_prefix="probe"))

    def answers(self, url: str) -> bool | None:
        """Tell whether the service answers: a page or a login is yes, a gateway error or no connection is no.

        The router's 404 means that it does not know the deployment yet, hence no (nomad.md section 9).
        """
        if not url.startswith(("http://", "https://")):
            return None
        try:
            with requests.get(url, timeout=_TIME_LIMITS, allow_redirects=False, stream=True) as answer:
                if answer.status_code == _NOTHING_THERE:
                    return not _is_router_notice(answer)
                return answer.status_code not in _NOT_YET
        except requests.RequestException:
            return False

    def answer_all(self, urls: Sequence[str]) -> tuple[bool | None, ...]:
        """Ask several addresses at once."""
        return tuple(self.pool.map(self.answers, urls))

    def is_taken(self, url: str) -> bool:
        """Tell whether something lives at the address already."""
        return bool(url) and bool(self.answers(url))

    def close(self) -> None:
        """End the threads."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def _is_router_notice(answer: requests.Response) -> bool:
    beginning = next(answer.iter_content(64), b"")
    return _ROUTER_NOTICE in beginning.decode("utf-8", errors="replace")
