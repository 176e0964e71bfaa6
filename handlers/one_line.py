"""`/ai4os deploy … --yes`: deploy at once what is neither incomplete nor doubtful; the rest goes to the form."""

from dataclasses import dataclass

from bot.domain.commands import Command, render
from bot.domain.placement import Outlook
from bot.domain.records import Draft
from bot.domain.request import Field, Problem
from bot.errors import BotError, Refused
from bot.ports import Clock, Ledger
from bot.services.deploying import Deploying, OverGpuLimit
from bot.services.forms import Forms
from handlers.deploy_form import DeployForm
from handlers.submitting import Submitting
from handlers.turn import Turn
from handlers.views import one_line

_SURE = frozenset({Outlook.NOW, Outlook.NOT_YET})


@dataclass(frozen=True, slots=True, kw_only=True)
class OneLine:
    """Runs a confirmed command through the form's own check, plan and submission, without showing the form."""

    form: DeployForm
    forms: Forms
    deploying: Deploying
    submitting: Submitting
    ledger: Ledger
    clock: Clock

    def run(self, turn: Turn, command: Command) -> None:
        """Check from memory, then either open the form with the doubtful fields marked or go on in the background."""
        draft, _ = self.forms.open(turn.person, command)
        form, checked = self.forms.weigh(draft.id, turn.person, command)
        if checked.request is None:
            turn.ack()
            self.form.show(turn, form, command)
            return
        turn.reply(one_line.checking())
        turn.later(
            lambda: self._deploy(turn, command, draft),
            on_error=lambda error, reference: self._tell(turn, command, draft, error, reference),
        )

    def _deploy(self, turn: Turn, command: Command, draft: Draft) -> None:
        """Go the form's way: what the network knows, the check, the plan, the submission."""
        if not self.ledger.first_time(f"deploy {turn.person.slack_user} {turn.trigger}", now=self.clock()):
            turn.whisper(one_line.twice())
            return
        self.forms.complete(draft.id, turn.person)
        form, checked = self.forms.weigh(draft.id, turn.person, command)
        request, module = checked.request, form.module
        if request is None or module is None:
            self.form.show(turn, form, command)
            return
        self.forms.keep(draft)
        plan = self.deploying.plan(turn.person, draft, request)
        if plan.outlook not in _SURE:
            turn.whisper(one_line.not_submitted(request, plan, command=_to_form(command)))
            return
        submission = self.submitting.submit(turn.person, draft, request, {})
        turn.whisper(one_line.submitted(submission.request, plan, platform=form.platform, module=module))
        self.submitting.announce(submission)

    def _tell(self, turn: Turn, command: Command, draft: Draft, error: BotError, reference: str) -> None:
        """Tell why it was not deployed; a field that can mend it is marked in the form."""
        field = next((each for each in Field if each == error.field), None)
        if isinstance(error, OverGpuLimit):
            turn.whisper(one_line.over_gpu_limit(error.held, error.limits, error, command=_to_form(command)))
        elif isinstance(error, Refused) and field is not None:
            problem = Problem(field=field, text=f"{error} {error.hint}".strip())
            form = self.forms.current(draft.id, turn.person)
            self.form.show(turn, form.model_copy(update={"problems": (problem,)}), command)
        else:
            is_open = self.submitting.is_recorded(draft.deployment)
            again = "" if is_open else _to_form(command)
            if not turn.whisper(one_line.refused(error, reference=reference, command=again)):
                return
        self.submitting.told(draft.deployment)


def _to_form(command: Command) -> str:
    """Return the text that opens the form for a command, and no more than that."""
    return render(command.model_copy(update={"is_confirmed": False}))
