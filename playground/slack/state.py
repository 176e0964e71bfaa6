"""The workspace's shared state behind one lock, with waiting for changes."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from playground.clock import Clock
from playground.slack.ids import IdSource
from playground.slack.records import (
    Account,
    AckRecord,
    Call,
    Conversation,
    Problem,
    Quiet,
    ResponseUrl,
    StoryLine,
    Trigger,
    Upload,
    UserGroup,
    View,
)
from playground.slack.settings import AppSettings, Identity


class State:
    """All that the workspace knows; whoever reads or writes it holds `lock` and calls `announce` after a change."""

    def __init__(self, clock: Clock, ids: IdSource, identity: Identity, settings: AppSettings) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self.clock = clock
        self.ids = ids
        self.identity = identity
        self.settings = settings
        self.base_url = ""
        self.accounts: dict[str, Account] = {}
        self.conversations: dict[str, Conversation] = {}
        self.usergroups: dict[str, UserGroup] = {}
        self.files: dict[str, Upload] = {}
        self.quiet: dict[str, Quiet] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.answers: dict[str, list[tuple[str, str]]] = {}
        self.calls: list[Call] = []
        self.acks: list[AckRecord] = []
        self.problems: list[Problem] = []
        self.story: list[StoryLine] = []
        self.version = 0

    def announce(self) -> None:
        """Wake everybody who waits for a change, and count it."""
        with self.lock:
            self.version += 1
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[], bool], timeout: timedelta, *, pulse: timedelta | None = None) -> bool:
        """Wait until `predicate` holds; tell whether it came to hold.

        It runs under the lock, after each change, and with `pulse` at least that often.
        """
        end = time.monotonic() + timeout.total_seconds()
        with self.lock:
            while not predicate():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, pulse.total_seconds()) if pulse else left)
            return True

    def complain(self, kind: str, text: str, user: str | None = None) -> None:
        """Record something that went wrong in a person's or the protocol's eyes."""
        with self.lock:
            self.problems.append(Problem(kind=kind, text=text, at=self.clock.now(), user=user))
            self.announce()

    def tell(self, who: str, text: str, *, channel: str | None = None, audience: str | None = None) -> None:
        """Add a line to the transcript."""
        with self.lock:
            line = StoryLine(at=self.clock.now(), who=who, text=text, channel=channel, audience=audience)
            self.story.append(line)

    def name_of(self, user_id: str) -> str:
        """Return a person's name for texts, or the id when nobody has it."""
        account = self.accounts.get(user_id)
        return account.real_name if account else user_id
