"""What can be done with deployments that exist: list, open, show, stop, and the IDE password on demand."""

from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt import App
from slack_sdk.models.views import View

from bot.domain.base import DeploymentId, Namespace
from bot.domain.commands import Verb
from bot.domain.deployment import Phase
from bot.domain.status import holds_resources
from bot.errors import BotError, NotFound, Unavailable
from bot.ports import Clock, Ledger
from bot.services.deployments import Deployments, SeveralMatch, Shown
from bot.services.following import Following
from handlers.ids import Action, Callback, DeploymentKey
from handlers.listening import Listening
from handlers.turn import Turn
from handlers.views import access, choose, deployment_list, details, failure, password, stop, waiting
from handlers.views.elements import modal

Find = Callable[[], Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentActions:
    """Listeners of the buttons on deployments; each looks the deployment up and checks its owner again.

    `quick` is the ledger for the one thing that is asked before an acknowledgement, a title: it gives up early.
    """

    deployments: Deployments
    following: Following
    ledger: Ledger
    quick: Ledger
    clock: Clock

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        app.action(Action.MENU_LIST.value)(listening.guarded(self.list))
        app.action(Action.LIST_PREVIOUS.value)(listening.guarded(self.turn_page))
        app.action(Action.LIST_NEXT.value)(listening.guarded(self.turn_page))
        app.action(Action.ACCESS.value)(listening.guarded(self.access))
        app.action(Action.DETAILS.value)(listening.guarded(self.details))
        app.action(Action.PASSWORD.value)(listening.guarded(self.password))
        app.action(Action.STOP.value)(listening.guarded(self.stop))
        app.view(Callback.STOP.value)(listening.guarded(self.stop_confirmed))

    def list(self, turn: Turn) -> None:
        """Show the first page of the person's deployments."""
        turn.ack()
        turn.later(lambda: self._show_page(turn, 0, replaces=False), on_error=turn.whisper_error)

    def turn_page(self, turn: Turn) -> None:
        """Show another page in place of the one shown."""
        turn.ack()
        turn.later(lambda: self._show_page(turn, turn.page, replaces=True), on_error=turn.whisper_error)

    def access(self, turn: Turn) -> None:
        """Show the links of the deployment whose button was pressed."""
        self.show_access(turn, lambda: self._shown(turn))

    def details(self, turn: Turn) -> None:
        """Show everything about the deployment whose button was pressed."""
        self.show_details(turn, lambda: self._shown(turn))

    def password(self, turn: Turn) -> None:
        """Show the IDE password to the owner, in a modal and nowhere else."""

        def work() -> View:
            key = _key(turn.value)
            shown = self.deployments.show(turn.person, self._namespace(key), key.deployment)
            secret = self.deployments.password(turn.person, shown.deployment.namespace, key.deployment)
            return password.modal_view(shown.row, secret)

        in_modal(turn, Callback.PASSWORD, Verb.ACCESS, work)

    def stop(self, turn: Turn) -> None:
        """Stop the deployment whose button was pressed; the button's dialog has asked already."""
        turn.ack()
        key = _key(turn.value)
        if turn.view:
            self._stop_in_view(turn, key, turn.view_id)
            return

        def work() -> None:
            shown = self.deployments.stop(turn.person, self._namespace(key), key.deployment)
            turn.whisper(stop.outcome_message(shown.deployment.shown_title, _phase_after(shown)))
            self.following.round()

        turn.later(work, on_error=turn.whisper_error)

    def stop_confirmed(self, turn: Turn) -> None:
        """Stop the deployment that the confirmation modal named."""
        key = _key(turn.metadata)
        turn.ack(response_action="update", view=stop.working_view(self._title(turn, key)))
        self._stop_in_view(turn, key, turn.view_id)

    def show_access(self, turn: Turn, find: Find) -> None:
        """Show the links of a deployment in a modal."""

        def work() -> View:
            found = find()
            shown = self.deployments.access(turn.person, found.deployment.namespace, found.deployment.id)
            return access.modal_view(shown.row, shown.endpoints, has_password=shown.may_have_password)

        in_modal(turn, Callback.ACCESS, Verb.ACCESS, work)

    def show_details(self, turn: Turn, find: Find) -> None:
        """Show everything about a deployment in a modal."""

        def work() -> View:
            found = find()
            shown = self.deployments.show(turn.person, found.deployment.namespace, found.deployment.id)
            return details.modal_view(shown.deployment, shown.row, has_password=shown.may_have_password)

        in_modal(turn, Callback.DETAILS, Verb.DETAILS, work)

    def ask_to_stop(self, turn: Turn, find: Find) -> None:
        """Ask in a modal whether the deployment is to be stopped, naming what is lost."""

        def work() -> View:
            return stop.confirm(find().row)

        in_modal(turn, Callback.STOP, Verb.STOP, work)

    def find(self, turn: Turn, name: str) -> Shown:
        """Return the person's deployment of that name."""
        return self.deployments.find(turn.person, name)

    def _show_page(self, turn: Turn, page: int, *, replaces: bool) -> None:
        rows = [shown.row for shown in self.deployments.list(turn.person)]
        turn.whisper(deployment_list.render(rows, page=page, now=self.clock()), replaces=replaces)

    def _stop_in_view(self, turn: Turn, key: DeploymentKey, view_id: str) -> None:
        def work() -> None:
            shown = self.deployments.stop(turn.person, self._namespace(key), key.deployment)
            turn.update(stop.outcome_view(shown.deployment.shown_title, _phase_after(shown)), view_id=view_id)
            self.following.round()

        def tell(error: BotError, reference: str) -> None:
            turn.update(failure.modal_view(error, reference=reference), view_id=view_id)

        turn.later(work, on_error=tell)

    def _title(self, turn: Turn, key: DeploymentKey) -> str:
        """Return what the person calls it: for whoever it does not belong to, only what they have sent."""
        try:
            known = self.quick.submission(key.deployment)
        except Unavailable:
            known = None
        is_own = known is not None and known.slack_user == turn.person.slack_user
        return known.request.title if known and is_own else key.deployment[:8]

    def _shown(self, turn: Turn) -> Shown:
        key = _key(turn.value)
        return self.deployments.show(turn.person, self._namespace(key), key.deployment)

    def _namespace(self, key: DeploymentKey) -> Namespace:
        if key.namespace:
            return key.namespace
        submission = self.ledger.submission(key.deployment)
        return submission.namespace if submission else Namespace("")


def _key(value: str) -> DeploymentKey:
    key = DeploymentKey.read(value)
    if key is None or not _is_plain(key.deployment) or (key.namespace and not _is_plain(key.namespace)):
        raise NotFound("That button is too old.", hint="See what there is with `/ai4os list`.")
    return DeploymentKey(Namespace(key.namespace), DeploymentId(key.deployment))


def _is_plain(word: str) -> bool:
    return word.replace("-", "").replace("_", "").isalnum() and word.isascii() and len(word) <= 128  # noqa: PLR2004 - Nomad's longest namespace


def _phase_after(shown: Shown) -> Phase:
    if shown.is_over:
        return Phase.GONE
    return Phase.STOPPING if holds_resources(shown.deployment) else Phase.STOPPED


def in_modal(turn: Turn, callback: Callback, verb: Verb, work: Callable[[], View]) -> None:
    """Open a modal at once and fill it when the work is done."""
    turn.ack()
    opened = turn.open(waiting.render(callback))
    if opened is None:
        turn.whisper_error(BotError("Slack was too slow to open a window.", hint="Please try once more."), "")
        return
    view_id = str(opened["id"])

    def fill() -> None:
        try:
            view = work()
        except SeveralMatch as error:
            rows = [shown.row for shown in error.shown]
            choice = choose.render(rows, verb=verb, wanted=error.name)
            view = modal("Which one?", list(choice.blocks), callback=Callback.LIST)
        turn.update(view, view_id=view_id)

    def tell(error: BotError, reference: str) -> None:
        turn.update(failure.modal_view(error, reference=reference), view_id=view_id)

    turn.later(fill, on_error=tell)
