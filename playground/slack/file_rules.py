"""Checks the pictures of Slack files in blocks: whether the file is there, complete, and a picture."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from playground.slack.records import Upload
from playground.slack.state import State
from playground.slack.wire import Json

_ID = re.compile(r"F[A-Z0-9]{8,}")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")


def file_flaws(blocks: Iterable[Json], state: State, pointer: str) -> list[str]:
    """Return what Slack would say about the files that blocks show; the caller holds the state's lock."""
    return [flaw for where, file in _files(list(blocks), pointer) for flaw in _flaws(file, state, where)]


def _files(node: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "image" and "slack_file" in node:
            yield f"{pointer}/slack_file", node["slack_file"]
        for name, child in node.items():
            yield from _files(child, f"{pointer}/{name}")
    elif isinstance(node, list):
        for number, child in enumerate(node):
            yield from _files(child, f"{pointer}/{number}")


def _flaws(file: Any, state: State, pointer: str) -> list[str]:
    if not isinstance(file, dict) or ("id" in file) == ("url" in file):
        return [f"must define either `id` or `url` [json-pointer:{pointer}]"]
    if "url" in file:
        return [f"invalid slack file [json-pointer:{pointer}]"]  # nothing here has an address of its own
    if not _ID.fullmatch(str(file["id"])):
        return [f"input must match regex pattern: ^[F][A-Z0-9]{{8,}}$ [json-pointer:{pointer}/id]"]
    upload = state.files.get(str(file["id"]))
    return [] if upload is not None and _can_be_shown(upload) else [f"invalid slack file [json-pointer:{pointer}]"]


def _can_be_shown(upload: Upload) -> bool:
    if not upload.is_complete or not (upload.content or b"").startswith(_PICTURES):
        return False
    upload.unready -= 1
    return upload.unready < 0
