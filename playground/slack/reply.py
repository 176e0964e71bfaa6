"""What a person gets back from a command, a click or a submission."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from playground.slack.envelopes import Envelope
from playground.slack.interactions import Sent
from playground.slack.onlooker import DEFAULT_WAIT
from playground.slack.records import Outcome
from playground.slack.screen import ShownMessage, ShownView

if TYPE_CHECKING:
    from playground.slack.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to one interaction; it is live, what the app posts later through response_url is seen too."""

    person: "Person" = field(repr=False)
    sent: Sent | None = field(repr=False)
    error: str | None = None

    @property
    def was_sent(self) -> bool:
        """Tell whether anything went to the app: a cancelled dialog or a plain field sends nothing."""
        return self.sent is not None

    @property
    def acked(self) -> bool:
        """Tell whether the app acknowledged in time."""
        return self.sent is not None and self.sent.envelope.outcome is Outcome.ACKED

    @property
    def messages(self) -> tuple[ShownMessage, ...]:
        """Return what the app said through the ack or the response_url, as it looks now, oldest first."""
        return self.person.answers_to(self.sent.interaction) if self.sent else ()

    @property
    def ephemeral(self) -> ShownMessage | None:
        """Return the newest answer that only this person sees, None when there is none (yet)."""
        hits = [message for message in self.messages if message.is_ephemeral]
        return hits[-1] if hits else None

    @property
    def text(self) -> str:
        """Return the newest answer's text, empty when there is none."""
        return self.messages[-1].text if self.messages else ""

    @property
    def modal(self) -> ShownView | None:
        """Return the modal on top of the person's screen."""
        return self.person.modal

    def wait_for_message(
        self, predicate: Callable[[ShownMessage], bool] = bool, *, timeout: timedelta = DEFAULT_WAIT
    ) -> ShownMessage:
        """Wait until an answer fits and return it."""
        return self.person.wait_for(
            lambda: next((m for m in reversed(self.messages) if predicate(m)), None), "an answer", timeout
        )

    def wait_for_modal(
        self, predicate: Callable[[ShownView], bool] = bool, *, timeout: timedelta = DEFAULT_WAIT
    ) -> ShownView:
        """Wait until a fitting modal is on top and return it."""
        return self.person.wait_for_modal(predicate, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitResult:
    """What became of a submitted modal; `errors` map block_ids to the texts under the fields.

    `by_client` tells that Slack's client found the errors and nothing was sent.
    """

    errors: Mapping[str, str] = field(default_factory=dict)
    by_client: bool = False
    closed: bool = False
    cleared: bool = False
    view: ShownView | None = None
    pushed: ShownView | None = None
    banner: str | None = None
    envelope: Envelope | None = field(default=None, repr=False)

    @property
    def accepted(self) -> bool:
        """Tell whether the app took the submission without complaint."""
        return not self.errors and self.banner is None
