"""The reading half of a person: what is on the screen, and waiting for it to change."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from playground.slack.interactions import Interactions
from playground.slack.records import Account
from playground.slack.screen import Refused, ShownMessage, ShownView, TimedOut
from playground.slack.transcript import transcript

T = TypeVar("T")
DEFAULT_WAIT = timedelta(seconds=5)


class Onlooker:
    """Sees what one member of the workspace sees; every method is safe to call from any thread."""

    def __init__(self, account_id: str, interactions: Interactions) -> None:
        self.id = account_id
        self._interactions = interactions
        self._state = interactions.state

    @property
    def account(self) -> Account:
        """Return the person's account."""
        return self._state.accounts[self.id]

    @property
    def name(self) -> str:
        """Return the short name."""
        return self.account.name

    @property
    def dm(self) -> str:
        """Return the id of the direct messages with the app."""
        with self._state.lock:
            return self._interactions.talk.dm(self.id).id

    @property
    def modal(self) -> ShownView | None:
        """Return the modal on top of the stack."""
        with self._state.lock:
            top = self._interactions.screens.top(self.id)
            return ShownView.of(top, self._state) if top else None

    @property
    def modals(self) -> tuple[ShownView, ...]:
        """Return the stack of modals, the root first."""
        with self._state.lock:
            stack = self._state.stacks.get(self.id, [])
            return tuple(ShownView.of(self._state.views[view_id], self._state) for view_id in stack)

    @property
    def home(self) -> ShownView | None:
        """Return the app's Home tab."""
        with self._state.lock:
            view = self._state.homes.get(self.id)
            return ShownView.of(view, self._state) if view else None

    def messages(self, channel: str | None = None) -> tuple[ShownMessage, ...]:
        """Return what the person sees of a channel, by default of the direct messages; oldest first."""
        with self._state.lock:
            shown = self._interactions.talk.visible_to(self.id, self._channel(channel))
            return tuple(ShownMessage.of(message, self._state, self.id) for message in shown)

    def message(self, ts: str, channel: str | None = None) -> ShownMessage:
        """Return one message as it looks now; refused when it is not there."""
        hit = next((m for m in self.messages(channel) if m.ts == ts), None)
        if hit is None:
            raise Refused(f"There is no message {ts} to see.")
        return hit

    def picture(self, message: ShownMessage) -> bytes:
        """Return the picture of a Slack file in a message that the person sees; refused when it shows none."""
        with self._state.lock:
            shown = self.message(message.ts, message.channel)
            ids = [str(block["slack_file"].get("id")) for block in shown.blocks if "slack_file" in block]
            content = self._state.files[ids[0]].content if ids else None
            if content is None:
                raise Refused(f"The message shows no picture:\n{shown.text}")
            return content

    def answers_to(self, interaction: str) -> tuple[ShownMessage, ...]:
        """Return the messages that answer an interaction and are still there."""
        with self._state.lock:
            places = dict.fromkeys(self._state.answers.get(interaction, []))
            found = [self._interactions.talk.message(channel, ts) for channel, ts in places]
            seen = [m for m in found if m is not None and m.only_for in {None, self.id}]
            return tuple(ShownMessage.of(message, self._state, self.id) for message in seen)

    def transcript(self) -> str:
        """Return the whole conversation as this person saw it."""
        return transcript(self._state, self.id)

    def wait_for_modal(
        self, predicate: Callable[[ShownView], bool] = bool, *, timeout: timedelta = DEFAULT_WAIT
    ) -> ShownView:
        """Wait until a fitting modal is on top and return it."""
        return self.wait_for(lambda: _fitting(self.modal, predicate), "a modal", timeout)

    def wait_for_no_modal(self, *, timeout: timedelta = DEFAULT_WAIT) -> None:
        """Wait until no modal is open."""
        self.wait_for(lambda: True if self.modal is None else None, "the modal to close", timeout)

    def wait_for_home(
        self, predicate: Callable[[ShownView], bool] = bool, *, timeout: timedelta = DEFAULT_WAIT
    ) -> ShownView:
        """Wait until the Home tab fits and return it."""
        return self.wait_for(lambda: _fitting(self.home, predicate), "a Home tab", timeout)

    def wait_for_message(
        self,
        predicate: Callable[[ShownMessage], bool] | str = bool,
        *,
        channel: str | None = None,
        timeout: timedelta = DEFAULT_WAIT,
    ) -> ShownMessage:
        """Wait until a message fits, or holds a text, and return the newest such one."""

        def fits(message: ShownMessage) -> bool:
            return predicate in message.text if isinstance(predicate, str) else predicate(message)

        def newest() -> ShownMessage | None:
            return next((m for m in reversed(self.messages(channel)) if fits(m)), None)

        return self.wait_for(newest, "a message", timeout)

    def wait_for(self, look: Callable[[], T | None], what: str, timeout: timedelta = DEFAULT_WAIT) -> T:
        """Wait until `look` returns something and return that; else raise TimedOut with the transcript."""
        found: list[T] = []

        def seen() -> bool:
            hit = look()
            if hit is not None:
                found.append(hit)
            return hit is not None

        if not self._state.wait_for(seen, timeout):
            problems = "\n".join(f"! {problem.kind}: {problem.text}" for problem in self._state.problems)
            waited = f"{self.name} waited {timeout.total_seconds():g} s for {what} in vain."
            raise TimedOut(f"{waited}\n{self.transcript()}\n{problems}")
        return found[-1]

    def _channel(self, channel: str | None) -> str:
        if channel is None:
            return self._interactions.talk.dm(self.id).id
        conversation = self._interactions.talk.find(channel)
        if conversation is None or (conversation.kind != "public" and self.id not in conversation.members):
            raise Refused(f"{self.name} sees no channel {channel!r}.")
        return conversation.id


def _fitting(view: ShownView | None, predicate: Callable[[ShownView], bool]) -> ShownView | None:
    return view if view is not None and predicate(view) else None
