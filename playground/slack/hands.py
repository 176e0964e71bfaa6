"""The hands of a person: find the element on the live screen, put a value in, send what Slack's client sends."""

from collections.abc import Callable
from typing import Any

from playground.slack.elements import Placed
from playground.slack.field_values import pick, state_for
from playground.slack.interactions import Interactions, Sent
from playground.slack.records import Message, Outcome, Values, View
from playground.slack.screen import Option, Refused, ShownMessage, ShownView, find_placed
from playground.slack.submissions import show_banner
from playground.slack.suggestions import offered_options
from playground.slack.wire import Json

Seen = ShownMessage | ShownView
Place = Message | View
DELIVERY_ERRORS = {
    Outcome.TIMEOUT: "operation_timeout",
    Outcome.NO_CONNECTION: "dispatch_failed",
    Outcome.REFUSED: "dispatch_failed",
}
_TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input")
_SEARCHED = ("external_select", "multi_external_select")


class Hands:
    """Acts on one person's screen; a snapshot stands for the view or message as it is now."""

    def __init__(self, account_id: str, interactions: Interactions) -> None:
        self._id = account_id
        self._interactions = interactions
        self._state = interactions.state
        self._offered: dict[tuple[str, str, str], list[Json]] = {}

    def press(self, where: Seen, wanted: dict[str, str | None], *, confirm: bool | None) -> Callable[[], Sent] | None:
        """Find a button and answer its dialog; return what sends the click, or None when it was cancelled."""
        with self._state.lock:
            place = self.live(where)
            placed = find_placed(blocks_of(place), **wanted)
            if placed.kind not in {"button", "workflow_button"}:
                raise Refused(f"{placed.label or placed.action_id!r} is a {placed.kind}, not a button.")
            if not _confirmed(placed.element.get("confirm"), confirm=confirm):
                return None
            action: Json = {name: placed.element[name] for name in ("value", "text", "style") if name in placed.element}
            self.tell(f"clicks [{placed.label}]" + (" and confirms" if confirm else ""))
        return lambda: self._act(place, placed, action)

    def dialog(self, where: Seen, wanted: dict[str, str | None]) -> Json | None:
        """Return the confirm dialog of an element, if it has one."""
        with self._state.lock:
            dialog: Json | None = find_placed(blocks_of(self.live(where)), **wanted).element.get("confirm")
            return dialog

    def select(self, where: Seen, key: str, choice: Any, *, confirm: bool | None = None) -> Sent | None:
        """Choose in a menu; return what was sent, None for a plain field or a cancelled dialog."""
        with self._state.lock:
            place = self.live(where)
            placed = find_placed(blocks_of(place), key=key)
            if placed.kind in _TYPED or placed.kind == "button":
                raise Refused(f"{key!r} is a {placed.kind}: fill or click it.")
            if not _confirmed(placed.element.get("confirm"), confirm=confirm):
                return None
            new = self._chosen(place, placed, choice)
            self.tell(f"chooses {choice!r} in {placed.label or placed.action_id!r}")
        if placed.is_input and not placed.block.get("dispatch_action"):
            return None
        return self._act(place, placed, _without_type(new))

    def search(self, where: Seen, key: str, query: str) -> tuple[Option, ...]:
        """Type into an external select; too short a query asks nothing."""
        with self._state.lock:
            place = self.live(where)
            placed = find_placed(blocks_of(place), key=key)
            if placed.kind not in _SEARCHED:
                raise Refused(f"{key!r} is a {placed.kind} and does not search.")
            if len(query) < placed.element.get("min_query_length", 3):
                return ()
            self.tell(f"searches {query!r} in {placed.label or placed.action_id!r}")
        sent = self._interactions.suggestion(self._interactions.account(self._id), place, placed, query)
        with self._state.lock:
            options = offered_options(self._state, self._id, sent.envelope)
            self._offered[_key(place, placed)] = options
        return tuple(Option.read(option) for option in options)

    def fill(self, where: Seen, key: str, wanted: Any, *, enter: bool, by_character: bool) -> list[Sent]:
        """Fill one field; return everything that was sent for it."""
        with self._state.lock:
            place = self.live(where)
            placed = find_placed(blocks_of(place), key=key)
        if placed.kind in _TYPED:
            return self._type(place, placed, wanted, enter=enter, by_character=by_character)
        if placed.kind in _SEARCHED and wanted is not None:
            for query in [wanted] if isinstance(wanted, str) else list(wanted):
                self.search(where, key, str(query))
        sent = self.select(where, key, wanted)
        return [] if sent is None else [sent]

    def live(self, where: Seen) -> Place:
        """Return the view or message that a snapshot stands for; what is gone or covered is refused."""
        if isinstance(where, ShownView) and where.kind != "home":
            return self.top(where)
        self.refuse_under_modal()
        if isinstance(where, ShownView):
            return self._state.homes[self._id]
        message = self._interactions.talk.message(where.channel, where.ts)
        if message is None or message.only_for not in {None, self._id}:
            raise Refused(f"The message {where.ts} is not there any more.")
        return message

    def top(self, where: ShownView | None) -> View:
        """Return the modal on top; a snapshot of another one is refused."""
        top = self._interactions.screens.top(self._id)
        if top is None:
            raise Refused("No modal is open.")
        if where is not None and where.id != top.id:
            is_open = where.id in self._state.stacks.get(self._id, [])
            raise Refused(f"The modal {where.title!r} is {'covered by another' if is_open else 'closed'}.")
        return top

    def refuse_under_modal(self) -> None:
        """Refuse to reach for anything while a modal covers the screen."""
        top = self._interactions.screens.top(self._id)
        if top is not None:
            raise Refused(f"The modal {top.body['title']['text']!r} covers the screen: submit or close it first.")

    def refuse_without_interactivity(self) -> None:
        """Refuse what an app without interactivity in its manifest never gets."""
        if not self._state.settings.interactive:
            raise Refused("This app is not configured to handle interactive responses.")

    def refuse_without_composer(self, channel: str) -> None:
        """Refuse to type in direct messages that the manifest makes read-only: there is no composer."""
        if self._state.settings.messages_read_only and self._state.conversations[channel].kind == "im":
            raise Refused(
                "Sending messages to this app has been turned off: nothing can be typed. Its commands work in channels."
            )

    def delivery_error(self, sent: Sent, place: Place | None = None, channel: str | None = None) -> str | None:
        """Return the error that a person sees when the app did not answer, and record it."""
        error = DELIVERY_ERRORS.get(sent.envelope.outcome) or sent.refused
        if error is None:
            return None
        with self._state.lock:
            if isinstance(place, View):
                show_banner(self._state, place, f"{sent.envelope.name} was not acknowledged.")
                return error
            text = f"{sent.envelope.name} failed with the error {error!r}"
            if sent.refused is None:  # else the reason is recorded already
                self._state.complain(error, text, self._id)
            self._state.tell("Slack", text, channel=channel, audience=self._id)
        return error

    def tell(self, text: str, channel: str | None = None) -> None:
        """Write into the transcript what the person does."""
        name = self._interactions.account(self._id).real_name
        self._state.tell(name, text, channel=channel, audience=self._id)

    def _chosen(self, place: Place, placed: Placed, choice: Any) -> Json:
        if placed.kind == "overflow":
            return {"type": placed.kind, "selected_option": pick(placed, str(choice))}
        new = state_for(placed, choice, self._state, self._offered_in(place, placed))
        self._store(place, placed, new)
        return new

    def _offered_in(self, place: Place, placed: Placed) -> list[Json] | None:
        """Return what an external select has to choose: what the last search found, and what is chosen already."""
        if placed.kind not in _SEARCHED:
            return None
        chosen = self._values(place).get(placed.block_id, {}).get(placed.action_id, {}).get("selected_options")
        return [*self._offered.get(_key(place, placed), []), *(chosen or [])]

    def _type(self, place: Place, placed: Placed, wanted: Any, *, enter: bool, by_character: bool) -> list[Sent]:
        triggers = _typing_triggers(placed)
        slowly = by_character and "on_character_entered" in triggers and isinstance(wanted, str)
        steps = [wanted[: end + 1] for end in range(len(wanted))] if slowly else [wanted]
        sent = []
        for step in steps:
            with self._state.lock:
                new = state_for(placed, step, self._state)
                self._store(place, placed, new)
            if "on_character_entered" in triggers:
                sent.append(self._act(place, placed, _without_type(new)))
        with self._state.lock:
            self.tell(f"types {wanted!r} into {placed.label!r}")
        if enter and "on_enter_pressed" in triggers and wanted not in {None, ""}:
            sent.append(self._act(place, placed, _without_type(state_for(placed, wanted, self._state))))
        return sent

    def _store(self, place: Place, placed: Placed, new: Json) -> None:
        self._values(place).setdefault(placed.block_id, {})[placed.action_id] = new
        if isinstance(place, View):
            place.errors.pop(placed.block_id, None)
        self._state.announce()

    def _values(self, place: Place) -> Values:
        return place.values if isinstance(place, View) else self._interactions.message_values(self._id, place)

    def _act(self, place: Place, placed: Placed, action: Json) -> Sent:
        account = self._interactions.account(self._id)
        self.refuse_without_interactivity()
        if isinstance(place, View):
            place.banner = None
            sent = self._interactions.view_action(account, place, placed, action)
        else:
            sent = self._interactions.message_action(account, place, placed, action)
        self.delivery_error(sent, place)
        return sent


def blocks_of(place: Place) -> list[Json]:
    """Return the blocks of a view or message."""
    blocks: list[Json] = place.blocks if isinstance(place, Message) else place.body["blocks"]
    return blocks


def _key(place: Place, placed: Placed) -> tuple[str, str, str]:
    return (place.ts if isinstance(place, Message) else place.id, placed.block_id, placed.action_id)


def _without_type(new: Json) -> Json:
    return {key: value for key, value in new.items() if key != "type"}


def _typing_triggers(placed: Placed) -> tuple[str, ...]:
    if not placed.block.get("dispatch_action"):
        return ()
    config = placed.element.get("dispatch_action_config") or {}
    return tuple(config.get("trigger_actions_on", ["on_enter_pressed"]))


def _confirmed(dialog: Json | None, *, confirm: bool | None) -> bool:
    if dialog is None:
        if confirm is not None:
            raise Refused("There is no dialog to confirm here.")
        return True
    if confirm is None:
        raise Refused(f"A dialog asks: {dialog['text']['text']!r}. Answer it with confirm=True or confirm=False.")
    return confirm
