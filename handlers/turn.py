"""One turn of a conversation: what a person did, who they are, and the ways of answering them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt import Ack
from slack_sdk.models.views import View

from bot.domain.people import Person
from bot.errors import BotError, SlackUnavailable
from handlers.answer import answer_at
from handlers.background import Background, Busy
from handlers.clients import Clients
from handlers.slack_errors import FAILURES, code_of, details_of, is_trouble, may_have_happened
from handlers.told import Told, explain
from handlers.views import failure, validator
from handlers.views.message import Message

log = structlog.get_logger()

EXPIRED_TRIGGER = frozenset({"expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "trigger_expired"})
_USED_TRIGGER = frozenset({"exchanged_trigger_id", "trigger_exchanged", "duplicate_external_id"})
"""What Slack says to the repetition of a call whose answer was lost on the way."""
_PAGE_DIGITS = 4
"""No list has more pages; a longer number was made up."""
_CLOSED = frozenset({"not_found", "hash_conflict"})
_HEAD_START = 0.2
"""How many seconds an ack that changes the screen gets, before what follows could overtake it on its way to Slack."""
_ARRIVALS = (0.1, 0.2, 0.4, 0.8)
"""Pauses in seconds, after which a view that an ack has pushed is looked for once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a listener gets instead of Bolt's many arguments."""

    ack: Ack
    body: Mapping[str, Any] = field(repr=False)  # it has what was typed into secret fields
    person: Person
    clients: Clients
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
    def view_id(self) -> str:
        """Return the id of that view, empty if there is none."""
        return str(self.view.get("id") or "")

    @property
    def metadata(self) -> str:
        """Return what we have put into that view for ourselves; it is to be checked, because Slack only carries it."""
        return str(self.view.get("private_metadata") or "")

    @property
    def page(self) -> int:
        """Return the page that the clicked button stands for, 0 for what is no page."""
        return int(self.value) if self.value.isdecimal() and len(self.value) <= _PAGE_DIGITS else 0

    @property
    def value(self) -> str:
        """Return what the clicked element holds: a button's value or a select's chosen option."""
        action = (self.body.get("actions") or [{}])[0]
        chosen = (action.get("selected_option") or {}).get("value")
        return str(chosen if chosen is not None else action.get("value") or "")

    def reply(self, message: Message) -> None:
        """Answer a command, seen by the person alone: with the ack itself, unless that has gone out already."""
        if self.ack.response is None:
            self.ack(text=message.text, blocks=message.blocks, response_type="ephemeral")
        else:
            self.whisper(message)

    def tell(self, error: BotError, reference: str) -> None:
        """Tell about an error where the person is: above the open modal, else in a message."""
        if self.view and self.trigger and self.open(failure.modal_view(error, reference=reference)) is not None:
            return
        self.whisper_error(error, reference)

    def whisper(self, message: Message, *, replaces: bool = False) -> bool:
        """Answer so that only the person sees it, by the interaction's own address, else by direct message.

        False if neither way worked.
        """
        url = str(self.body.get("response_url") or "")
        if url and self.may_answer_at(url) and answer_at(url, message, replaces=replaces):
            return True
        try:
            self.clients.posting.chat_postMessage(
                channel=self.person.slack_user,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
        except FAILURES as error:
            log.warning("answer lost", user=self.person.slack_user, error=code_of(error))
            return False
        return True

    def open(self, view: View) -> Mapping[str, Any] | None:
        """Open a modal, above the one in which the person acted, if any; None if Slack was too slow or failed."""
        view.external_id = view.external_id or f"opened-{uuid4().hex}"
        _check(view)
        call = self.clients.interactive.views_push if self.view else self.clients.interactive.views_open
        try:
            answer: Mapping[str, Any] = call(trigger_id=self.trigger, view=view)["view"]
        except FAILURES as error:
            opened = self._opened_unheard(view, error)
            if opened is None:
                is_expected = code_of(error) in EXPIRED_TRIGGER or is_trouble(error)
                tell = log.info if is_expected else log.error
                tell("no window opened", view=view.callback_id, error=code_of(error), detail=details_of(error))
            return opened
        return answer

    def update(
        self, view: View, *, view_id: str = "", external_id: str = "", expected: str = ""
    ) -> Mapping[str, Any] | None:
        """Replace a view's content; None if it was closed, or changed since the state that `expected` names.

        A view with an external id was pushed by an ack, which may be on its way still: it is waited for. Raises
        SlackUnavailable.
        """
        _check(view)
        where = {"external_id": external_id} if external_id else {"view_id": view_id}
        if expected:
            where["hash"] = expected
        answer = self._replace(view, where)
        for pause in _ARRIVALS if external_id else ():
            if answer is not None:
                break
            Event().wait(pause)
            answer = self._replace(view, where)
        return answer

    def later(self, work: Callable[[], None], *, on_error: Callable[[BotError, str], None]) -> None:
        """Do slow work outside the listener; an error in it is given to `on_error` with its reference.

        When an ack has changed the screen, the work starts a moment after it: what it shows must come later.
        """
        head_start = _HEAD_START if self._has_changed_the_screen() else 0.0

        def run() -> None:
            Event().wait(head_start)
            try:
                work()
            except Exception as error:  # noqa: BLE001 - nothing may vanish in a thread
                self._tell_by(on_error, explain(error))

        try:
            self.background.start(run)
        except Busy as error:
            on_error(error, "")

    def whisper_error(self, error: BotError, reference: str) -> None:
        """Tell the person about an error in a message."""
        self.whisper(failure.message(error, reference=reference))

    def _tell_by(self, on_error: Callable[[BotError, str], None], told: Told) -> None:
        """Tell about an error in its place, or in a message when that fails too."""
        try:
            on_error(told.error, told.reference)
        except SlackUnavailable:
            self.whisper_error(told.error, told.reference)
        except Exception:
            log.exception("an error could not be told in its place", reference=told.reference)
            self.whisper_error(told.error, told.reference)

    def _opened_unheard(self, view: View, error: Exception) -> Mapping[str, Any] | None:
        """Return the view if it was opened and only the answer was lost; the repeated call finds its trigger used."""
        if code_of(error) not in _USED_TRIGGER and not may_have_happened(error):
            return None
        try:
            opened: Mapping[str, Any] = self.clients.interactive.views_update(view=view, external_id=view.external_id)[
                "view"
            ]
        except FAILURES:
            return None
        return opened

    def _replace(self, view: View, where: Mapping[str, str]) -> Mapping[str, Any] | None:
        try:
            answer: Mapping[str, Any] = self.clients.repeating.views_update(view=view, **where)["view"]
        except FAILURES as error:
            if code_of(error) in _CLOSED:
                return None
            log.warning("view not updated", view=view.callback_id, error=code_of(error), detail=details_of(error))
            raise SlackUnavailable(
                "Slack does not show the answer.", changed="What you asked for may be done: see `/ai4os list`."
            ) from error
        return answer

    def _has_changed_the_screen(self) -> bool:
        if self.body.get("type") != "view_submission" or self.ack.response is None:
            return False
        answered = self.ack.response.body
        return bool(answered) and json.loads(answered).get("response_action") == "update"


def _check(view: View) -> None:
    """Log what Slack would refuse, so that a mistake of ours is found by its cause."""
    for problem in validator.problems("modal", view.to_dict()):
        log.error("view breaks a rule of Slack", view=view.callback_id, problem=problem)
