"""The catalogue in one window: search, filter, turn pages, look at a module and go on to its form, all in place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import App
from slack_sdk.models.views import View

from bot.domain.base import DraftId
from bot.domain.catalog import Module
from bot.domain.commands import Command
from bot.domain.marketplace import Browsing, PlatformRoom, Room
from bot.services.marketplace import Marketplace
from handlers.deploy_form import DeployForm
from handlers.ids import Action, Callback
from handlers.listening import Listening
from handlers.turn import Turn
from handlers.views import marketplace, module_page
from handlers.views.message import Message

_GOING = (Action.MODULES_UNFILTERED, Action.MODULES_ALL)
_TURNING = (Action.MODULES_PREVIOUS, Action.MODULES_NEXT)
_CHANGING = (Action.MODULES_SEARCH, Action.MODULES_FILTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketplaceWindow:
    """Listeners of the catalogue's window. Where somebody is stands in the view's metadata, and is checked here."""

    marketplace: Marketplace
    form: DeployForm

    def register(self, app: App, listening: Listening) -> None:
        """Attach the listeners."""
        app.action(Action.MENU_MODULES.value)(listening.guarded(self.open_from_button))
        for changing in _CHANGING:
            app.action(changing.value)(listening.guarded(self.refine))
        for turning in _TURNING:
            app.action(turning.value)(listening.guarded(self.turn_page))
        for going in _GOING:
            app.action(going.value)(listening.guarded(self.go))
        app.action(Action.MODULES_BACK.value)(listening.guarded(self.back))
        app.action(Action.MODULE.value)(listening.guarded(self.show))
        app.action(Action.MODULE_DEPLOY.value)(listening.guarded(self.deploy))
        app.view(Callback.MODULES.value)(listening.guarded(self.search))

    def open(self, turn: Turn, command: Command) -> None:
        """Show what a command searches for."""
        turn.ack()
        self._show_list(turn, Browsing.of(command.subject, command.filters))

    def open_module(self, turn: Turn, name: str) -> None:
        """Show the page of the module that a command names; without a name, the list."""
        turn.ack()
        self._show_module(turn, name, came_from=None) if name else self._show_list(turn, Browsing())

    def open_from_button(self, turn: Turn) -> None:
        """Show the search that a button stands for: in place of the window it is in, if any."""
        turn.ack()
        if turn.view.get("callback_id") == Callback.DEPLOY_FORM:
            self.form.leave(DraftId(turn.metadata))
        self._show_list(turn, Browsing.read(turn.value))

    def refine(self, turn: Turn) -> None:
        """Search anew, because Enter was pressed or a filter was ticked."""
        turn.ack()
        self._show_list(turn, _typed(turn))

    def search(self, turn: Turn) -> None:
        """Search anew, because the button was pressed; the answer is the new view, in a field of its own."""
        found = self._list(_typed(turn).renewed())
        turn.ack(response_action="update", view=found)

    def turn_page(self, turn: Turn) -> None:
        """Show another page; if something else was typed meanwhile, that is searched for instead."""
        turn.ack()
        typed = _typed(turn)
        is_changed = typed != Browsing.read(turn.metadata)
        self._show_list(turn, typed if is_changed else typed.at(Browsing.read(turn.value).page))

    def go(self, turn: Turn) -> None:
        """Show the search that a button offers instead of the one that found nothing."""
        turn.ack()
        here = Browsing.read(turn.metadata)
        going = Browsing.read(turn.value)
        self._show_list(turn, going.model_copy(update={"revision": here.revision}).renewed())

    def back(self, turn: Turn) -> None:
        """Show the list again, where the person was in it."""
        turn.ack()
        self._show_list(turn, Browsing.read(turn.metadata).renewed())

    def show(self, turn: Turn) -> None:
        """Show the page of the module whose button was pressed."""
        turn.ack()
        self._show_module(turn, turn.value, came_from=_typed(turn) if turn.view else None)

    def deploy(self, turn: Turn) -> None:
        """Go on to the form, filled in for the module, in place of its page."""
        module = self.marketplace.module(turn.value)
        if module is None:
            turn.ack()
            self._show_missing(turn, turn.value, Browsing.read(turn.metadata))
            return
        command = self.marketplace.deploying(turn.person, module)
        self.form.open(turn, command, instead_of=turn.view_id)

    def _show_list(self, turn: Turn, browsing: Browsing, *, missing: str = "") -> None:
        self._place(turn, self._list(browsing, missing=missing), else_=marketplace.reopen(browsing))

    def _show_module(self, turn: Turn, name: str, *, came_from: Browsing | None) -> None:
        module = self.marketplace.module(name)
        if module is None:
            self._show_missing(turn, name, came_from or Browsing.of(name))
            return
        page = module_page.render(module, came_from=came_from)
        shown = self._place(turn, page, else_=marketplace.reopen_module(module.name))
        if shown is not None:
            self._fill_in(turn, module, came_from, shown)

    def _show_missing(self, turn: Turn, name: str, browsing: Browsing) -> None:
        """Show the list in place of a module that is not there, and say why it is not."""
        self._show_list(turn, browsing.renewed(), missing=self.marketplace.why_missing(name))

    def _fill_in(self, turn: Turn, module: Module, came_from: Browsing | None, shown: Mapping[str, Any]) -> None:
        """Say on the page whether the hardware is free, unless the person has gone on meanwhile."""

        def tell(rooms: tuple[PlatformRoom, ...]) -> None:
            page = module_page.render(module, rooms=rooms, came_from=came_from)
            turn.update(page, view_id=str(shown["id"]), expected=str(shown.get("hash") or ""))

        unknown = tuple(
            PlatformRoom(platform=platform.title, room=Room.UNKNOWN)
            for platform in self.marketplace.platforms_for(turn.person)
        )
        turn.later(
            lambda: tell(self.marketplace.rooms(turn.person, module)), on_error=lambda _error, _reference: tell(unknown)
        )

    def _place(self, turn: Turn, view: View, *, else_: Message) -> Mapping[str, Any] | None:
        """Show a view in place of the one in which the person acted, or in a new window; None if there is no room."""
        if turn.view:
            return turn.update(view, view_id=turn.view_id)
        opened = turn.open(view)
        if opened is None:
            turn.whisper(else_)
        return opened

    def _list(self, browsing: Browsing, *, missing: str = "") -> View:
        snapshot = self.marketplace.snapshot()
        shelf = self.marketplace.look(browsing)
        return marketplace.render(shelf, read_at=snapshot.read_at, is_certain=snapshot.certain, missing=missing)


def _typed(turn: Turn) -> Browsing:
    """Return the search as it stands in the window: what is typed and ticked, else what its metadata says."""
    here = Browsing.read(turn.metadata)
    values = _object(_object(turn.view.get("state")).get("values"))
    fields = {action: element for block in values.values() for action, element in _object(block).items()}
    if Action.MODULES_SEARCH not in fields or Action.MODULES_FILTER not in fields:
        return here
    search, ticked = _object(fields[Action.MODULES_SEARCH]), _object(fields[Action.MODULES_FILTER])
    options = ticked.get("selected_options")
    chosen = [str(_object(each).get("value")) for each in options] if isinstance(options, list) else []
    return here.searching(str(search.get("value") or ""), marketplace.chosen_filters(chosen))


def _object(node: object) -> Mapping[str, Any]:
    """Return an object of JSON from Slack; an empty one where there is something else."""
    return node if isinstance(node, Mapping) else {}
