"""How far another machine's clock is from ours, as far as the Date header of its answer tells."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.domain.base import Frozen
from bot.domain.checkup import Area, Finding

WORTH_A_WARNING = timedelta(seconds=30)
SIGNATURES_FAIL = timedelta(minutes=5)
"""Slack's signatures of requests are good for five minutes (slack.md section 10)."""

_SECOND = timedelta(seconds=1)
_MEND = "Set this machine's clock by NTP, for example with chrony or systemd-timesyncd."


class Reading(Frozen):
    """What a server's Date header said, and our own time just before and just after the call."""

    said: datetime
    before: datetime
    after: datetime

    @property
    def skew(self) -> timedelta:
        """Return by how much the server is ahead of us at least, negative if it is behind; zero if it may be right.

        The header has whole seconds, and was written at some moment of the call.
        """
        if self.said + _SECOND < self.before:
            return self.said + _SECOND - self.before
        return max(self.said - self.after, timedelta(0))


def read(header: str, *, before: datetime, after: datetime) -> Reading | None:
    """Read a Date header; None if it is none."""
    try:
        said = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    return Reading(said=said if said.tzinfo else said.replace(tzinfo=UTC), before=before, after=after)


def judge(server: str, reading: Reading | None, *, checks_signatures: bool = False) -> Finding:
    """Return the finding about a server's clock beside ours."""
    if reading is None:
        return Area.CLOCK.unknown(f"{server} did not tell its time.")
    size = abs(reading.skew)
    seconds = f"{size.total_seconds():.0f} s"
    if size < WORTH_A_WARNING:
        return Area.CLOCK.fine(f"This machine and {server} are {seconds} apart.")
    direction = "behind" if reading.skew > timedelta(0) else "ahead of"
    text = f"This machine's clock is {seconds} {direction} {server}'s."
    if checks_signatures and size >= SIGNATURES_FAIL:
        return Area.CLOCK.problem(f"{text} Slack's requests are taken for forged from 5 minutes on.", _MEND)
    return Area.CLOCK.warning(text, _MEND)
