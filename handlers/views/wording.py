"""How deployments, their hardware, state and age are put into words, the same everywhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.deployment import Hardware, Phase, Status
from bot.domain.status import FINAL_PHASES
from handlers.views import mrkdwn

NOT_KNOWN = "not known"
_MARKS = {
    Phase.RUNNING: ":large_green_circle:",
    Phase.QUEUED: ":hourglass_flowing_sand:",
    Phase.SCHEDULING: ":hourglass_flowing_sand:",
    Phase.SUBMITTING: ":hourglass_flowing_sand:",
    Phase.RETRYING: ":hourglass_flowing_sand:",
    Phase.PULLING: ":arrow_down:",
    Phase.STARTING: ":large_yellow_circle:",
    Phase.RESTARTING: ":large_yellow_circle:",
    Phase.STUCK_STARTING: ":warning:",
    Phase.UNREACHABLE: ":warning:",
    Phase.STUCK_STOPPING: ":warning:",
    Phase.FAILED: ":red_circle:",
    Phase.LOST: ":red_circle:",
    Phase.IMPOSSIBLE: ":no_entry:",
}
_WAITING = frozenset({Phase.SUBMITTING, Phase.SCHEDULING, Phase.QUEUED, Phase.IMPOSSIBLE})
_ENDING = frozenset({Phase.STOPPING, Phase.STUCK_STOPPING})


def mark(phase: Phase) -> str:
    """Return the emoji that decorates a phase."""
    return _MARKS.get(phase, ":white_circle:")


def is_waiting(phase: Phase) -> bool:
    """Tell whether nothing of it has been placed, so that nothing is lost with it."""
    return phase in _WAITING


def can_stop(phase: Phase) -> bool:
    """Tell whether there is something left to stop."""
    return phase not in FINAL_PHASES and phase not in _ENDING


def can_remove(phase: Phase) -> bool:
    """Tell whether it is over but still there."""
    return phase in FINAL_PHASES and phase is not Phase.GONE


def sentence(text: str) -> str:
    """Make a reason a sentence: a capital letter in front, a full stop behind."""
    plain = closed(text)
    return plain[:1].upper() + plain[1:]


def closed(text: str) -> str:
    """Put a full stop behind a reason that follows a colon, unless it ends in one."""
    plain = text.strip()
    return plain if not plain or plain[-1] in ".!?…" else f"{plain}."


def status_line(status: Status, *, limit: int = 400) -> str:
    """Say where a deployment stands and why, escaped."""
    word = f"{mark(status.phase)} *{status.phase.value.capitalize()}*"
    return f"{word}: {mrkdwn.foreign(closed(status.reason), limit)}" if status.reason.strip() else f"{word}."


def hardware(wanted: Hardware | None) -> str:
    """Say what a deployment holds or asks for, escaped."""
    if wanted is None:
        return f"hardware {NOT_KNOWN}"
    parts = [
        counted(wanted.cpu, "CPU") if wanted.cpu is not None else "",
        gpus(wanted) if wanted.gpus else "",
        f"{wanted.ram_mb:,} MB RAM" if wanted.ram_mb is not None else "",
        f"{wanted.disk_mb:,} MB disk" if wanted.disk_mb is not None else "",
    ]
    return " · ".join(part for part in parts if part) or f"hardware {NOT_KNOWN}"


def gpus(wanted: Hardware) -> str:
    """Say how many GPUs of which model, escaped."""
    model = f" ({mrkdwn.foreign(wanted.gpu_model, 60)})" if wanted.gpu_model.strip() else ""
    return f"{counted(wanted.gpus, 'GPU')}{model}"


def counted(number: int, what: str) -> str:
    """Return a number with its word in the right form."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def times(number: int) -> str:
    """Say how often something was done."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def listed(parts: Sequence[str], *, last: str = "and") -> str:
    """Return parts as people say them: one, one and two, one, two and three."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def age(since: datetime, now: datetime) -> str:
    """Say how long ago something was, in the largest unit that fits."""
    passed = max(now - since, timedelta(0))
    if passed >= timedelta(days=2):
        return f"{passed.days} days"
    hours, minutes = divmod(int(passed.total_seconds()) // 60, 60)
    if hours:
        return f"{hours} h" if hours >= 10 or not minutes else f"{hours} h {minutes} min"  # noqa: PLR2004 - minutes no longer matter
    return f"{minutes} min" if minutes else "less than a minute"
