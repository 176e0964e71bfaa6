"""Wait for a condition on something that runs outside this process."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")

_LOOK_AGAIN_AFTER = timedelta(milliseconds=100)


class WaitedInVainError(AssertionError):
    """The condition did not come true in time."""


def wait_until(probe: Callable[[], T | None], *, within: timedelta, what: str) -> T:
    """Return the first answer of the probe that is neither None nor False."""
    pause = threading.Event()
    deadline = time.monotonic() + within.total_seconds()
    while True:
        answer = probe()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() >= deadline:
            raise WaitedInVainError(f"waited {within.total_seconds():g} s in vain: {what}")
        pause.wait(_LOOK_AGAIN_AFTER.total_seconds())
