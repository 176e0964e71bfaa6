"""The deploy form: open it, bring it up to date, check it, show the plan, submit it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt import App
from slack_sdk.models.views import View

from bot.domain.base import DraftId
from bot.domain.commands import Command, Verb, parse, render
from bot.domain.form import Form, field_of
from bot.domain.records import Draft
from bot.domain.request import DeploymentRequest, Field, values_of
from bot.errors import BotError, NotFound, Refused, SlackUnavailable, Unavailable
from bot.ports import Catalog, Ledger, SecretPocket
from bot.services.deploying import Deploying, OverGpuLimit
from bot.services.forms import Forms
from handlers.background import Busy
from handlers.ids import Action, Callback, DeploymentKey
from handlers.listening import Listening
from handlers.submitting import Submitting
from handlers.turn import Turn
from handlers.views import deploy_form, module_select, review
from handlers.views.form_state import FormState, read

log = structlog.get_logger()

_CHANGING = (Field.PLATFORM, Field.MODULE, Field.SERVICE, Field.GPU, Field.TAG)
_MOST_LEFT = 1000
_NEEDS_NETWORK = (Field.MODULE, Field.GPU, Field.PLATFORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployForm:
    """Listeners of the form and its review.

    None of them waits for anything before it acknowledges, but for a draft that is not in memory (after a restart).
    `quick` is the ledger for people who wait for a window: it gives up early.
    """

    forms: Forms
    deploying: Deploying
    submitting: Submitting
    catalog: Catalog
    ledger: Ledger
    quick: Ledger
    pocket: SecretPocket
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(64)))
    _left: OrderedDict[DraftId, None] = field(default_factory=OrderedDict)
    _guard: Lock = field(default_factory=Lock)

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        app.options(Field.MODULE.value)(listening.guarded(self.suggest))
        for changing in _CHANGING:
            app.action(changing.value)(listening.guarded(self.refine))
        app.action(Action.TOGGLE_HELP.value)(listening.guarded(self.toggle))
        app.action(Action.TOGGLE_STORAGE.value)(listening.guarded(self.toggle))
        app.action(Action.MENU_DEPLOY.value)(listening.guarded(self.open_from_button))
        app.action(Action.AGAIN.value)(listening.guarded(self.open_again))
        app.view(Callback.DEPLOY_FORM.value)(listening.guarded(self.check))
        app.view(Callback.DEPLOY_REVIEW.value)(listening.guarded(self.submit))
        for callback in Callback:
            app.view_closed(callback.value)(listening.guarded(self.closed))

    def open(self, turn: Turn, command: Command, *, instead_of: str = "") -> None:
        """Show the form at once from memory; what needs the network comes into it afterwards.

        `instead_of` is the id of the view whose place it takes; without one it opens above what is there.
        """
        turn.ack()
        _, form = self.forms.open(turn.person, command)
        self.show(turn, form, command, instead_of=instead_of)

    def show(self, turn: Turn, form: Form, command: Command, *, instead_of: str = "") -> None:
        """Show the form of a command, or offer it by a button if the time for opening a window is over."""
        view = deploy_form.render(form)
        opened = turn.update(view, view_id=instead_of) if instead_of else turn.open(view)
        self._write_soon(turn)
        if opened is None:
            again = command.model_copy(update={"is_confirmed": False})
            turn.whisper(deploy_form.reopen(command=render(again), problems=form.problems))
            return
        self._complete(turn, form.draft, form, str(opened["id"]))

    def leave(self, draft_id: DraftId) -> None:
        """Give a form's window to something else, so that nothing that comes in later shows the form there again."""
        with self._in_order(draft_id), self._guard:
            self._left[draft_id] = None
            while len(self._left) > _MOST_LEFT:
                self._left.popitem(last=False)

    def open_from_button(self, turn: Turn) -> None:
        """Open the form from a button, whose value is the rest of a command."""
        self.open(turn, parse(turn.value) if turn.value.startswith("deploy") else Command(verb=Verb.DEPLOY))

    def open_again(self, turn: Turn) -> None:
        """Open the form filled in with what an earlier deployment had."""
        turn.ack()
        key = DeploymentKey.read(turn.value)
        known = self.quick.submission(key.deployment) if key else None
        if known is None or known.slack_user != turn.person.slack_user:
            self.open(turn, Command(verb=Verb.DEPLOY))
            return
        self.open(turn, again(known.request))

    def suggest(self, turn: Turn) -> None:
        """Answer what somebody types into the module field, from memory."""
        modules = self.catalog.snapshot().modules
        groups = module_select.module_options(modules, str(turn.body.get("value") or ""))
        if groups:
            turn.ack(option_groups=groups)
        else:
            turn.ack(options=[])  # Slack takes no empty list of groups

    def refine(self, turn: Turn) -> None:
        """Fit the form to a choice that changes which fields there are."""
        turn.ack()
        changed = str((turn.body.get("actions") or [{}])[0].get("action_id"))
        self._refresh(turn, toggle=None, needs_network=changed in _NEEDS_NETWORK)

    def toggle(self, turn: Turn) -> None:
        """Show or hide the help texts, or the storage fields."""
        turn.ack()
        action = str((turn.body.get("actions") or [{}])[0].get("action_id"))
        toggle = Field.DESCRIPTION if action == Action.TOGGLE_HELP else Field.STORAGE_URL
        self._refresh(turn, toggle=toggle, needs_network=False)

    def check(self, turn: Turn) -> None:
        """Mark every wrong field at once, or go on to the review."""
        draft_id = _draft_of(turn)
        state = _state_of(turn.view)
        form, checked = self.forms.check(draft_id, turn.person, state.values, state.secrets)
        if checked.request is None:
            shown = tuple((turn.view.get("state") or {}).get("values") or ())
            errors = deploy_form.errors(form, checked.problems, shown=shown)
            turn.ack(response_action="errors", errors=errors)
            self._write_soon(turn)
            if any(problem.field not in {field_of(block_id) for block_id in shown} for problem in checked.problems):
                self._show_again(turn, form.model_copy(update={"problems": checked.problems}))
            return
        self.pocket.put(draft_id, state.secrets)
        external_id = f"review-{uuid4().hex}"
        turn.ack(response_action="push", view=review.checking(draft_id, external_id=external_id))
        request = checked.request
        root = turn.view_id

        def tell(error: BotError, reference: str) -> None:
            if isinstance(error, OverGpuLimit):
                turn.update(_over(error, draft_id, external_id=external_id), external_id=external_id)
            else:
                view = review.refused(error, reference=reference, draft=draft_id, external_id=external_id)
                turn.update(view, external_id=external_id)

        turn.later(lambda: self._plan(turn, draft_id, form, request, external_id, root), on_error=tell)

    def submit(self, turn: Turn) -> None:
        """Submit what the review showed; however often it is pressed there is one deployment."""
        draft_id = _draft_of(turn)
        title = self._title(draft_id, turn)
        secrets = self.pocket.get(draft_id)  # now: whoever closes the window next has pressed Deploy all the same
        turn.ack(response_action="update", view=review.submitting(title, draft=draft_id))
        view_id = turn.view_id

        def tell(error: BotError, reference: str) -> None:
            if isinstance(error, OverGpuLimit):
                view = _over(error, draft_id)
            else:
                view = review.refused(error, reference=reference, draft=draft_id)
            is_seen = turn.update(view, view_id=view_id) is not None
            deployment = self.forms.draft(draft_id, turn.person.slack_user).deployment
            if is_seen:
                self.submitting.told(deployment)
            elif not self.submitting.is_recorded(deployment):  # else the message about the submission tells it
                turn.whisper_error(error, reference)

        turn.later(lambda: self._submit(turn, draft_id, view_id, secrets), on_error=tell)

    def closed(self, turn: Turn) -> None:
        """Forget the secrets of a form that was closed; closing the review alone leads back to the form."""
        turn.ack()
        callback = turn.view.get("callback_id")
        if callback == Callback.DEPLOY_FORM or turn.body.get("is_cleared"):
            draft = turn.metadata
            self.pocket.forget(DraftId(draft))

    def _refresh(self, turn: Turn, *, toggle: Field | None, needs_network: bool) -> None:
        """Take in a choice and show the form that fits it; updates of one form go out in the order of its draft."""
        draft_id = _draft_of(turn)
        self.forms.refine(draft_id, turn.person, _state_of(turn.view).values, toggle=toggle)
        self._write_soon(turn)
        with self._in_order(draft_id):
            form = self.forms.current(draft_id, turn.person)
            view_id, expected = turn.view_id, str(turn.view.get("hash") or "")
            if turn.update(deploy_form.render(form), view_id=view_id, expected=expected) is None:
                # Something of ours came in between (tags, held GPUs); the draft has both, and input stays by block id.
                turn.update(deploy_form.render(form), view_id=view_id)
        if needs_network:
            self._complete(turn, draft_id, form, view_id)

    def _complete(self, turn: Turn, draft_id: DraftId, form: Form, view_id: str) -> None:
        """Bring in tags and held GPUs, and whatever the person has chosen meanwhile."""

        def work() -> None:
            self.forms.complete(draft_id, turn.person)
            with self._in_order(draft_id):
                complete = self.forms.current(draft_id, turn.person).model_copy(update={"problems": form.problems})
                if complete != form and draft_id not in self._left:
                    turn.update(deploy_form.render(complete), view_id=view_id)

        turn.later(work, on_error=lambda _error, _reference: None)

    def _show_again(self, turn: Turn, form: Form) -> None:
        """Bring in the fields that a problem is about and the person does not have on the screen yet."""
        view_id = turn.view_id

        def work() -> None:
            with self._in_order(form.draft):
                if form.draft not in self._left:
                    turn.update(deploy_form.render(form), view_id=view_id)

        turn.later(work, on_error=lambda _error, _reference: None)

    def _in_order(self, draft_id: DraftId) -> Lock:
        return self._locks[hash(draft_id) % len(self._locks)]

    def _plan(
        self, turn: Turn, draft_id: DraftId, form: Form, request: DeploymentRequest, external_id: str, root: str
    ) -> None:
        draft = self._written(draft_id, turn)
        try:
            plan = self.deploying.plan(turn.person, draft, request)
        except Refused as error:
            if error.field:
                self._mark(turn, draft_id, root)
            raise
        if form.module is None:
            return
        view = review.planned(
            request, plan, draft=draft_id, platform=form.platform, module=form.module, external_id=external_id
        )
        turn.update(view, external_id=external_id)

    def _mark(self, turn: Turn, draft_id: DraftId, root: str) -> None:
        """Let the form below ask for what only the cluster could tell was missing, such as the reason for a GPU."""
        form = self.forms.complete(draft_id, turn.person)
        try:
            turn.update(deploy_form.render(form), view_id=root)
        except SlackUnavailable:
            return

    def _submit(self, turn: Turn, draft_id: DraftId, view_id: str, secrets: Mapping[Field, str] | None) -> None:
        draft = self._written(draft_id, turn)
        known = self.ledger.submission(draft.deployment)
        if known is None and secrets is None:
            raise NotFound(
                "This form was open for too long, and I never keep passwords.", hint="Close it and open a new one."
            )
        checked = self.forms.check_reviewed(draft_id, turn.person, secrets or {})
        if checked.request is None:
            text = " ".join(problem.text for problem in checked.problems)
            raise Refused(f"Something changed since you filled in the form: {text}", hint="Go back and mend it.")
        submission = self.submitting.submit(turn.person, draft, checked.request, secrets or {})
        self.pocket.forget(draft_id)
        try:
            turn.update(review.submitted(submission.request.title, draft=draft_id), view_id=view_id)
        except SlackUnavailable as error:
            log.warning("outcome told in the message alone", deployment=draft.deployment, reason=str(error))
        self.submitting.announce(submission)

    def _title(self, draft_id: DraftId, turn: Turn) -> str:
        try:
            return self.forms.reviewed_title(draft_id, turn.person)
        except Unavailable:  # the database alone could tell, and it is not needed for saying that work begins
            return ""

    def _written(self, draft_id: DraftId, turn: Turn) -> Draft:
        """Return the draft once it is written, and with the deployment id under which it may be submitted."""
        self.forms.keep(self.forms.draft(draft_id, turn.person.slack_user))
        draft = self.deploying.draft_of(draft_id, turn.person)
        self.forms.adopt(draft)
        return draft

    def _write_soon(self, turn: Turn) -> None:
        """Have what was typed written; if that fails a job tries again, and nothing is submitted before it is done."""
        try:
            turn.background.start(self._write_out)
        except Busy as error:
            log.warning("drafts are written later", reason=str(error))

    def _write_out(self) -> None:
        try:
            self.forms.write_out()
        except Unavailable as error:
            log.warning("drafts are written later", reason=str(error))


def again(request: DeploymentRequest) -> Command:
    """Return the command that asks for the same deployment once more; storage is connected anew."""
    storage = {Field.STORAGE_URL, Field.STORAGE_USER}
    fields = {field: value for field, value in values_of(request).items() if field not in storage}
    return Command(verb=Verb.DEPLOY, subject=request.module, fields=fields)


def _over(error: OverGpuLimit, draft: DraftId, *, external_id: str = "") -> View:
    return review.over_gpu_limit(error.held, error.limits, draft=draft, external_id=external_id)


def _draft_of(turn: Turn) -> DraftId:
    return DraftId(turn.metadata)


def _state_of(view: Mapping[str, Any]) -> FormState:
    return read((view.get("state") or {}).get("values") or {})
