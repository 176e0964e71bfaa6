"""One turn of a conversation: what a person did, who they are, and the ways of answering them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt import Ack
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.views import View

from bot.domain.people import Person
from bot.errors import BotError
from handlers.answer import answer_at
from handlers.background import Background, Busy
from handlers.views import failure, validator
from handlers.views.message import Message

log = structlog.get_logger()

EXPIRED_TRIGGER = frozenset({"expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "trigger_expired"})
_CLOSED = frozenset({"not_found", "hash_conflict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a listener gets instead of Bolt's many arguments."""

    ack: Ack
    body: Mapping[str, Any]
    person: Person
    client: WebClient
    background: Background
    may_answer_at: Callable[[str], bool]

    @property
    def trigger(self) -> str:
        """Return the trigger id, empty if there is none."""
        return str(self.body.get("trigger_id") or "")

    @property
    def view(self) -> Mapping[str, Any]:
        """Return the view in which something was done; empty outside views."""
        view: Mapping[str, Any] = self.body.get("view") or {}
        return view

    @property
    def value(self) -> str:
        """Return what the clicked element holds: a button's value or a select's chosen option."""
        action = (self.body.get("actions") or [{}])[0]
        chosen = (action.get("selected_option") or {}).get("value")
        return str(chosen if chosen is not None else action.get("value") or "")

    def reply(self, message: Message) -> None:
        """Answer a command with the ack itself, seen by the person alone."""
        self.ack(text=message.text, blocks=message.blocks, response_type="ephemeral")

    def tell(self, error: BotError, reference: str) -> None:
        """Tell about an error where the person is: above the open modal, else in a message."""
        if self.view and self.trigger:
            try:
                if self.open(failure.modal_view(error, reference=reference)) is not None:
                    return
            except (SlackClientError, OSError):
                log.warning("error not shown in a modal", reference=reference)
        self.whisper_error(error, reference)

    def whisper(self, message: Message, *, replaces: bool = False) -> None:
        """Answer so that only the person sees it, by the interaction's own address, else by direct message."""
        url = str(self.body.get("response_url") or "")
        if url and self.may_answer_at(url) and answer_at(url, message, replaces=replaces):
            return
        try:
            self.client.chat_postMessage(
                channel=self.person.slack_user,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (SlackClientError, OSError) as error:
            log.warning("answer lost", user=self.person.slack_user, error=type(error).__name__)

    def open(self, view: View) -> Mapping[str, Any] | None:
        """Open a modal, above the one in which the person acted, if any; None if Slack was too slow for it."""
        _check(view)
        call = self.client.views_push if self.view else self.client.views_open
        try:
            answer: Mapping[str, Any] = call(trigger_id=self.trigger, view=view)["view"]
        except SlackApiError as error:
            if _code(error) in EXPIRED_TRIGGER:
                return None
            raise
        return answer

    def update(
        self, view: View, *, view_id: str = "", external_id: str = "", expected: str = ""
    ) -> Mapping[str, Any] | None:
        """Replace a view's content; None if it was closed, or changed since the state that `expected` names."""
        _check(view)
        where = {"external_id": external_id} if external_id else {"view_id": view_id}
        if expected:
            where["hash"] = expected
        try:
            answer: Mapping[str, Any] = self.client.views_update(view=view, **where)["view"]
        except SlackApiError as error:
            if _code(error) in _CLOSED:
                return None
            raise
        return answer

    def later(self, work: Callable[[], None], *, on_error: Callable[[BotError, str], None]) -> None:
        """Do slow work outside the listener; an error in it is given to `on_error` with its reference."""

        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - nothing may vanish in a thread
                told = explain(error)
                _tell_safely(on_error, told)

        try:
            self.background.start(run)
        except Busy as error:
            on_error(error, "")

    def whisper_error(self, error: BotError, reference: str) -> None:
        """Tell the person about an error in a message."""
        self.whisper(failure.message(error, reference=reference))


@dataclass(frozen=True, slots=True)
class Told:
    """An error as the person is told it, with the reference under which the log has it."""

    error: BotError
    reference: str


def explain(error: Exception) -> Told:
    """Log an error under a new reference and return what to tell about it."""
    reference = uuid4().hex[:8]
    if isinstance(error, BotError):
        log.info("refused", reference=reference, kind=type(error).__name__, text=str(error))
        return Told(error, reference)
    log.error("unexpected error", reference=reference, exc_info=error)
    surprise = BotError(
        "Something broke on my side.",
        changed="I do not know whether anything was changed: see `/ai4os list`.",
        hint="Please give the operators the reference below.",
    )
    return Told(surprise, reference)


def _tell_safely(on_error: Callable[[BotError, str], None], told: Told) -> None:
    try:
        on_error(told.error, told.reference)
    except (SlackClientError, OSError) as error:
        log.warning("error not told", reference=told.reference, reason=type(error).__name__)


def _check(view: View) -> None:
    """Log what Slack would refuse, so that a mistake of ours is found by its cause."""
    for problem in validator.problems("modal", view.to_dict()):
        log.error("view breaks a rule of Slack", view=view.callback_id, problem=problem)


def _code(error: SlackApiError) -> str:
    data = error.response.data
    if not isinstance(data, dict):
        return "unreadable"
    details = " ".join((data.get("response_metadata") or {}).get("messages") or [])
    return "expired_trigger_id" if "trigger_id` expired" in details else str(data.get("error", "unknown"))
