"""What is on each person's screen: the stack of modals and the Home tab."""

from playground.slack.elements import carry_values
from playground.slack.normalise import complete_view
from playground.slack.records import Trigger, View
from playground.slack.state import State
from playground.slack.wire import Json, SlackError, copy_json

STACK_LIMIT = 3


class Screens:
    """Open, push, replace and close views; the caller holds the state's lock and has checked the view."""

    def __init__(self, state: State) -> None:
        self._state = state

    def open(self, trigger: Trigger, view: Json) -> View:
        """Show a new modal as the root of the person's stack."""
        if self.top(trigger.user) is not None:
            self._state.complain("views_open_over_modal", "views.open was called above an open modal.", trigger.user)
            self.clear(trigger.user)
        return self._create(trigger.user, view, previous=None)

    def push(self, user: str, view: Json) -> View:
        """Put a modal on top of the person's stack; a fourth is refused."""
        stack = self._state.stacks.get(user, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK_LIMIT:
            raise SlackError("push_limit_reached")
        return self._create(user, view, previous=self._state.views[stack[-1]])

    def replace(self, view: View, body: Json) -> None:
        """Give a shown view a new body; what was typed stays where block_id and action_id stay."""
        self.claim_external_id(body, view)
        view.body = complete_view(body, self._state.ids)
        view.values = carry_values(view.body["blocks"], view.values)
        view.hash = self._state.ids.view_hash()
        view.errors, view.banner = {}, None
        self._state.announce()

    def publish(self, user: str, body: Json) -> View:
        """Show a person's Home tab, or overwrite it."""
        home = self._state.homes.get(user)
        if home is not None:
            self.replace(home, body)
            return home
        self.claim_external_id(body, None)
        home = self._build(user, body, None)
        self._state.homes[user] = home
        self._state.announce()
        return home

    def pop(self, view: View) -> None:
        """Close one view and show the one below it."""
        stack = self._state.stacks.get(view.user, [])
        if view.id in stack:
            stack.remove(view.id)
        self._state.views.pop(view.id, None)
        self._state.announce()

    def clear(self, user: str) -> None:
        """Close the person's whole stack."""
        for view_id in self._state.stacks.pop(user, []):
            self._state.views.pop(view_id, None)
        self._state.announce()

    def top(self, user: str) -> View | None:
        """Return the modal the person sees."""
        stack = self._state.stacks.get(user, [])
        return self._state.views[stack[-1]] if stack else None

    def root(self, user: str) -> View | None:
        """Return the modal at the bottom of the person's stack."""
        stack = self._state.stacks.get(user, [])
        return self._state.views[stack[0]] if stack else None

    def find(self, view_id: str | None = None, external_id: str | None = None) -> View | None:
        """Return an open modal or a Home view by one of its ids."""
        for view in (*self._state.views.values(), *self._state.homes.values()):
            if view_id is not None and view.id == view_id:
                return view
            if view_id is None and external_id and view.body["external_id"] == external_id:
                return view
        return None

    def claim_external_id(self, body: Json, owner: View | None) -> None:
        """Refuse an external id that another view of the workspace holds."""
        external_id = body.get("external_id")
        if not external_id:
            return
        holder = self.find(external_id=external_id)
        if holder is not None and holder is not owner:
            raise SlackError("duplicate_external_id")

    def wire(self, view: View) -> Json:
        """Return the whole view object as Slack sends it."""
        identity = self._state.identity
        return {
            "id": view.id,
            "team_id": identity.team_id,
            **copy_json(view.body),
            "state": {"values": copy_json(view.values)},
            "hash": view.hash,
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": identity.app_id,
            "app_installed_team_id": identity.team_id,
            "bot_id": identity.bot_id,
        }

    def _create(self, user: str, body: Json, previous: View | None) -> View:
        self.claim_external_id(body, None)
        view = self._build(user, body, previous)
        self._state.views[view.id] = view
        self._state.stacks.setdefault(user, []).append(view.id)
        self._state.announce()
        return view

    def _build(self, user: str, body: Json, previous: View | None) -> View:
        view_id = self._state.ids.make("V")
        completed = complete_view(body, self._state.ids)
        return View(
            id=view_id,
            user=user,
            body=completed,
            hash=self._state.ids.view_hash(),
            root_id=previous.root_id if previous else view_id,
            previous_id=previous.id if previous else None,
            values=carry_values(completed["blocks"], {}),
        )
