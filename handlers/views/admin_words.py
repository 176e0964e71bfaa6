"""How the state of reminders is put into words for administrators: the same in windows and in the channel."""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.addressees import Reach
from bot.domain.answers import Answer
from bot.domain.episodes import Episode
from bot.domain.operation import Breaker, JobName, Mode, Obstacle, Outcome, Run
from bot.domain.policy import FindingKind
from bot.domain.reminders import KEEPS_IN_A_ROW, Exemption
from bot.domain.review import Idle, Overdue, Planned, Review, Unanswered
from bot.domain.telemetry import NodeHealth
from handlers.views import mrkdwn, wording
from handlers.views.finding_texts import duration
from handlers.views.local_time import local, local_day

ADVISED = timedelta(days=14)
"""For how long a dry run should last before owners hear."""
_TITLES = 4
_PARAGRAPH = 1300
"""A message has several of them, and Slack takes 9,000 characters in all."""
_ENOUGH = 30
"""Of fewer findings a rate in a hundred would say more than is known."""
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{1,20}")
_ENDS = {
    Obstacle.BLIND: "It ends by itself as soon as enough GPUs tell their use again.",
    Obstacle.WAVE: "It lasts until an administrator has looked: `/ai4os admin review`, then `/ai4os admin resume`.",
    Obstacle.UPGRADE: "It ends by itself with the first check that agrees with the one before.",
    Obstacle.POLICY: "It ends by itself with the first check by the new policy.",
}
_REPAIRS = {
    FindingKind.ZOMBIE: "it was stopped and still holds its hardware. Look at its allocation, and stop it again.",
    FindingKind.TELEMETRY_HOLE: "too little is known of its use. If it holds a part of a card (MIG), no driver tells"
    " that, and there is nothing to repair: hide it with `/ai4os admin exempt {ident} --kind telemetry-hole --until 90"
    ' --reason "a part of a card"`. If not, look at its machine\'s Nomad client and GPU driver.',
    FindingKind.LOST_NODE: "its machine does not answer. Look at the machine.",
}
_ANSWERED = ((Answer.KEEP, "kept"), (Answer.STOP, "stopped"), (Answer.IN_USE, "called wrong"))


def state(review: Review, zone: str) -> str:
    """Say whether owners hear anything."""
    mode = review.mode
    text = (
        "*Live*: owners are reminded."
        if mode.is_live
        else "*Dry run*: owners hear nothing, administrators get the plan."
    )
    if mode.is_on_pause(review.at):
        text = f"*Paused* {_pause_end(mode, zone)}: owners hear nothing."
        text += "" if mode.is_live else " It is a dry run besides."
    elif mode.is_live and review.is_held_back:
        text = "*Live, but held back*: owners hear nothing for now."
    return text


def changed(mode: Mode, zone: str) -> str:
    """Say who has changed that last, when and why; empty if nobody ever did."""
    if mode.at is None:
        return ""
    why = f": {mrkdwn.foreign(mode.reason, 300)}" if mode.reason else ""
    return f"Changed by {who(mode.by)} on {local(mode.at, zone)}{why}"


def obstacle(breaker: Breaker, zone: str) -> str:
    """Say what holds reminders back, since when, and how that ends."""
    what = f"{breaker.obstacle.value}, since {local(breaker.since, zone)}."
    detail = f" {mrkdwn.foreign(wording.sentence(breaker.detail), 400)}" if breaker.detail.strip() else ""
    if breaker.released_by:
        return f"*Noticed*: {what}{detail} Released by {who(breaker.released_by)}."
    return f"*Held back*: {what}{detail} {_ENDS[breaker.obstacle]}"


def job(name: JobName, review: Review) -> str:
    """Say when a job has last done its work, and what has gone wrong since."""
    done: Run | None = next((run for run in review.done if run.job == name), None)
    last = next((run for run in review.runs if run.job == name), None)
    is_late = any(each.job is name for each in review.overdue)
    mark = ":white_check_mark:" if done else ":white_circle:"
    when = f"{wording.age(done.ended_at or done.started_at, review.at)} ago" if done else "not yet"
    failed = f"; then it failed: {mrkdwn.foreign(last.detail, 200)}" if last and last.outcome is Outcome.FAILED else ""
    return f"{':warning:' if is_late or failed else mark} {name.value}: {when}{failed}"


def standstill(overdue: Overdue, zone: str) -> str:
    """Say which job stands still, since when and why."""
    since = f"since {local(overdue.since, zone)}" if overdue.since else "since the bot was started"
    why = f" The last failure: {mrkdwn.foreign(wording.sentence(overdue.detail), 300)}" if overdue.detail else ""
    return f"“{overdue.job.value}” has not succeeded {since}.{why}"


def machine(health: NodeHealth, zone: str) -> str:
    """Say since when a machine does not tell the use of its GPUs, and why."""
    since = f" since {local(health.silent_since, zone)}" if health.silent_since else ""
    return f"{mrkdwn.code(health.node, 80)}: silent{since}: {mrkdwn.foreign(wording.closed(health.trouble), 200)}"


def answers(review: Review) -> str:
    """Say how people answered in four weeks, and how often they called a finding wrong."""
    if not review.told:
        return "No finding was told to anybody in the last four weeks."
    counts = [f"{review.answers.get(answer, 0)} {word}" for answer, word in _ANSWERED if review.answers.get(answer)]
    said = wording.listed(counts) or "no answer yet"
    return f"In the last four weeks {_findings(review.told)} told: {said}. {_wrong(review)}"


def stops(review: Review) -> str:
    """Say what becomes of a finding that nobody answers."""
    if not review.stops:
        return "Nothing is stopped by itself."
    kinds = wording.listed([f"“{kind.value}”" for kind in review.stops])
    return (
        f"By the settings, what nobody answers may be stopped for {kinds}: two whole working days after a reminder has"
        " named that day. Nothing else is stopped by itself."
    )


def at_rest(review: Review) -> str:
    """Say how much rests now, and who waits meanwhile."""
    if not review.idle:
        return "Nothing rests now, as far as that is known."
    number = len(review.idle)
    rests = f"{wording.counted(number, 'deployment')} {'rests' if number == 1 else 'rest'}"
    text = f"{rests} now, and held {hours(review.idle_gpu_hours)} meanwhile."
    waits = f" Somebody has been waiting for {duration(review.longest_wait)}." if review.longest_wait else ""
    return f"{text}{waits}"


def idle(found: Idle, zone: str) -> str:
    """Say what rests, since when, and what it has held meanwhile."""
    held = f", {hours(found.gpu_hours)} held meanwhile" if found.gpu_hours else ""
    kept = f" Kept or exempt until {local_day(found.kept_until, zone)}." if found.kept_until else ""
    return f"{_episode(found.episode)}: {found.episode.kind.value}{_since(found.episode, zone)}{held}.{kept}"


def unanswered(found: Unanswered, zone: str) -> str:
    """Say of what an owner was told in vain, or why they cannot be told."""
    what = f"{_episode(found.episode)}: {found.episode.kind.value}{_since(found.episode, zone)}."
    if found.reach is not Reach.PERSON and found.reach is not Reach.UNKNOWN:
        return f"{what} Its owner cannot be told: {found.reach.value}."
    if found.detail:
        return f"{what} Its owner cannot be told: {mrkdwn.foreign(wording.closed(found.detail), 200)}"
    if found.keeps_in_a_row >= KEEPS_IN_A_ROW:
        return f"{what} Kept {found.keeps_in_a_row} times in a row, without any use in between."
    first = f", first on {local_day(found.first_told_at, zone)}" if found.first_told_at else ""
    return f"{what} Asked {wording.times(found.told)}{first}, without an answer."


def for_operator(episode: Episode, zone: str) -> str:
    """Say what only an operator can repair."""
    if episode.kind is FindingKind.OVER_ETIQUETTE:
        gpus = episode.evidence.gpus if episode.evidence else 0
        return (
            f"{_owner(episode)} holds, or waits for, {gpus} GPUs on all platforms together{_since(episode, zone)}:"
            " more than the limits allow. Somebody has gone round them, or they are wrong."
        )
    repair = _REPAIRS.get(episode.kind, f"{episode.kind.value}.").format(ident=_ident(episode))
    return f"{_episode(episode)}: {repair}{_since(episode, zone, prefix=' Since')}{'.' if episode.since else ''}"


def planned(found: Planned, zone: str) -> str:
    """Say what a person will be told, or would be, and when."""
    email = mrkdwn.foreign(found.email, 100) if found.email else "an unknown owner"
    titles = [f"{mrkdwn.name(each.title)} ({each.kind.value})" for each in found.episodes[:_TITLES]]
    more = len(found.episodes) - _TITLES
    listed = ", ".join([*titles, *([f"{more} more"] if more > 0 else [])])
    if found.reach is not Reach.PERSON:
        return f"{email} cannot be told ({found.reach.value}): {listed}"
    when = f"{local(found.at, zone)}" if found.at else "not any more"
    return f"{email}, {when}: {listed}"


def exemption(found: Exemption, zone: str) -> str:
    """Say what is exempt, until when, by whom and why."""
    what = mrkdwn.name(found.title or found.deployment or found.owner_email or "everything")
    ident = f" ({mrkdwn.code(found.deployment[:8], 8)})" if found.deployment and found.title else ""
    kind = f", only {found.kind.value}" if found.kind else ""
    why = mrkdwn.foreign(wording.closed(found.reason), 500)
    return f"{what}{ident}{kind}: until the end of {local_day(found.until, zone)}, by {who(found.by)}: {why}"


def several(lines: Sequence[str], *, most: int, heading: str = "", mark: str = "•") -> str:
    """Return as many of these lines as a paragraph takes, and how many more there are."""
    shown, length = ([heading] if heading else []), len(heading)
    for number, line in enumerate(lines):
        length += len(line) + len(mark) + 2
        if number >= most or (number and length > _PARAGRAPH):
            return "\n".join([*shown, f"… and {len(lines) - number} more."])
        shown.append(f"{mark} {line}")
    return "\n".join(shown)


def hours(number: float) -> str:
    """Return a number of GPU-hours, without decimals where they say nothing."""
    shown = f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"  # noqa: PLR2004 - two digits are enough
    return f"{shown} {'GPU-hour' if shown == '1' else 'GPU-hours'}"


def who(slack_user: str) -> str:
    """Return a mention of a Slack user, or the name as it is of whatever is none."""
    return f"<@{slack_user}>" if _SLACK_USER.fullmatch(slack_user) else mrkdwn.code(slack_user, 60)


def tried_for(review: Review) -> timedelta | None:
    """Return for how long checks have been made, or None if nobody knows."""
    return review.at - review.judged_since if review.judged_since else None


def _wrong(review: Review) -> str:
    """Say how often a finding was called wrong; as a rate only where there are enough of them to speak of one."""
    if review.told >= _ENOUGH and review.wrong_per_hundred is not None:
        return f"That is {review.wrong_per_hundred:.1f} wrong in a hundred."
    wrong = review.answers.get(Answer.IN_USE, 0)
    return f"{wrong or 'None'} of {review.told} {'was' if wrong <= 1 else 'were'} called wrong."


def _ident(episode: Episode) -> str:
    """Return the beginning of a deployment's id as it can be typed; foreign signs are left out."""
    return re.sub(r"[^\w.-]", "", episode.deployment[:8]) or "NAME"


def _episode(episode: Episode) -> str:
    ident = f" ({mrkdwn.code(episode.deployment[:8], 8)})" if episode.deployment else ""
    return f"{mrkdwn.name(episode.title)}{ident} of {_owner(episode)}"


def _owner(episode: Episode) -> str:
    return mrkdwn.foreign(episode.owner_email, 100) if episode.owner_email.strip() else "an unknown owner"


def _since(episode: Episode, zone: str, *, prefix: str = " since") -> str:
    return f"{prefix} {local(episode.since, zone)}" if episode.since else ""


def _pause_end(mode: Mode, zone: str) -> str:
    if mode.paused_until is None:
        return "until somebody resumes"
    return f"until the end of {local_day(mode.paused_until, zone)}"


def _findings(number: int) -> str:
    return "1 finding was" if number == 1 else f"{number} findings were"
