"""Plays a person in front of Slack: types commands, fills forms, clicks, reads."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from playground.slack.composer import escape_command_text
from playground.slack.envelopes import Envelope
from playground.slack.hands import DELIVERY_ERRORS, Hands, Seen
from playground.slack.input_rules import client_errors
from playground.slack.interactions import Interactions, Sent
from playground.slack.onlooker import Onlooker
from playground.slack.records import Message, View
from playground.slack.render import view_text
from playground.slack.reply import Reply, SubmitResult
from playground.slack.screen import Option, Refused, ShownMessage, ShownView
from playground.slack.submissions import AfterSubmit, apply_answer
from playground.slack.wire import Json

_TOLD = {AfterSubmit.ERRORS, AfterSubmit.BANNER, AfterSubmit.UPDATED}


class Person(Onlooker):
    """One member of the workspace at the keyboard; every method is safe to call from any thread."""

    def __init__(self, account_id: str, interactions: Interactions) -> None:
        super().__init__(account_id, interactions)
        self._hands = Hands(account_id, interactions)

    def command(self, command: str, text: str = "", *, channel: str | None = None) -> Reply:
        """Type a slash command, by default in the direct messages, and wait for its ack."""
        with self._state.lock:
            self._hands.refuse_under_modal()
            if command not in self._state.settings.commands:
                raise Refused(f"{command} is not a valid command.")
            channel_id = self._channel(channel)
            self._hands.refuse_without_composer(channel_id)
            escape = self._state.settings.commands[command]
            sent_text = escape_command_text(text, self._state) if escape else text
            self._hands.tell(f"{command} {text}".rstrip(), channel_id)
        sent = self._interactions.command(self.account, command, sent_text.strip(), channel_id)
        return Reply(person=self, sent=sent, error=self._hands.delivery_error(sent, channel=channel_id))

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
        wanted = {"action_id": action_id, "block_id": block_id, "value": value, "label": label}
        press = self._hands.press(where, wanted, confirm=confirm)
        return self._reply(press() if press else None)

    def double_click(
        self, where: Seen, action_id: str | None = None, *, label: str | None = None, confirm: bool | None = None
    ) -> tuple[Reply, Reply]:
        """Click a button twice at once, as an impatient person does: two deliveries with triggers of their own."""
        press = self._hands.press(where, {"action_id": action_id, "label": label}, confirm=confirm)
        if press is None:
            return self._reply(None), self._reply(None)
        with ThreadPoolExecutor(2) as both:
            first, second = both.submit(press), both.submit(press)
            return self._reply(first.result()), self._reply(second.result())

    def confirmation(self, where: Seen, action_id: str | None = None, *, label: str | None = None) -> str:
        """Return the title and text of the dialog that a click would open, empty when it opens none."""
        dialog = self._hands.dialog(where, {"action_id": action_id, "label": label})
        return f"{dialog['title']['text']}\n{dialog['text']['text']}" if dialog else ""

    def select(self, where: Seen, key: str, choice: Any, *, confirm: bool | None = None) -> Reply:
        """Choose in a menu, radio group or overflow, or set a checkbox group to a list; texts or values name options.

        `key` is a block_id, action_id or label. Nothing is sent from an input block without dispatch_action.
        """
        return self._reply(self._hands.select(where, key, choice, confirm=confirm))

    def type_in_select(self, where: Seen, key: str, query: str = "") -> tuple[Option, ...]:
        """Type into an external select and return the options the app offers; too short a query asks nothing."""
        return self._hands.search(where, key, query)

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
            sent = self._hands.fill(where, key, wanted, enter=enter, by_character=by_character)
            replies += [self._reply(one) for one in sent]
        return tuple(replies)

    def submit(self, where: ShownView | None = None) -> SubmitResult:
        """Press the submit button of the modal on top; Slack's client checks the fields first."""
        with self._state.lock:
            view = self._hands.top(where)
            if not view.body.get("submit"):
                raise Refused(f"The modal {view.body['title']['text']!r} has no submit button.")
            self._hands.tell(f"presses [{view.body['submit']['text']}]")
            view.errors, view.banner = client_errors(view), None
            if view.errors:
                self._state.announce()
                return SubmitResult(errors=dict(view.errors), by_client=True, view=ShownView.of(view, self._state))
        self._hands.refuse_without_interactivity()
        results: list[SubmitResult] = []
        self._interactions.submission(
            self.account, view, lambda envelope: results.append(self._after_submit(view, envelope))
        )
        return results[0]

    def close(self, where: ShownView | None = None) -> None:
        """Press the close button: the view below shows, unless `clear_on_close` empties the stack."""
        with self._state.lock:
            view = self._hands.top(where)
            clears = view.body["clear_on_close"]
            wire = self._interactions.screens.wire(view)
            if not clears:
                self._hands.tell(f"closes {view.body['title']['text']!r}")
                self._interactions.screens.pop(view)
        if clears:
            self.dismiss()
        elif wire["notify_on_close"]:
            self._interactions.closing(self.account, wire, is_cleared=False)

    def dismiss(self) -> None:
        """Press the X: the whole stack closes, and the app is told of the root view if that asked for it."""
        with self._state.lock:
            root = self._interactions.screens.root(self.id)
            if root is None:
                raise Refused("No modal is open.")
            wire = self._interactions.screens.wire(root)
            self._hands.tell(f"closes {root.body['title']['text']!r} with the X")
            self._interactions.screens.clear(self.id)
        if wire["notify_on_close"]:
            self._interactions.closing(self.account, wire, is_cleared=True)

    def open_home(self) -> ShownView | None:
        """Open the app's Home tab; return what it shows already (the app may publish a moment later)."""
        self._open_tab("home")
        return self.home

    def open_messages(self) -> None:
        """Open the app's Messages tab."""
        self._open_tab("messages")

    def say(self, text: str, *, channel: str | None = None, thread_ts: str | None = None) -> ShownMessage:
        """Post a message as the person, by default to the app."""
        with self._state.lock:
            self._hands.refuse_under_modal()
            conversation = self._state.conversations[self._channel(channel)]
            self._hands.refuse_without_composer(conversation.id)
            message = self._interactions.talk.say(conversation, self.id, text, thread_ts)
            return ShownMessage.of(message, self._state, self.id)

    def shortcut(self, callback_id: str, message: ShownMessage | None = None) -> Reply:
        """Start a global shortcut, or one on a message."""
        with self._state.lock:
            self._hands.refuse_under_modal()
            self._hands.refuse_without_interactivity()
            place = self._hands.live(message) if message else None
            self._hands.tell(f"starts the shortcut {callback_id!r}")
        target = place if isinstance(place, Message) else None
        sent = self._interactions.shortcut(self.account, callback_id, target)
        return Reply(person=self, sent=sent, error=self._hands.delivery_error(sent))

    def _reply(self, sent: Sent | None) -> Reply:
        error = DELIVERY_ERRORS.get(sent.envelope.outcome) if sent else None
        return Reply(person=self, sent=sent, error=error)

    def _after_submit(self, view: View, envelope: Envelope) -> SubmitResult:
        after = apply_answer(self._state, self._interactions.screens, view, envelope)
        told = f":\n{view_text(view, self._state)}" if after in _TOLD else ""
        self._state.tell(self._state.settings.name, f"answers the submission ({after}){told}", audience=self.id)
        shown = self.modal
        return SubmitResult(
            errors=dict(view.errors) if after is AfterSubmit.ERRORS else {},
            closed=after in {AfterSubmit.CLOSED, AfterSubmit.CLEARED},
            cleared=after is AfterSubmit.CLEARED,
            view=shown,
            pushed=shown if after is AfterSubmit.PUSHED else None,
            banner=view.banner,
            envelope=envelope,
        )

    def _open_tab(self, tab: str) -> None:
        with self._state.lock:
            self._hands.refuse_under_modal()
            self._hands.tell(f"opens the {tab} tab")
            home = self._state.homes.get(self.id)
            event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.dm, "tab": tab}
            event["event_ts"] = self._state.ids.stamp()
            if tab == "home" and home is not None:
                event["view"] = self._interactions.screens.wire(home)
            if "app_home_opened" in self._state.settings.events:
                self._interactions.event(event, self.id)
