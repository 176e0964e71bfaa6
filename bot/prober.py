"""Finds out whether an address of a deployment answers, by asking it."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import requests

_TIME_LIMITS = (1.5, 2.0)
_NOT_YET = frozenset({502, 503, 504})
_NOTHING_THERE = 404
_MOST_QUESTIONS = 200
_MOST_ANSWERS = 2000
_ROUTER_NOTICE = "404 page not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProber:
    """Asks with one GET each: no redirects, a short time limit, the body unread."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16, thread_name_prefix="probe"))
    _answers: OrderedDict[str, bool | None] = field(default_factory=OrderedDict)
    _asking: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

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

    def recent(self, url: str) -> bool | None:
        """Return the last answer at once and ask again in the background; one question at a time for an address.

        The round that follows deployments must not wait for addresses that do not answer.
        """
        with self._lock:
            found = self._answers.get(url)
            if url not in self._asking and len(self._asking) < _MOST_QUESTIONS:
                self._asking.add(url)
                self.pool.submit(self._ask, url)
        return found

    def answer_all(self, urls: Sequence[str]) -> tuple[bool | None, ...]:
        """Ask several addresses at once."""
        return tuple(self.pool.map(self.answers, urls))

    def is_taken(self, url: str) -> bool:
        """Tell whether something lives at the address already."""
        return bool(url) and bool(self.answers(url))

    def _ask(self, url: str) -> None:
        answer = self.answers(url)
        with self._lock:
            self._asking.discard(url)
            self._answers[url] = answer
            self._answers.move_to_end(url)
            while len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)

    def close(self) -> None:
        """End the threads."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def _is_router_notice(answer: requests.Response) -> bool:
    beginning = next(answer.iter_content(64), b"")
    return _ROUTER_NOTICE in beginning.decode("utf-8", errors="replace")
