"""Builds the payloads of commands, clicks, submissions and shortcuts, and delivers them to the app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.slack.conversations import Conversations
from playground.slack.courier import Courier
from playground.slack.elements import Placed, carry_values
from playground.slack.envelopes import Envelope
from playground.slack.records import Account, Message, Values, View
from playground.slack.response_urls import ResponseUrls
from playground.slack.screens import Screens
from playground.slack.state import State
from playground.slack.triggers import issue_response_url, issue_trigger
from playground.slack.wire import Json, SlackError, copy_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An interaction that went to the app: its number, its trigger and how the delivery ended."""

    interaction: str
    trigger: str
    envelope: Envelope
    refused: str | None = None


class Interactions:
    """Everything a person can send to the app through Slack."""

    def __init__(
        self, state: State, talk: Conversations, screens: Screens, courier: Courier, response_urls: ResponseUrls
    ) -> None:
        self._response_urls = response_urls
        self.state = state
        self.talk = talk
        self.screens = screens
        self._courier = courier

    def account(self, user: str) -> Account:
        """Return a person's account as it is now."""
        return self.state.accounts[user]

    def command(self, account: Account, command: str, text: str, channel: str) -> Sent:
        """Send a slash command."""
        with self.state.lock:
            interaction = self.state.ids.make("interaction-")
            trigger = issue_trigger(self.state, account.id)
            url = issue_response_url(
                self.state, interaction=interaction, user=account.id, channel=channel, path="commands"
            )
            conversation = self.state.conversations[channel]
            payload = {
                "token": self.state.identity.verification_token,
                "team_id": self.state.identity.team_id,
                "team_domain": self.state.identity.team_domain,
                "channel_id": channel,
                "channel_name": conversation.name,
                "user_id": account.id,
                "user_name": account.name,
                "command": command,
                "text": text,
                "api_app_id": self.state.identity.app_id,
                "is_enterprise_install": "false",
                "response_url": url,
                "trigger_id": trigger.id,
            }
        key, refusals = url.rpartition("/")[2], list[str]()
        envelope = self._courier.ask(
            "slash_commands",
            command,
            account.id,
            payload,
            accepts_payload=True,
            then=lambda answered: refusals.extend(self._show_command_ack(answered, key)),
        )
        refused = refusals[0] if refusals else None
        return Sent(interaction=interaction, trigger=trigger.id, envelope=envelope, refused=refused)

    def view_action(self, account: Account, view: View, placed: Placed, action: Json) -> Sent:
        """Send a click or a change in a modal or Home tab."""
        with self.state.lock:
            interaction, trigger, payload = self._block_actions(account, placed, action, view_id=view.id)
            payload["container"] = {"type": "view", "view_id": view.id}
            payload["view"] = self.screens.wire(view)
        return self._ask_block_actions(account, interaction, trigger, payload, placed)

    def message_action(self, account: Account, message: Message, placed: Placed, action: Json) -> Sent:
        """Send a click or a change in a message."""
        with self.state.lock:
            interaction, trigger, payload = self._block_actions(account, placed, action, view_id=None)
            ephemeral = message.only_for is not None
            payload["container"] = {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": ephemeral,
            }
            name = self.state.conversations[message.channel].name
            payload["channel"] = {"id": message.channel, "name": name}
            if not ephemeral:
                payload["message"] = self.talk.wire(message)
            payload["state"] = {"values": copy_json(self.message_values(account.id, message))}
            url = issue_response_url(
                self.state,
                interaction=interaction,
                user=account.id,
                channel=message.channel,
                origin_ts=message.ts,
            )
            payload["response_url"] = url
        return self._ask_block_actions(account, interaction, trigger, payload, placed)

    def message_values(self, user: str, message: Message) -> Values:
        """Return what a person has chosen in a message's elements."""
        values = carry_values(message.blocks, message.values.get(user, {}))
        message.values[user] = values
        return values

    def submission(self, account: Account, view: View, then: Callable[[Envelope], object]) -> Sent:
        """Send the submission of a modal; `then` changes the screen the moment the answer is there."""
        with self.state.lock:
            trigger = issue_trigger(self.state, account.id, view.id)
            payload = {
                **self._interaction("view_submission", account),
                "trigger_id": trigger.id,
                "view": self.screens.wire(view),
                "response_urls": self._extra_response_urls(account, view, trigger.id),
            }
        name = f"view_submission {view.body['callback_id']}"
        envelope = self._courier.ask("interactive", name, account.id, payload, accepts_payload=True, then=then)
        return Sent(interaction=trigger.id, trigger=trigger.id, envelope=envelope)

    def closing(self, account: Account, view_wire: Json, *, is_cleared: bool) -> Sent:
        """Send that a person closed a modal."""
        with self.state.lock:
            payload = {
                **self._interaction("view_closed", account),
                "view": view_wire,
                "is_cleared": is_cleared,
            }
        name = f"view_closed {view_wire['callback_id']}"
        envelope = self._courier.ask("interactive", name, account.id, payload, accepts_payload=False)
        return Sent(interaction=envelope.id, trigger="", envelope=envelope)

    def suggestion(self, account: Account, view: View | Message, placed: Placed, query: str) -> Sent:
        """Ask the app for the options of an external select."""
        with self.state.lock:
            payload = {
                **self._interaction("block_suggestion", account),
                "action_id": placed.action_id,
                "block_id": placed.block_id,
                "value": query,
            }
            if isinstance(view, View):
                payload["container"] = {"type": "view", "view_id": view.id}
                payload["view"] = self.screens.wire(view)
            else:
                payload["container"] = {"type": "message", "message_ts": view.ts, "channel_id": view.channel}
                payload["channel"] = {"id": view.channel, "name": self.state.conversations[view.channel].name}
                payload["message"] = self.talk.wire(view)
        name = f"block_suggestion {placed.action_id}"
        envelope = self._courier.ask("interactive", name, account.id, payload, accepts_payload=True)
        return Sent(interaction=envelope.id, trigger="", envelope=envelope)

    def shortcut(self, account: Account, callback_id: str, message: Message | None) -> Sent:
        """Send a global shortcut, or one on a message."""
        with self.state.lock:
            interaction = self.state.ids.make("interaction-")
            trigger = issue_trigger(self.state, account.id)
            kind = "message_action" if message else "shortcut"
            payload = {
                **self._interaction(kind, account),
                "callback_id": callback_id,
                "trigger_id": trigger.id,
                "action_ts": self.state.ids.stamp(),
            }
            if message is not None:
                name = self.state.conversations[message.channel].name
                payload |= {"message_ts": message.ts, "message": self.talk.wire(message)}
                payload["channel"] = {"id": message.channel, "name": name}
                payload["response_url"] = issue_response_url(
                    self.state, interaction=interaction, user=account.id, channel=message.channel
                )
        envelope = self._courier.ask("interactive", f"{kind} {callback_id}", account.id, payload, accepts_payload=False)
        return Sent(interaction=interaction, trigger=trigger.id, envelope=envelope)

    def event(self, event: Json, user: str) -> Json:
        """Send an event if the app subscribed to it; return the event_callback, empty when it did not."""
        return self._courier.announce(event, user)

    def _show_command_ack(self, envelope: Envelope, key: str) -> list[str]:
        """Post what the ack of a command says; return Slack's error when it cannot be shown."""
        if not envelope.answer:
            return []
        try:
            self._response_urls.post(self.state.response_urls[key], envelope.answer)
        except SlackError as refusal:
            reason = f"The ack of {envelope.name} cannot be shown: {refusal.code} {refusal.extra}"
            self.state.complain("invalid_command_response", reason, envelope.user)
            return ["invalid_command_response"]
        return []

    def _block_actions(
        self, account: Account, placed: Placed, action: Json, view_id: str | None
    ) -> tuple[str, str, dict[str, Any]]:
        interaction = self.state.ids.make("interaction-")
        trigger = issue_trigger(self.state, account.id, view_id)
        shared = {"action_id": placed.action_id, "block_id": placed.block_id, "type": placed.kind}
        payload = {
            **self._interaction("block_actions", account),
            "trigger_id": trigger.id,
            "actions": [{**shared, **action, "action_ts": self.state.ids.stamp()}],
        }
        return interaction, trigger.id, payload

    def _ask_block_actions(
        self, account: Account, interaction: str, trigger: str, payload: Json, placed: Placed
    ) -> Sent:
        name = f"block_actions {placed.action_id}"
        envelope = self._courier.ask("interactive", name, account.id, payload, accepts_payload=False)
        return Sent(interaction=interaction, trigger=trigger, envelope=envelope)

    def _interaction(self, kind: str, account: Account) -> dict[str, Any]:
        identity = self.state.identity
        return {
            "type": kind,
            "user": {
                "id": account.id,
                "username": account.name,
                "name": account.name,
                "team_id": account.team_id,
            },
            "api_app_id": identity.app_id,
            "token": identity.verification_token,
            "team": {"id": identity.team_id, "domain": identity.team_domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _extra_response_urls(self, account: Account, view: View, interaction: str) -> list[Json]:
        urls = []
        for block in view.body["blocks"]:
            element = block.get("element") or {}
            if not element.get("response_url_enabled"):
                continue
            typed = view.values.get(block["block_id"], {}).get(element["action_id"], {})
            channel = typed.get("selected_conversation") or typed.get("selected_channel")
            if channel in self.state.conversations:
                url = issue_response_url(self.state, interaction=interaction, user=account.id, channel=channel)
                urls.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel,
                        "response_url": url,
                    }
                )
        return urls
