"""Answers posts to a response_url: new messages, replacements and deletions of the interaction's message."""

from typing import Any

from playground.slack.blocks import ATTACHMENTS, MESSAGE_TEXTS, TEXT_CUT, message_flaws, text_sum
from playground.slack.conversations import Conversations, Draft
from playground.slack.file_rules import file_flaws
from playground.slack.records import Message, ResponseUrl
from playground.slack.state import State
from playground.slack.triggers import redeem_response_url
from playground.slack.wire import Json, SlackError


class ResponseUrls:
    """Take what the app sends to a response_url, and the bodies of command acks, which follow the same rules."""

    def __init__(self, state: State, talk: Conversations) -> None:
        self._state = state
        self._talk = talk

    def take(self, key: str, body: Any) -> None:
        """Use a response_url once; a used up or old one, and a bad body, are refused."""
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        with self._state.lock:
            url = redeem_response_url(self._state, key)
            if body.get("delete_original"):
                self._delete(url)
                return
            self.post(url, body)

    def post(self, url: ResponseUrl, body: Any) -> None:
        """Post or replace as the body says; a body that is no object or says nothing is refused."""
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        text, blocks = str(body.get("text") or "")[:TEXT_CUT], self._blocks(body)
        original = self._original(url)
        replaces = body.get("replace_original", original is not None and not body.get("thread_ts"))
        if not text and not blocks and not body.get("attachments"):
            raise SlackError("no_text")
        if len(body.get("attachments") or []) > ATTACHMENTS:
            raise SlackError("too_many_attachments")
        if original is not None and _truth(replaces):
            self._talk.edit(original, text, blocks, None)
            self._state.answers.setdefault(url.interaction, []).append((original.channel, original.ts))
            return
        only_for = None if body.get("response_type") == "in_channel" else url.user
        draft = Draft(
            author=self._state.identity.bot_user_id,
            text=text,
            blocks=blocks,
            attachments=body.get("attachments") or [],
            thread_ts=body.get("thread_ts"),
            only_for=only_for,
            interaction=url.interaction,
        )
        self._talk.post(self._state.conversations[url.channel], draft)

    def _blocks(self, body: Json) -> list[Json]:
        blocks: Any = body.get("blocks") or []
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        flaws = message_flaws(blocks, self._state.settings.lacking_blocks) or file_flaws(blocks, self._state, "/blocks")
        if flaws:
            raise SlackError("invalid_blocks", errors=flaws)
        if text_sum(blocks) > MESSAGE_TEXTS:
            raise SlackError("msg_blocks_too_long")
        return blocks

    def _delete(self, url: ResponseUrl) -> None:
        original = self._original(url)
        if original is not None:
            self._talk.delete(original)

    def _original(self, url: ResponseUrl) -> Message | None:
        return self._talk.message(url.channel, url.origin_ts) if url.origin_ts else None


def _truth(value: object) -> bool:
    return str(value).lower() == "true"
