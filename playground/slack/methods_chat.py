"""The chat.* methods."""

from typing import Any

from playground.slack.blocks import ATTACHMENTS, MESSAGE_TEXTS, TEXT_CUT, message_flaws, text_sum
from playground.slack.conversations import Draft
from playground.slack.file_rules import file_flaws
from playground.slack.methods import MethodCall, method
from playground.slack.rate_limits import Tier
from playground.slack.records import Conversation, Message
from playground.slack.wire import Json, SlackError, byte_size

UPDATE_TEXT = 4_000
MARKDOWN_TEXT = 12_000
METADATA_BYTES = 16_000


@method("chat.postMessage", Tier.SPECIAL, scope="chat:write")
def post_message(call: MethodCall) -> Json:
    """Post to a channel, or to a person by user id, which opens the direct messages."""
    conversation = _destination(call)
    draft = _draft(call)
    call.rooms.limits.spend_post(conversation.id)
    _warn_about_disguise(call, conversation)
    message = call.rooms.talk.post(conversation, draft)
    return {"channel": conversation.id, "ts": message.ts, "message": call.rooms.talk.wire(message)}


@method("chat.update", Tier.THREE, scope="chat:write")
def update(call: MethodCall) -> Json:
    """Edit one of the app's own messages; without `metadata` the old one stays."""
    message = _own_message(call, "cant_update_message")
    text, blocks, _ = _content(call)
    if len(text) > UPDATE_TEXT:
        raise SlackError("msg_too_long")
    call.rooms.talk.edit(message, text, blocks, _metadata(call))
    wire = call.rooms.talk.wire(message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": wire}


@method("chat.delete", Tier.THREE, scope="chat:write")
def delete(call: MethodCall) -> Json:
    """Delete one of the app's own messages."""
    message = _own_message(call, "cant_delete_message")
    call.rooms.talk.delete(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", Tier.FOUR, scope="chat:write")
def post_ephemeral(call: MethodCall) -> Json:
    """Show a message to one member of a channel."""
    conversation = _destination(call)
    user = call.required("user")
    account = call.state.accounts.get(user)
    if account is None or account.deleted or user not in conversation.members:
        raise SlackError("user_not_in_channel")
    message = call.rooms.talk.post(conversation, _draft(call, only_for=user))
    return {"message_ts": message.ts}


@method("chat.getPermalink", Tier.SPECIAL, readable=True)
def get_permalink(call: MethodCall) -> Json:
    """Return the address of a message."""
    channel, ts = call.required("channel"), call.required("message_ts")
    if channel not in call.state.conversations:
        raise SlackError("channel_not_found")
    if call.rooms.talk.message(channel, ts) is None:
        raise SlackError("message_not_found")
    domain = call.state.identity.team_domain
    return {"channel": channel, "permalink": f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}"}


def checked_blocks(call: MethodCall) -> list[Json]:
    """Return the `blocks` argument, refused like Slack refuses broken or oversized ones."""
    blocks: Any = call.json("blocks", "invalid_blocks_format")
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    flaws = message_flaws(blocks, call.state.settings.lacking_blocks) or file_flaws(blocks, call.state, "/blocks")
    if flaws:
        messages = [f"[ERROR] {flaw}" for flaw in flaws]
        raise SlackError("invalid_blocks", errors=flaws, response_metadata={"messages": messages})
    if text_sum(blocks) > MESSAGE_TEXTS:
        raise SlackError("msg_blocks_too_long")
    return blocks


def _destination(call: MethodCall) -> Conversation:
    target = call.required("channel")
    account = call.state.accounts.get(target)
    if account is not None:
        if account.deleted or account.is_bot:
            raise SlackError("channel_not_found")
        if not call.state.settings.messages_tab:
            raise SlackError("messages_tab_disabled")
        return call.rooms.talk.dm(account.id)
    conversation = call.rooms.talk.find(target)
    bot = call.state.identity.bot_user_id
    if conversation is None or (conversation.kind == "private" and bot not in conversation.members):
        raise SlackError("channel_not_found")
    if conversation.is_archived:
        raise SlackError("is_archived")
    if bot not in conversation.members and not call.has_scope("chat:write.public"):
        raise SlackError("not_in_channel")
    if conversation.kind == "im" and not call.state.settings.messages_tab:
        raise SlackError("messages_tab_disabled")
    return conversation


def _draft(call: MethodCall, only_for: str | None = None) -> Draft:
    text, blocks, attachments = _content(call)
    return Draft(
        author=call.state.identity.bot_user_id,
        text=text,
        blocks=blocks,
        attachments=attachments,
        metadata=_metadata(call) or None,
        thread_ts=call.text("thread_ts") or None,
        only_for=only_for,
        unfurl_links=call.flag("unfurl_links") if "unfurl_links" in call.arguments else None,
        unfurl_media=call.flag("unfurl_media") if "unfurl_media" in call.arguments else None,
    )


def _content(call: MethodCall) -> tuple[str, list[Json], list[Json]]:
    text, markdown = call.text("text"), call.text("markdown_text")
    blocks = checked_blocks(call)
    attachments: list[Json] = call.json("attachments", "invalid_attachments") or []
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT:
        raise SlackError("msg_too_long")
    text = text or markdown
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if len(text) > TEXT_CUT:
        text = text[:TEXT_CUT]
        call.warnings.append("message_truncated")
    return text, blocks, attachments


def _metadata(call: MethodCall) -> Json | None:
    metadata: Any = call.json("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return metadata  # type: ignore[no-any-return]  # both are what the return type says
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise SlackError("invalid_metadata_format")
    if byte_size(metadata) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return metadata


def _own_message(call: MethodCall, refusal: str) -> Message:
    channel, ts = call.required("channel"), call.required("ts")
    conversation = call.state.conversations.get(channel)
    if conversation is None:
        raise SlackError("channel_not_found")
    if conversation.is_archived:
        raise SlackError("is_inactive")
    message = call.rooms.talk.message(channel, ts)
    if message is None or message.only_for is not None or message.tombstone:
        raise SlackError("message_not_found")
    if message.author != call.state.identity.bot_user_id:
        raise SlackError(refusal)
    return message


def _warn_about_disguise(call: MethodCall, conversation: Conversation) -> None:
    disguised = any(call.text(name) for name in ("username", "icon_url", "icon_emoji"))
    if disguised and conversation.kind == "im":
        reason = "A post with username or icon_* to a user id lands in Slackbot's messages, not in the app's."
        call.state.complain("disguised_direct_message", reason, conversation.partner)
