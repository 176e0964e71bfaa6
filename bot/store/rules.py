"""What a ledger promises beyond the port, whatever it is written in: whom it frees, what it forgets, what it says."""

from datetime import timedelta

from bot.domain.records import SubmissionState
from bot.domain.request import Field
from bot.errors import HostnameTaken, Unavailable

UNSETTLED = frozenset({SubmissionState.ACCEPTED, SubmissionState.SECRETS_STORED, SubmissionState.UNTOLD})
FOLLOWED = frozenset({SubmissionState.REGISTERED})
ENDED = frozenset({SubmissionState.REFUSED, SubmissionState.LOST, SubmissionState.OVER})
"""Submissions that pruning may delete once they are old."""

NAMELESS = ENDED | {SubmissionState.UNTOLD}
"""Submissions that hold no host name any more."""

AUDIT_KEEP = timedelta(days=365)
"""How much longer than everything else the audit log is kept: it answers questions about what is long gone."""

AUDIT_MOST = 200_000
"""How many lines of the audit log are kept at most, the newest."""


def hostname_key(base_domain: str, hostname: str) -> tuple[str, str]:
    """Return what makes a reserved name unique: names are case-blind, as in DNS."""
    return base_domain.lower(), hostname.lower()


def email_key(email: str) -> str:
    """Return what makes an e-mail address the same person's: addresses are case-blind, as in `Owner.owns`."""
    return email.casefold()


def hostname_taken(hostname: str) -> HostnameTaken:
    """Make the refusal for a host name that another deployment has."""
    return HostnameTaken(
        f"Another deployment has the host name {hostname} already.",
        hint="Choose another host name, or leave the field empty to get one made for you.",
        field=Field.HOSTNAME,
    )


def does_not_answer() -> Unavailable:
    """Make the error for a database that is down or out of reach."""
    return Unavailable("The bot's database does not answer.", hint="Try again in a minute.")


def is_busy() -> Unavailable:
    """Make the error for a database that others hold, or whose connections are all in use."""
    return Unavailable("The bot's database is busy.", hint="Try again in a minute.")


def is_full() -> Unavailable:
    """Make the error for a database that has no room left."""
    return Unavailable(
        "The bot's database is full, so nothing new can be remembered.",
        hint="Please tell the people who run the bot; they must make room on its disk.",
    )


def disk_fails() -> Unavailable:
    """Make the error for a file that its disk does not take or give: a full one, a quota, or one that is broken."""
    return Unavailable(
        "The bot's database cannot be used, because its disk is full or fails.",
        hint="Please tell the people who run the bot; they must look after the disk.",
    )


def may_not_write() -> Unavailable:
    """Make the error for a database that cannot be opened, or that the bot may only read."""
    return Unavailable(
        "The bot may not open its database, or not write to it.",
        hint="Please tell the people who run the bot; they can give it the right.",
    )


def is_damaged() -> Unavailable:
    """Make the error for a file that is no database, or a broken one."""
    return Unavailable(
        "The bot's database is damaged.",
        hint="Please tell the people who run the bot; they can put a backup in its place.",
    )


def may_be_recorded() -> Unavailable:
    """Make the error for a connection that was lost while the database made a change for good."""
    return Unavailable(
        "The bot's database broke off.",
        changed="It is not known whether this was recorded.",
        hint="Look in a minute what came of it, before you try again.",
    )


def does_not_fit() -> Unavailable:
    """Make the error for a database whose tables are not those of this version of the bot."""
    return Unavailable(
        "The bot's database is not ready for this version of the bot.",
        hint="Please tell the people who run the bot; they can mend it.",
    )
