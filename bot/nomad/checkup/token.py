"""Look at the token that the bot has for Nomad: whether it is known, how long it lasts, and whether it is too much."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.domain.checkup import Area, Finding, listed
from bot.nomad.failures import NomadAnswered
from bot.nomad.json_values import JsonObject, fields, moment, text

EXPIRES_SOON = timedelta(days=7)
LOOK_BETWEEN = "Look whether something stands between this machine and Nomad that answers in its place."

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_ACLS, _ANONYMOUS = "acls-disabled", "anonymous"
_ACLS_ARE_OFF = "ACL support disabled"
_SET_ONE = "Set NOMAD_TOKEN to the Secret ID of a token with the policy in docs/operators.md."


def examine(ask: Callable[[str], Any], ours: SecretStr | None, *, now: datetime) -> Iterator[Finding]:
    """Return what is found about our token; `ask` reads a path."""
    try:
        token = fields(ask("acl/token/self"))
    except NomadAnswered as answer:
        yield _refused(answer, ours)
        return
    accessor = text(token.get("AccessorID"))
    if accessor == _NO_ACLS:
        yield _without_acls(ours)
    elif accessor == _ANONYMOUS:
        yield Area.NOMAD.warning(
            "Nomad wants tokens and NOMAD_TOKEN is not set: the bot has what everybody has.", _SET_ONE
        )
    elif not accessor:
        yield Area.NOMAD.unknown("Whose token NOMAD_TOKEN is: Nomad's answer cannot be read.", LOOK_BETWEEN)
    else:
        yield from _known(token, now)


def _refused(answer: NomadAnswered, ours: SecretStr | None) -> Finding:
    if _ACLS_ARE_OFF in answer.text:
        return _without_acls(ours)
    if not answer.is_forbidden:
        return Area.NOMAD.unknown(f"Whether NOMAD_TOKEN is good: {answer}", "Look at Nomad's own log.")
    if ours is None:
        return Area.NOMAD.problem("Nomad wants a token, and NOMAD_TOKEN is not set.", _SET_ONE)
    return Area.NOMAD.problem("Nomad does not know NOMAD_TOKEN, or it has expired.", _SET_ONE)


def _without_acls(ours: SecretStr | None) -> Finding:
    if ours is not None and not _UUID.fullmatch(ours.get_secret_value()):
        # Measured on Nomad 1.11.3: “acl token lookup failed: index error: UUID must be 36 characters”.
        return Area.NOMAD.problem(
            "Nomad has no ACLs and NOMAD_TOKEN is not a Secret ID: Nomad fails to plan then.", "Leave NOMAD_TOKEN out."
        )
    unused = " NOMAD_TOKEN is set but not asked for." if ours else ""
    return Area.NOMAD.fine(f"It has no ACLs: whoever reaches it may do everything.{unused}")


def _known(token: JsonObject, now: datetime) -> Iterator[Finding]:
    name = text(token.get("Name")) or text(token.get("AccessorID"))[:8]
    end = moment(token.get("ExpirationTime"))
    if token.get("Type") == "management":
        yield Area.NOMAD.warning(
            f"NOMAD_TOKEN ({name}) is a management token and may do everything.",
            "Make one of type client with the policy in docs/operators.md.",
        )
    else:
        policies = token.get("Policies")
        which = listed(text(each) for each in policies) if isinstance(policies, list) else "none of its own"
        yield Area.NOMAD.fine(f"NOMAD_TOKEN ({name}) is accepted; its policies: {which}.")
    if end is not None and end - now <= EXPIRES_SOON:
        yield Area.NOMAD.warning(
            f"NOMAD_TOKEN ({name}) ends on {end:%Y-%m-%d}.", "Make a new one before, and restart the bot with it."
        )
