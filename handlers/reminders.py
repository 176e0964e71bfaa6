"""Owners' answers to reminders: the buttons under each finding, `/ai4os reminders`, and `/ai4os why`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from slack_bolt import App
from slack_sdk.models.views import View

from bot.domain.answers import EpisodeRef
from bot.domain.base import DeploymentId
from bot.domain.commands import Verb
from bot.domain.letters import Settled
from bot.errors import BotError, NotFound, UsageError
from bot.services.answering import Answering
from bot.services.deployments import Deployments
from handlers.deployment_actions import Find, in_modal
from handlers.ids import Action, BlockId, Callback, read_episode
from handlers.listening import Listening
from handlers.turn import Turn
from handlers.views import evidence, failure, keep, own_reminders


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """Listeners for owners; the service checks with each click whose it is and what it still is about."""

    answering: Answering
    deployments: Deployments

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        app.action(Action.REMINDER_KEEP.value)(listening.guarded(self.ask_to_keep))
        app.view(Callback.KEEP.value)(listening.guarded(self.keep))
        app.action(Action.REMINDER_IN_USE.value)(listening.guarded(self.in_use))
        app.action(Action.REMINDER_STOP.value)(listening.guarded(self.stop))
        app.action(Action.REMINDER_DETAILS.value)(listening.guarded(self.details))
        app.action(Action.KEEP_END.value)(listening.guarded(self.end_keep))
        app.action(Action.DIGEST_HOUR.value)(listening.guarded(self.set_hour))
        app.action(Action.PAUSE_UNTIL.value)(listening.guarded(self.pause))
        app.action(Action.PAUSE_END.value)(listening.guarded(self.end_pause))

    def show(self, turn: Turn) -> None:
        """Show the person's open findings, keeps and wishes."""
        in_modal(turn, Callback.OWN_REMINDERS, Verb.REMINDERS, lambda: self._own(turn))

    def show_why(self, turn: Turn, find: Find) -> None:
        """Show what reminders about a deployment rest on, whether or not there is one."""

        def work() -> View:
            found = find().deployment
            facts = self.answering.why(turn.person, found.namespace, found.id)
            return evidence.render(facts, turn.person.time_zone)

        in_modal(turn, Callback.EVIDENCE, Verb.WHY, work)

    def details(self, turn: Turn) -> None:
        """Show the same from a finding's button."""
        ref = _ref(turn.value)
        zone = turn.person.time_zone
        in_modal(
            turn,
            Callback.EVIDENCE,
            Verb.WHY,
            lambda: evidence.render(self.answering.details(turn.person, ref), zone),
        )

    def ask_to_keep(self, turn: Turn) -> None:
        """Ask for how long a deployment is needed, and why."""
        ref = _ref(turn.value)
        in_modal(turn, Callback.KEEP, Verb.REMINDERS, lambda: keep.render(self.answering.episode(turn.person, ref)))

    def keep(self, turn: Turn) -> None:
        """Keep a deployment as the window says."""
        ref, choice = _ref(turn.metadata), keep.read(turn.view)
        if choice is None:
            raise UsageError("For how long?", hint="Choose one of the lengths.")
        if choice.lacks_reason:
            turn.ack(response_action="errors", errors={BlockId.REASON.value: keep.NO_REASON})
            return
        turn.ack(response_action="update", view=keep.working_view())
        key, below = f"keep:{turn.view_id}", str(turn.view.get("previous_view_id") or "")

        def work() -> None:
            settled = self.answering.keep(turn.person, ref, days=choice.days, reason=choice.reason, key=key)
            turn.update(keep.done_view(settled, turn.person.time_zone), view_id=turn.view_id)
            if below:
                turn.update(self._own(turn), view_id=below)

        def tell(error: BotError, reference: str) -> None:
            turn.update(failure.modal_view(error, reference=reference), view_id=turn.view_id)

        turn.later(work, on_error=tell)

    def in_use(self, turn: Turn) -> None:
        """Take note that a finding is wrong."""
        self._answer(turn, lambda ref, key: self.answering.in_use(turn.person, ref, key=key))

    def stop(self, turn: Turn) -> None:
        """Stop a deployment from its finding; the button's dialog has asked already."""
        self._answer(turn, lambda ref, key: self.answering.stop(turn.person, ref, key=key))

    def end_keep(self, turn: Turn) -> None:
        """End a keep early."""
        self._change(turn, lambda: self.answering.end_keep(turn.person, DeploymentId(turn.value)))

    def set_hour(self, turn: Turn) -> None:
        """Choose from which hour on to hear."""
        try:
            hour = time.fromisoformat(turn.value)
        except ValueError:
            raise UsageError("That is no hour.", hint="Choose one from the list.") from None
        self._change(turn, lambda: self.answering.set_hour(turn.person, hour))

    def pause(self, turn: Turn) -> None:
        """Hear nothing until a day."""
        chosen = (turn.body.get("actions") or [{}])[0].get("selected_date")
        try:
            until = date.fromisoformat(str(chosen or ""))
        except ValueError:
            raise UsageError("That is no day.", hint="Choose one from the calendar.") from None
        self._change(turn, lambda: self.answering.pause(turn.person, until))

    def end_pause(self, turn: Turn) -> None:
        """Hear again."""
        self._change(turn, lambda: self.answering.pause(turn.person, None))

    def _own(self, turn: Turn) -> View:
        return own_reminders.render(self.answering.reminders(turn.person))

    def _change(self, turn: Turn, change: Callable[[], object]) -> None:
        """Change a wish, and show all of them as they are then."""
        turn.ack()

        def work() -> None:
            change()
            turn.update(self._own(turn), view_id=turn.view_id)

        turn.later(work, on_error=turn.tell)

    def _answer(self, turn: Turn, answer: Callable[[EpisodeRef, str], Settled]) -> None:
        """Carry out an answer. The reminder itself then says how it was settled, and so does the window."""
        turn.ack()
        ref, key = _ref(turn.value), _click(turn)

        def work() -> None:
            answer(ref, key)
            if turn.view:
                turn.update(self._own(turn), view_id=turn.view_id)

        turn.later(work, on_error=turn.tell)


def _ref(value: str) -> EpisodeRef:
    ref = read_episode(value)
    if ref is None:
        raise NotFound("That button is too old.", hint="See what is open with `/ai4os reminders`.")
    return ref


def _click(turn: Turn) -> str:
    """Return what is the same for every delivery of one click, and for a second click on the same button."""
    action: Mapping[str, Any] = (turn.body.get("actions") or [{}])[0]
    container: Mapping[str, Any] = turn.body.get("container") or {}
    where = container.get("message_ts") or turn.view_id
    return f"{action.get('action_id')}:{where}:{turn.person.slack_user}:{turn.value}"
