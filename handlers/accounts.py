"""What kind of Slack account somebody has: the directory refuses by it, and the doctor tells of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Account(StrEnum):
    """The kinds of accounts that matter here; everybody else is a full member of some workspace."""

    FULL = "full"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    GUEST = "guest"


def account_of(user: Mapping[str, Any]) -> Account:
    """Return the kind of a user as Slack describes them."""
    if user.get("deleted"):
        return Account.DEACTIVATED
    if user.get("is_bot") or user.get("is_workflow_bot"):
        return Account.BOT
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Account.GUEST
    return Account.FULL
