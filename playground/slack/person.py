"""Plays a person in front of Slack: types commands, fills forms, clicks, reads."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from playground.slack.composer import escape_command_text
from playground.slack.elements import Placed
from playground.slack.envelopes import Envelope
from playground.slack.field_values import pick, state_for
from playground.slack.input_rules import client_errors
from playground.slack.interactions import Interactions, Sent
from playground.slack.records import Account, Message, Outcome, View
from playground.slack.render import view_text
from playground.slack.reply import DEFAULT_WAIT, Reply, SubmitResult
from playground.slack.screen import Option, Refused, ShownMessage, ShownView, TimedOut, find_placed
from playground.slack.submissions import AfterSubmit, apply_answer, show_banner
from playground.slack.suggestions import offered_options
from playground.slack.transcript import transcript
from playground.slack.wire import Json

T = TypeVar("T")
Seen = ShownMessage | ShownView
Place = Message | View
DELIVERY_ERRORS = {
    Outcome.TIMEOUT: "operation_timeout",
    Outcome.NO_CONNECTION: "dispatch_failed",
    Outcome.REFUSED: "dispatch_failed",
}
_TOLD = {AfterSubmit.ERRORS, AfterSubmit.BANNER, AfterSubmit.UPDATED}
_TEXT_KINDS = ("plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input")


class Person:
    """One member of the workspace at the keyboard; every method is safe to call from any thread."""

    def __init__(self, account_id: str, interactions: Interactions) -> None:
        self.id = account_id
        self._interactions = interactions
        self._state = interactions.state
        self._offered: dict[tuple[str, str, str], list[Json]] = {}

    @property
    def account(self) -> Account:
        """Return the person's account."""
        return self._state.accounts[self.id]

    @property
    def name(self) -> str:
        """Return the short name."""
        return self.account.name

    @property
    def dm(self) -> str:
        """Return the id of the direct messages with the app."""
        with self._state.lock:
            return self._interactions.talk.dm(self.id).id

    # ---- what the person sees

    @property
    def modal(self) -> ShownView | None:
        """Return the modal on top of the stack."""
        with self._state.lock:
            top = self._interactions.screens.top(self.id)
            return ShownView.of(top, self._state) if top else None

    @property
    def modals(self) -> tuple[ShownView, ...]:
        """Return the stack of modals, the root first."""
        with self._state.lock:
            return tuple(ShownView.of(self._state.views[i], self._state) for i in self._state.stacks.get(self.id, []))

    @property
    def home(self) -> ShownView | None:
        """Return the app's Home tab."""
        with self._state.lock:
            view = self._state.homes.get(self.id)
            return ShownView.of(view, self._state) if view else None

    def messages(self, channel: str | None = None) -> tuple[ShownMessage, ...]:
        """Return what the person sees of a channel, by default of the direct messages; oldest first."""
        with self._state.lock:
            channel_id = self._channel(channel)
            shown = self._interactions.talk.visible_to(self.id, channel_id)
            return tuple(ShownMessage.of(message, self._state, self.id) for message in shown)

    def message(self, ts: str, channel: str | None = None) -> ShownMessage:
        """Return one message as it looks now; refused when it is not there."""
        hit = next((m for m in self.messages(channel) if m.ts == ts), None)
        if hit is None:
            raise Refused(f"There is no message {ts} to see.")
        return hit

    def answers_to(self, interaction: str) -> tuple[ShownMessage, ...]:
        """Return the messages that answer an interaction and are still there."""
        with self._state.lock:
            places = dict.fromkeys(self._state.answers.get(interaction, []))
            found = (self._interactions.talk.message(channel, ts) for channel, ts in places)
            return tuple(ShownMessage.of(m, self._state, self.id) for m in found if m and m.only_for in {None, self.id})

    def transcript(self) -> str:
        """Return the whole conversation as this person saw it."""
        return transcript(self._state, self.id)

    # ---- what the person does

    def command(self, command: str, text: str = "", *, channel: str | None = None) -> Reply:
        """Type a slash command, by default in the direct messages, and wait for its ack."""
        with self._state.lock:
            self._refuse_under_modal()
            if command not in self._state.settings.commands:
                raise Refused(f"{command} is not a valid command.")
            channel_id = self._channel(channel)
            escape = self._state.settings.commands[command]
            sent_text = escape_command_text(text, self._state) if escape else text
            self._tell(f"{command} {text}".rstrip(), channel_id)
        sent = self._interactions.command(self.account, command, sent_text.strip(), channel_id)
        error = self._delivery_error(sent) or sent.refused
        if error:
            self._fail(error, f"{command} failed with the error {error!r}", channel_id)
        return Reply(person=self, sent=sent, error=error)

    def click(
        self,
        where: Seen,
        action_id: str | None = None,
        *,
        block_id: str | None = None,
        value: str | None = None,
        label: str | None = None,
        confirm: bool | None = None,
    ) -> Reply:
        """Click the one button that fits; `confirm` answers its dialog, and must be given when there is one."""
        with self._state.lock:
            place = self._live(where)
            placed = find_placed(_blocks(place), action_id=action_id, block_id=block_id, value=value, label=label)
            if placed.kind not in {"button", "workflow_button"}:
                raise Refused(f"{placed.label or placed.action_id!r} is a {placed.kind}, not a button.")
            if not _confirmed(placed.element.get("confirm"), confirm=confirm):
                return Reply(person=self, sent=None)
            action: Json = {name: placed.element[name] for name in ("value", "text", "style") if name in placed.element}
            self._tell(f"clicks [{placed.label}]", None)
        return self._act(place, placed, action)

    def confirmation(self, where: Seen, action_id: str | None = None, **wanted: str | None) -> str:
        """Return the text of the dialog that a click would open, empty when it opens none."""
        with self._state.lock:
            placed = find_placed(_blocks(self._live(where)), action_id=action_id, **wanted)
            dialog = placed.element.get("confirm")
            return f"{dialog['title']['text']}\n{dialog['text']['text']}" if dialog else ""

    def select(self, where: Seen, key: str, choice: Any, *, confirm: bool | None = None) -> Reply:
        """Choose in a menu, radio group or overflow, or set a checkbox group to a list; texts or values name options.

        `key` is a block_id, action_id or label. Nothing is sent from an input block without dispatch_action.
        """
        with self._state.lock:
            place = self._live(where)
            placed = find_placed(_blocks(place), key=key)
            if placed.kind in _TEXT_KINDS or placed.kind == "button":
                raise Refused(f"{key!r} is a {placed.kind}: fill or click it.")
            if not _confirmed(placed.element.get("confirm"), confirm=confirm):
                return Reply(person=self, sent=None)
            self._tell(f"chooses {choice!r} in {placed.label or placed.action_id!r}", None)
            if placed.kind == "overflow":
                new = {"type": placed.kind, "selected_option": pick(placed, str(choice))}
            else:
                new = state_for(placed, choice, self._state, self._offers(place, placed))
                self._store(place, placed, new)
        if placed.is_input and not placed.block.get("dispatch_action"):
            return Reply(person=self, sent=None)
        return self._act(place, placed, _action_of(new))

    def type_in_select(self, where: Seen, key: str, query: str = "") -> tuple[Option, ...]:
        """Type into an external select and return the options the app offers; too short a query asks nothing."""
        with self._state.lock:
            place = self._live(where)
            placed = find_placed(_blocks(place), key=key)
            if placed.kind not in {"external_select", "multi_external_select"}:
                raise Refused(f"{key!r} is a {placed.kind} and does not search.")
            if len(query) < placed.element.get("min_query_length", 3):
                return ()
        sent = self._interactions.suggestion(self.account, place, placed, query)
        with self._state.lock:
            options = offered_options(self._state, self.id, sent.envelope)
            self._offered[_place_key(place, placed)] = options
        return tuple(Option.read(option) for option in options)

    def choose(self, where: Seen, key: str, choice: Any) -> Reply:
        """Choose in a menu; in an external select only what the last typing offered."""
        return self.select(where, key, choice)

    def fill(
        self, where: Seen, values: Mapping[str, Any], *, enter: bool = True, by_character: bool = False
    ) -> tuple[Reply, ...]:
        """Fill fields by block_id, action_id or label; return the replies of those that send block_actions.

        `enter` presses Enter in each text field, `by_character` sends one action for every character typed
        where the field asks for that, else one for the whole text. An external select is searched for the value.
        """
        replies: list[Reply] = []
        for key, wanted in values.items():
            replies += self._fill_one(where, key, wanted, enter=enter, by_character=by_character)
        return tuple(replies)

    def submit(self, where: ShownView | None = None) -> SubmitResult:
        """Press the submit button of the modal on top; Slack's client checks the fields first."""
        with self._state.lock:
            view = self._top(where)
            if not view.body.get("submit"):
                raise Refused(f"The modal {view.body['title']['text']!r} has no submit button.")
            self._tell(f"presses [{view.body['submit']['text']}]", None)
            view.errors, view.banner = client_errors(view), None
            if view.errors:
                self._state.announce()
                return SubmitResult(errors=dict(view.errors), by_client=True, view=ShownView.of(view, self._state))
        results: list[SubmitResult] = []
        self._interactions.submission(
            self.account, view, lambda envelope: results.append(self._after_submit(view, envelope))
        )
        return results[0]

    def close(self, where: ShownView | None = None) -> None:
        """Press the close button: the view below shows, unless `clear_on_close` empties the stack."""
        with self._state.lock:
            view = self._top(where)
            clears = view.body["clear_on_close"]
            wire = self._interactions.screens.wire(view)
            if not clears:
                self._tell(f"closes {view.body['title']['text']!r}", None)
                self._interactions.screens.pop(view)
        if clears:
            self.dismiss()
        elif wire["notify_on_close"]:
            self._interactions.closing(self.account, wire, is_cleared=False)

    def dismiss(self) -> None:
        """Press the X: the whole stack closes, and the root view's app is told if it asked for it."""
        with self._state.lock:
            root = self._interactions.screens.root(self.id)
            if root is None:
                raise Refused("No modal is open.")
            wire = self._interactions.screens.wire(root)
            self._tell(f"closes {root.body['title']['text']!r} with the X", None)
            self._interactions.screens.clear(self.id)
        if wire["notify_on_close"]:
            self._interactions.closing(self.account, wire, is_cleared=True)

    def open_home(self) -> ShownView | None:
        """Open the app's Home tab; return what it shows already (the app may publish a moment later)."""
        return self._open_tab("home")

    def open_messages(self) -> None:
        """Open the app's Messages tab."""
        self._open_tab("messages")

    def say(self, text: str, *, channel: str | None = None, thread_ts: str | None = None) -> ShownMessage:
        """Post a message as the person."""
        with self._state.lock:
            self._refuse_under_modal()
            conversation = self._state.conversations[self._channel(channel)]
            message = self._interactions.talk.say(conversation, self.id, text, thread_ts)
            return ShownMessage.of(message, self._state, self.id)

    def shortcut(self, callback_id: str, message: ShownMessage | None = None) -> Reply:
        """Start a global shortcut, or one on a message."""
        with self._state.lock:
            self._refuse_under_modal()
            place = self._live(message) if message else None
            self._tell(f"starts the shortcut {callback_id!r}", None)
        target = place if isinstance(place, Message) else None
        sent = self._interactions.shortcut(self.account, callback_id, target)
        return self._reply(sent, None)

    # ---- waiting

    def wait_for_modal(
        self, predicate: Callable[[ShownView], bool] = bool, *, timeout: timedelta = DEFAULT_WAIT
    ) -> ShownView:
        """Wait until a fitting modal is on top and return it."""
        return self.wait_for(lambda: _fitting(self.modal, predicate), "a modal", timeout)

    def wait_for_no_modal(self, *, timeout: timedelta = DEFAULT_WAIT) -> None:
        """Wait until no modal is open."""
        self.wait_for(lambda: True if self.modal is None else None, "the modal to close", timeout)

    def wait_for_home(
        self, predicate: Callable[[ShownView], bool] = bool, *, timeout: timedelta = DEFAULT_WAIT
    ) -> ShownView:
        """Wait until the Home tab fits and return it."""
        return self.wait_for(lambda: _fitting(self.home, predicate), "a Home tab", timeout)

    def wait_for_message(
        self,
        predicate: Callable[[ShownMessage], bool] | str = bool,
        *,
        channel: str | None = None,
        timeout: timedelta = DEFAULT_WAIT,
    ) -> ShownMessage:
        """Wait until a message fits, or holds a text, and return the newest such one."""

        def fits(message: ShownMessage) -> bool:
            return predicate in message.text if isinstance(predicate, str) else predicate(message)

        def newest() -> ShownMessage | None:
            return next((m for m in reversed(self.messages(channel)) if fits(m)), None)

        return self.wait_for(newest, "a message", timeout)

    def wait_for(self, look: Callable[[], T | None], what: str, timeout: timedelta = DEFAULT_WAIT) -> T:
        """Wait until `look` returns something and return that; else raise TimedOut with the transcript."""
        found: list[T] = []

        def seen() -> bool:
            hit = look()
            if hit is not None:
                found.append(hit)
            return hit is not None

        if not self._state.wait_for(seen, timeout):
            problems = "\n".join(f"! {problem.kind}: {problem.text}" for problem in self._state.problems)
            raise TimedOut(
                f"{self.name} waited {timeout.total_seconds():g} s for {what} in vain.\n{self.transcript()}\n{problems}"
            )
        return found[-1]

    # ---- inside

    def _fill_one(self, where: Seen, key: str, wanted: Any, *, enter: bool, by_character: bool) -> list[Reply]:
        with self._state.lock:
            place = self._live(where)
            placed = find_placed(_blocks(place), key=key)
        if placed.kind in {"external_select", "multi_external_select"} and wanted is not None:
            return self._search_and_choose(where, key, wanted)
        if placed.kind in _TEXT_KINDS:
            return self._type(place, placed, wanted, enter=enter, by_character=by_character)
        reply = self.select(where, key, wanted)
        return [reply] if reply.was_sent else []

    def _search_and_choose(self, where: Seen, key: str, wanted: Any) -> list[Reply]:
        for query in [wanted] if isinstance(wanted, str) else list(wanted):
            self.type_in_select(where, key, str(query))
        reply = self.choose(where, key, wanted)
        return [reply] if reply.was_sent else []

    def _type(self, place: Place, placed: Placed, wanted: Any, *, enter: bool, by_character: bool) -> list[Reply]:
        triggers = _typing_triggers(placed)
        steps: Iterable[Any] = [wanted]
        if by_character and "on_character_entered" in triggers and isinstance(wanted, str):
            steps = [wanted[: end + 1] for end in range(len(wanted))]
        replies = []
        for step in steps:
            with self._state.lock:
                new = state_for(placed, step, self._state)
                self._tell(f"types {step!r} into {placed.label!r}", None)
                self._store(place, placed, new)
            if "on_character_entered" in triggers:
                replies.append(self._act(place, placed, _action_of(new)))
        if enter and "on_enter_pressed" in triggers and wanted not in (None, ""):
            replies.append(self._act(place, placed, _action_of(state_for(placed, wanted, self._state))))
        return replies

    def _store(self, place: Place, placed: Placed, new: Json) -> None:
        values = place.values if isinstance(place, View) else self._interactions.message_values(self.id, place)
        values.setdefault(placed.block_id, {})[placed.action_id] = new
        if isinstance(place, View):
            place.errors.pop(placed.block_id, None)
        self._state.announce()

    def _act(self, place: Place, placed: Placed, action: Json) -> Reply:
        if isinstance(place, View):
            sent = self._interactions.view_action(self.account, place, placed, action)
        else:
            sent = self._interactions.message_action(self.account, place, placed, action)
        return self._reply(sent, place)

    def _reply(self, sent: Sent, place: Place | None) -> Reply:
        error = self._delivery_error(sent)
        with self._state.lock:
            if error and isinstance(place, View):
                show_banner(self._state, place, f"{sent.envelope.name} was not acknowledged.")
            elif error:
                self._fail(error, f"{sent.envelope.name} failed with the error {error!r}", None)
        return Reply(person=self, sent=sent, error=error)

    def _after_submit(self, view: View, envelope: Envelope) -> SubmitResult:
        after = apply_answer(self._state, self._interactions.screens, view, envelope)
        shown = self.modal
        self._state.tell(
            self._state.settings.name,
            f"answers the submission: {after}" + (f"\n{view_text(view, self._state)}" if after in _TOLD else ""),
            audience=self.id,
        )
        return SubmitResult(
            errors=dict(view.errors) if after is AfterSubmit.ERRORS else {},
            closed=after in {AfterSubmit.CLOSED, AfterSubmit.CLEARED},
            cleared=after is AfterSubmit.CLEARED,
            view=shown,
            pushed=shown if after is AfterSubmit.PUSHED else None,
            banner=view.banner,
            envelope=envelope,
        )

    def _open_tab(self, tab: str) -> ShownView | None:
        with self._state.lock:
            self._refuse_under_modal()
            self._tell(f"opens the {tab} tab", None)
            home = self._state.homes.get(self.id)
            event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.dm, "tab": tab}
            event["event_ts"] = self._state.ids.stamp()
            if tab == "home" and home is not None:
                event["view"] = self._interactions.screens.wire(home)
            if "app_home_opened" in self._state.settings.events:
                self._interactions.event(event, self.id)
            return self.home

    def _live(self, where: Seen) -> Place:
        if isinstance(where, ShownMessage):
            self._refuse_under_modal()
            message = self._interactions.talk.message(where.channel, where.ts)
            if message is None or message.only_for not in {None, self.id}:
                raise Refused(f"The message {where.ts} is not there any more.")
            return message
        if where.kind == "home":
            self._refuse_under_modal()
            return self._state.homes[self.id]
        return self._top(where)

    def _top(self, where: ShownView | None) -> View:
        top = self._interactions.screens.top(self.id)
        if top is None:
            raise Refused("No modal is open.")
        if where is not None and where.id != top.id:
            is_open = where.id in self._state.stacks.get(self.id, [])
            raise Refused(f"The modal {where.title!r} is {'covered by another' if is_open else 'closed'}.")
        return top

    def _refuse_under_modal(self) -> None:
        top = self._interactions.screens.top(self.id)
        if top is not None:
            raise Refused(f"The modal {top.body['title']['text']!r} covers the screen: submit or close it first.")

    def _channel(self, channel: str | None) -> str:
        if channel is None:
            return self._interactions.talk.dm(self.id).id
        conversation = self._interactions.talk.find(channel)
        if conversation is None:
            raise Refused(f"There is no channel {channel!r}.")
        return conversation.id

    def _offers(self, place: Place, placed: Placed) -> list[Json] | None:
        if placed.kind not in {"external_select", "multi_external_select"}:
            return None
        return self._offered.get(_place_key(place, placed), [])

    @staticmethod
    def _delivery_error(sent: Sent) -> str | None:
        return DELIVERY_ERRORS.get(sent.envelope.outcome)

    def _fail(self, kind: str, text: str, channel: str | None) -> None:
        self._state.complain(kind, text, self.id)
        self._state.tell("Slack", text, channel=channel, audience=self.id)

    def _tell(self, text: str, channel: str | None) -> None:
        self._state.tell(self.account.real_name, text, channel=channel, audience=self.id)


def _blocks(place: Place) -> list[Json]:
    return place.blocks if isinstance(place, Message) else place.body["blocks"]


def _place_key(place: Place, placed: Placed) -> tuple[str, str, str]:
    return (place.ts if isinstance(place, Message) else place.id, placed.block_id, placed.action_id)


def _action_of(new: Json) -> Json:
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


def _fitting(view: ShownView | None, predicate: Callable[[ShownView], bool]) -> ShownView | None:
    return view if view is not None and predicate(view) else None
