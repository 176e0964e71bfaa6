"""Cuts out of what the inspector shows whatever opens a door: tokens, one-time addresses and typed passwords."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from playground.slack.settings import Identity

HIDDEN = "(not shown)"
_NAMES = frozenset({"token", "authorization", "secret", "api_key", "client_secret"})
_TYPED = re.compile(r"password|secret", re.IGNORECASE)
_ONE_TIME = re.compile(r"(/(?:commands|actions|upload)/(?:[^/\s\"]+/)?|[?&]ticket=)[\w-]{8,}")


def without_secrets(value: Any, identity: Identity) -> Any:
    """Return a body as it may be shown; JSON that a form field holds is opened, so that it can be read."""
    known = (identity.bot_token, identity.app_token, identity.signing_secret, identity.verification_token)
    return _shown(value, known)


def _shown(value: Any, known: Sequence[str]) -> Any:
    if isinstance(value, Mapping):
        shown = {str(key): _of(str(key), one, known) for key, one in value.items()}
        return _covered(shown) if _TYPED.search(str(value.get("block_id", ""))) else shown
    if isinstance(value, str):
        return _text(value, known)
    if isinstance(value, Sequence):
        return [_shown(one, known) for one in value]
    return value


def _of(key: str, value: Any, known: Sequence[str]) -> Any:
    if key.casefold() in _NAMES and isinstance(value, str):
        return HIDDEN
    if key == "values" and isinstance(value, Mapping):
        return {str(block): _typed(str(block), fields, known) for block, fields in value.items()}
    return _shown(value, known)


def _covered(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block that is called after a password without what it says."""
    gone = {"text", "fields", "initial_value"} & set(block)
    return {**block, **dict.fromkeys(gone, HIDDEN)}


def _typed(block: str, fields: Any, known: Sequence[str]) -> Any:
    """Return what stands in a block's fields, but for those whose block or action is called after a password."""
    if not isinstance(fields, Mapping):
        return _shown(fields, known)
    return {
        str(action): _emptied(field) if _TYPED.search(f"{block} {action}") else _shown(field, known)
        for action, field in fields.items()
    }


def _emptied(field: Any) -> Any:
    if not isinstance(field, Mapping):
        return HIDDEN
    return {str(key): HIDDEN if key == "value" and one else one for key, one in field.items()}


def _text(text: str, known: Sequence[str]) -> Any:
    if text.startswith(("{", "[")):
        try:
            return _shown(json.loads(text), known)
        except ValueError:
            pass  # it only looks like JSON
    for secret in known:
        text = text.replace(secret, HIDDEN)
    return _ONE_TIME.sub(rf"\1{HIDDEN}", text)
