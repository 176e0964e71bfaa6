"""Conversations and their messages: direct messages, channels, threads and ephemeral posts."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playground.slack.normalise import complete_blocks
from playground.slack.records import Conversation, Message
from playground.slack.render import message_text
from playground.slack.state import State
from playground.slack.wire import Json, copy_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to post."""

    author: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    files: list[Json] = field(default_factory=list)
    interaction: str | None = None


def _nobody_listens(_event: Json) -> None:
    return


class Conversations:
    """Post, edit, delete and find messages; the caller holds the state's lock."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.hear: Callable[[Json], None] = _nobody_listens

    def dm(self, user_id: str) -> Conversation:
        """Return the direct messages between the app and a person, opened if need be."""
        for conversation in self._state.conversations.values():
            if conversation.partner == user_id:
                return conversation
        members = {user_id, self._state.identity.bot_user_id}
        made = Conversation(
            id=self._state.ids.make("D"), name="directmessage", kind="im", members=members, partner=user_id
        )
        self._state.conversations[made.id] = made
        return made

    def find(self, target: str) -> Conversation | None:
        """Return a conversation by id or by channel name, with or without `#`."""
        if target in self._state.conversations:
            return self._state.conversations[target]
        name = target.removeprefix("#")
        named = (c for c in self._state.conversations.values() if c.kind != "im" and c.name == name)
        return next(named, None)

    def message(self, channel_id: str, ts: str) -> Message | None:
        """Return a message by its channel and timestamp."""
        conversation = self._state.conversations.get(channel_id)
        messages = conversation.messages if conversation else []
        return next((m for m in messages if m.ts == ts), None)

    def visible_to(self, user_id: str, channel_id: str) -> list[Message]:
        """Return what a person sees of a conversation, oldest first."""
        conversation = self._state.conversations[channel_id]
        if user_id not in conversation.members and conversation.kind != "public":
            return []
        return [m for m in conversation.messages if m.only_for in {None, user_id}]

    def post(self, conversation: Conversation, draft: Draft) -> Message:
        """Add a message to a conversation and tell everybody."""
        message = Message(
            ts=self._state.ids.stamp(),
            channel=conversation.id,
            author=draft.author,
            text=draft.text,
            blocks=complete_blocks(draft.blocks, self._state.ids),
            attachments=copy_json(draft.attachments),
            metadata=copy_json(draft.metadata),
            thread_ts=draft.thread_ts,
            only_for=draft.only_for,
            unfurl_links=draft.unfurl_links,
            unfurl_media=draft.unfurl_media,
            files=copy_json(draft.files),
        )
        conversation.messages.append(message)
        if draft.interaction is not None:
            self._state.answers.setdefault(draft.interaction, []).append((conversation.id, message.ts))
        self._narrate(message, "")
        if message.only_for is None:
            self._publish_event(conversation, {**self.wire(message), "channel": conversation.id})
        self._state.announce()
        return message

    def say(self, conversation: Conversation, user: str, text: str, thread_ts: str | None = None) -> Message:
        """Post what a person wrote."""
        return self.post(conversation, Draft(author=user, text=text, thread_ts=thread_ts))

    def edit(self, message: Message, text: str, blocks: list[Json], metadata: Json | None) -> None:
        """Replace what a message says; `metadata` None keeps the old one, an empty one removes it."""
        message.text, message.blocks = text, complete_blocks(blocks, self._state.ids)
        message.edited_ts = self._state.ids.stamp()
        message.values.clear()
        if metadata is not None:
            message.metadata = copy_json(metadata) or None
        self._narrate(message, "edits: ")
        if message.only_for is None:
            conversation = self._state.conversations[message.channel]
            changed = {"subtype": "message_changed", "hidden": True, "message": self.wire(message)}
            self._publish_event(
                conversation, {"type": "message", **changed, "channel": conversation.id, "ts": self._state.ids.stamp()}
            )
        self._state.announce()

    def delete(self, message: Message) -> None:
        """Remove a message; the parent of a thread leaves a tombstone."""
        conversation = self._state.conversations[message.channel]
        self._narrate(message, "deletes: ")
        if any(m.thread_ts == message.ts for m in conversation.messages if m is not message):
            message.tombstone, message.text, message.blocks = True, "This message was deleted.", []
        else:
            conversation.messages.remove(message)
        self._state.announce()

    def wire(self, message: Message) -> Json:
        """Return the message object as Slack sends it."""
        identity = self._state.identity
        wire: Json = {"type": "message", "user": message.author, "ts": message.ts, "text": message.text}
        wire["team"] = identity.team_id
        if message.author == identity.bot_user_id:
            wire |= {"bot_id": identity.bot_id, "app_id": identity.app_id, "bot_profile": self._bot_profile()}
        if message.tombstone:
            wire["subtype"] = "tombstone"
        if message.edited_ts:
            wire["edited"] = {"user": message.author, "ts": message.edited_ts}
        for name in ("blocks", "attachments", "metadata", "thread_ts", "files"):
            value = getattr(message, name)
            if value:
                wire[name] = copy_json(value)
        return wire

    def _bot_profile(self) -> Json:
        identity = self._state.identity
        return {
            "id": identity.bot_id,
            "app_id": identity.app_id,
            "name": self._state.settings.name,
            "deleted": False,
            "team_id": identity.team_id,
        }

    def _publish_event(self, conversation: Conversation, event: Json) -> None:
        channel_type = {"im": "im", "public": "channel", "private": "group"}[conversation.kind]
        names = {"im": "message.im", "public": "message.channels", "private": "message.groups"}
        bot = self._state.identity.bot_user_id
        if names[conversation.kind] in self._state.settings.events and bot in conversation.members:
            self.hear({**event, "channel_type": channel_type, "event_ts": event["ts"]})

    def _narrate(self, message: Message, verb: str) -> None:
        who = self._state.name_of(message.author)
        note = "(only for you) " if message.only_for else ""
        reader = message.only_for or self._state.conversations[message.channel].partner
        text = message_text(message, self._state, reader)
        self._state.tell(who, f"{verb}{note}{text}", channel=message.channel, audience=message.only_for)
