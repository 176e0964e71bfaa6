"""What is found, put into words: the observation as such, what is asked, and what may be the innocent cause."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.domain.episodes import Episode
from bot.domain.findings import Evidence, Holding
from bot.domain.letters import BY_POLICY, Line, Settled, Settling
from bot.domain.policy import CADENCES, FindingKind
from handlers.views import wording
from handlers.views.local_time import local, local_day

_TWO = 2
_MOST_HOLDINGS = 5
_LATELY = timedelta(hours=1)
"""Whatever was active so short a time before the newest reading is at work."""
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_ALL_OF_THEM = "Preparing data, a paused debugger or waiting for results can look like this."
_SEEN = {
    FindingKind.GPU_NEVER_USED: "it has been running since {since}, and no GPU activity has been seen in that time.",
    FindingKind.ONE_GPU_IDLE: "{idle} of its {gpus} GPUs {have} shown no activity since {since}, while another one"
    " worked.",
    FindingKind.CPU_IDLE: "its CPU has done hardly anything since {since}.",
    FindingKind.OVER_ETIQUETTE: "with it you have held, or waited for, {gpus} GPUs since {since}. The rule of the house"
    " is one GPU a person, and a second one where it is really needed.",
    FindingKind.LONG_RUNNING: "it has been running since {since}.",
    FindingKind.FAILED: "it has been in a failed state since {since}, and still counts against your limits.",
    FindingKind.QUEUED: "it has been waiting for its hardware since {since}.",
}
_QUESTIONS = {
    FindingKind.FAILED: "Remove it once you have seen enough of it.",
    FindingKind.GPU_NEVER_USED: "Do you still need it?",
    FindingKind.GPU_IDLE: "Do you still need it?",
    FindingKind.ONE_GPU_IDLE: "Do you need all of them? If not, stop it and deploy it again with fewer.",
    FindingKind.CPU_IDLE: "Is it still needed?",
    FindingKind.OVER_ETIQUETTE: "If you need them, keep them and say why; otherwise please give one back.",
    FindingKind.LONG_RUNNING: "Is it still needed?",
    FindingKind.QUEUED: "You may go on waiting, or stop it and deploy it again with other hardware.",
}
_DO_YOU_NEED_BOTH = "Do you need both? If not, stop it and deploy it again with one."
_CAUSES = {
    FindingKind.GPU_NEVER_USED: _ALL_OF_THEM,
    FindingKind.GPU_IDLE: _ALL_OF_THEM,
    FindingKind.ONE_GPU_IDLE: "Many programs use one GPU only, unless they are told to use two.",
    FindingKind.CPU_IDLE: "A service that waits for requests can look like this.",
}
_ONE_AGAIN = (
    "That is settled: you hold one GPU again, or two that are both used while nobody waits. You need not do anything."
)
_SETTLED = {
    Settling.STOPPED: "It was stopped. Thank you.",
    Settling.IN_USE: "It is in use, as you said. Thank you for telling me; from now on I look anew.",
    Settling.RESUMED: "It is used again. You need not do anything.",
    Settling.CLEARED: "That is no longer so. You need not do anything.",
    Settling.RESTARTED: "It was started anew, so this is settled.",
    Settling.GONE: "It is gone, so this is settled.",
}


def observation(episode: Episode, zone: str) -> str:
    """Say what was seen, with its figures, and nothing of what it may mean."""
    since = local(episode.since, zone) if episode.since else "a time that nobody noted"
    if episode.kind is FindingKind.GPU_HEAVY:
        return _heavy(episode.evidence)
    if episode.kind is FindingKind.GPU_IDLE:
        cpu = "while its CPU was at work" if episode.is_mild else "and its CPU was quiet"
        return f"no GPU activity has been seen since {since}, {cpu}."
    seen = _SEEN.get(episode.kind, f"{episode.kind.value}, since {{since}}.")
    evidence = episode.evidence
    idle = evidence.idle_gpus if evidence else 1
    gpus = evidence.gpus if evidence and evidence.gpus else _TWO
    return seen.format(since=since, idle=idle, gpus=gpus, have="has" if idle == 1 else "have")


def figures(episode: Episode) -> str:
    """Say how much of what was expected was measured, and what is held; empty where nothing was measured."""
    evidence = episode.evidence
    if evidence is None or not evidence.expected:
        return ""
    span = duration(evidence.window_end - evidence.window_start)
    readings = f"{min(evidence.present, evidence.expected):,} of {evidence.expected:,} expected readings"
    held = f", {evidence.memory_mib:,} MiB held in GPU memory" if evidence.memory_mib is not None else ""
    return f"Last {span}: {readings}{held}."


def why_now(line: Line) -> str:
    """Say who waits for such a GPU; empty if nobody does, or nobody knows."""
    if line.waiting is None or not line.waiting.people:
        return ""
    longest = duration(line.waiting.longest)
    if line.waiting.people == 1:
        return f"1 person has been waiting for a GPU of this kind for {longest}."
    return f"{line.waiting.people} people wait for a GPU of this kind, the longest for {longest}."


def question(line: Line) -> str:
    """Ask the one thing that a finding asks; gently, if it was kept before without being used."""
    if line.episode.kind is FindingKind.GPU_IDLE and line.episode.is_mild:
        return "If it prepares data, a deployment without a GPU may do for now. Do you still need the GPU?"
    asked = _DO_YOU_NEED_BOTH if _is_one_of_two(line.episode) else _QUESTIONS.get(line.episode.kind, "")
    if line.keeps_in_a_row > 1 and asked:
        return f"You kept it {_times(line.keeps_in_a_row)}, and no GPU activity was seen meanwhile. {asked}"
    return asked


def outlook(line: Line, zone: str) -> str:
    """Say what happens if nobody answers."""
    if line.episode.kind is FindingKind.GPU_HEAVY:
        return "This is for your information alone: if your work needs that many, you need not do anything."
    if line.stops_at is not None:
        return f"If nobody answers before {local(line.stops_at, zone)}, it may be stopped then."
    if line.next_at is not None:
        return f"{_what_becomes_of_it(line)} I ask again on {local_day(line.next_at, zone)}."
    if _is_escalated(line.episode.kind):
        return f"{_what_becomes_of_it(line)} I do not ask again; administrators see that it is open."
    return f"{_what_becomes_of_it(line)} I do not ask again."


def holdings(line: Line, zone: str, called: Callable[[str], str]) -> str:
    """Say what each of a person's GPU deployments does, so that the right one can be given back; empty if nobody told.

    `called` makes a name of a title, as it is fit for the place where it stands.
    """
    several = line.holdings
    if len(several) < _TWO:
        return ""
    told = [f"{called(each.title)} {_does(each, zone)}" for each in several[:_MOST_HOLDINGS]]
    more = len(several) - _MOST_HOLDINGS
    return "; ".join([*told, *([f"{more} more in your list"] if more > 0 else [])]) + "."


def innocent_cause(kind: FindingKind) -> str:
    """Return what may look like this without being it."""
    return _CAUSES.get(kind, "")


def settled_text(settled: Settled, zone: str, kind: FindingKind | None = None) -> str:
    """Say how a finding of a kind came to rest."""
    if settled.how is Settling.CLEARED and kind is FindingKind.OVER_ETIQUETTE:
        return _ONE_AGAIN
    if settled.how is Settling.KEPT:
        until = f" until the end of {local_day(settled.until, zone)}" if settled.until else ""
        return f"Kept{until}; I do not ask about it before."
    if settled.how is Settling.EXEMPT:
        until = f" until {local_day(settled.until, zone)}" if settled.until else ""
        return f"An administrator has exempted it{until}."
    if settled.how is Settling.STOPPED and settled.by == BY_POLICY:
        return "Stopped, since nobody answered in time. You can start it anew; what is under `/storage` is there still."
    return _SETTLED[settled.how]


def duration(span: timedelta) -> str:
    """Return a length of time in the largest unit that fits."""
    return wording.age(_SOME_TIME, _SOME_TIME + span)


def _heavy(evidence: Evidence | None) -> str:
    hours = f"{evidence.gpu_hours:,.0f} GPU-hours" if evidence and evidence.gpu_hours is not None else "many GPU-hours"
    share = (
        f", {evidence.share * 100:.0f} % of what everybody held together"
        if evidence and evidence.share is not None
        else ""
    )
    return f"in the last four weeks you held {hours}{share}. Hours lost to faults of the platform are not counted."


def _what_becomes_of_it(line: Line) -> str:
    """Say what happens to a deployment while no reminder has named a day yet."""
    if not line.may_end_in_stop:
        return "Nothing is stopped by itself."
    if line.next_at is None:
        return "It may be stopped only on a day that a reminder has named, and none has."
    return (
        "If nobody answers, it may be stopped: a later reminder names the day, and leaves two whole working days to"
        " answer."
    )


def _does(holding: Holding, zone: str) -> str:
    if not holding.is_running:
        return "does not run yet, or not any more"
    if holding.seen_until is None:
        return "tells nothing of its use"
    if holding.last_active_at is None:
        return "has shown no GPU activity since it was started"
    if holding.seen_until - holding.last_active_at <= _LATELY:
        return f"was at work on {local(holding.last_active_at, zone)}"
    return f"has shown no GPU activity since {local(holding.last_active_at, zone)}"


def _is_one_of_two(episode: Episode) -> bool:
    evidence = episode.evidence
    return episode.kind is FindingKind.ONE_GPU_IDLE and evidence is not None and evidence.gpus == _TWO


def _is_escalated(kind: FindingKind) -> bool:
    """Tell whether administrators look at what stays unanswered; some findings are never worth their time."""
    cadence = CADENCES.get(kind)
    return cadence is not None and cadence.escalates_after <= len(cadence.repeats) + 1


def _times(number: int) -> str:
    return {2: "twice", 3: "three times"}.get(number, f"{number} times")
