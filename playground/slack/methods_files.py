"""The files.* methods of the three-step upload."""

from typing import Any

from playground.slack.conversations import Draft
from playground.slack.methods import MethodCall, method
from playground.slack.rate_limits import Tier
from playground.slack.wire import Json, SlackError, invalid_arguments


@method("files.getUploadURLExternal", Tier.FOUR, scope="files:write")
def get_upload_url(call: MethodCall) -> Json:
    """Return an address for the bytes of a file."""
    length = call.number("length", 0)
    if length < 1:
        raise invalid_arguments("missing required field: length")
    name, alt_text = call.required("filename"), call.text("alt_txt")
    url, upload = call.rooms.uploads.announce(name, length, alt_text=alt_text)
    return {"upload_url": url, "file_id": upload.id}


@method("files.completeUploadExternal", Tier.FOUR, scope="files:write")
def complete_upload(call: MethodCall) -> Json:
    """Finish uploads and, with `channel_id`, share them there."""
    entries: Any = call.json("files", "invalid_arguments") or []
    shared: list[Json] = []
    for entry in entries:
        upload = call.rooms.uploads.files.get(str(entry.get("id")))
        if upload is None or upload.content is None:
            raise SlackError("file_not_found")
        upload.title, upload.is_complete = str(entry.get("title") or upload.name), True
        shared.append({"id": upload.id, "name": upload.name, "title": upload.title, "size": upload.length})
    channel = call.text("channel_id")
    if channel:
        _share(call, channel, shared)
    return {"files": shared}


def _share(call: MethodCall, channel: str, files: list[Json]) -> None:
    conversation = call.state.conversations.get(channel)
    bot = call.state.identity.bot_user_id
    if conversation is None or bot not in conversation.members:
        raise SlackError("channel_not_found")
    draft = Draft(author=bot, text=call.text("initial_comment"), thread_ts=call.text("thread_ts") or None, files=files)
    call.rooms.talk.post(conversation, draft)
