"""Everything that reminders about a deployment rest on: what was measured, what follows, and what comes next."""

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.domain.episodes import Episode
from bot.domain.facts import Facts
from bot.domain.findings import Judgement, Verdict, Watched
from bot.domain.letters import UseOverTime
from bot.domain.policy import FOR_ADMINISTRATORS, SHOWN_FIRST, FindingKind, Policy
from bot.domain.reminders import Keep
from handlers.ids import BlockId, Callback
from handlers.views import mrkdwn, wording
from handlers.views.elements import context, facts, modal, section
from handlers.views.finding_texts import duration, figures, observation
from handlers.views.local_time import local, local_day

_RELEVANT = (*SHOWN_FIRST,)
_ABOUT_GPUS = frozenset({FindingKind.GPU_NEVER_USED, FindingKind.GPU_IDLE, FindingKind.ONE_GPU_IDLE})
_ABOUT_USE = _ABOUT_GPUS | {FindingKind.CPU_IDLE}
_DAYS = 10
_WORDS = {
    Verdict.YES: "yes",
    Verdict.NO: "no",
    Verdict.UNKNOWN: "not known",
}


def render(found: Facts, zone: str) -> View:
    """Return what is known about a deployment, by the reader's clock."""
    blocks: list[Block] = [
        section(f"{mrkdwn.name(found.watched.title)}\n{_summary(found, zone)}", block_id=BlockId.HEAD),
        facts(_measured(found, zone), block_id=BlockId.FACTS),
        *([section(_use(found.use, zone), block_id=BlockId.SUMMARY)] if found.use and found.use.values else []),
        section("\n".join(["*What was looked at*", *_judged(found, zone)]), block_id=BlockId.TEXT),
    ]
    needed = _needed(found.watched, found.thresholds) if found.thresholds else []
    blocks += [section("\n".join(["*When I would ask*", *needed]), block_id=BlockId.MORE_FACTS)] if needed else []
    kept = [*_kept(found, zone), *_exempt(found, zone)]
    blocks += [section("\n".join(kept), block_id=BlockId.KEPT)] if kept else []
    small = (
        "Readings that are missing never count as rest. Nothing of what you run, write or open is looked at."
        f" Policy {mrkdwn.code(found.policy, 12)}."
    )
    return modal("Why, or why not", [*blocks, context(small, block_id=BlockId.NOTE)], callback=Callback.EVIDENCE)


def _summary(found: Facts, zone: str) -> str:
    shown = _shown(found)
    if shown is None:
        return _unknown(found) or "There is nothing to ask about it."
    if found.keeps or found.exemptions:
        return f"{wording.sentence(observation(shown, zone))} You are not asked about it for now."
    told = "You have not been asked yet." if not found.told else f"You were asked {wording.times(found.told)}."
    after = f" I ask on {local_day(found.next_at, zone)}, if it is still so." if found.next_at else ""
    return " ".join(part for part in (wording.sentence(observation(shown, zone)), figures(shown), told + after) if part)


def _unknown(found: Facts) -> str:
    """Say what stands in the way of knowing whether it is used; empty if nothing does."""
    unknown = (
        each
        for each in found.judgements
        if each.verdict is Verdict.UNKNOWN and each.kind in _ABOUT_USE and _concerns(each.kind, found.watched)
    )
    first = next(unknown, None)
    if first is None:
        return ""
    why = f": {mrkdwn.foreign(wording.closed(first.reason), 100)}" if first.reason.strip() else "."
    return f"I cannot tell whether it rests{why} So I do not ask."


def _shown(found: Facts) -> Episode | None:
    ranked = {kind: number for number, kind in enumerate(SHOWN_FIRST)}
    tellable = [each for each in found.episodes if each.is_open and each.kind not in FOR_ADMINISTRATORS]
    return min(tellable, key=lambda each: ranked.get(each.kind, len(ranked)), default=None)


def _measured(found: Facts, zone: str) -> list[tuple[str, str]]:
    watched = found.watched
    newest = local(found.newest_reading_at, zone) if found.newest_reading_at else "nothing measured yet"
    pairs = [
        ("State", mrkdwn.foreign(watched.phase.value, 40)),
        ("Running since", local(watched.started_at, zone) if watched.started_at else wording.NOT_KNOWN),
        ("Newest reading", newest),
    ]
    if watched.gpus:
        pairs += [("Last GPU activity seen", _last_activity(watched, zone))] if found.newest_reading_at else []
        model = f" ({mrkdwn.foreign(watched.gpu_model, 60)})" if watched.gpu_model else ""
        pairs.insert(0, ("Hardware", f"{wording.counted(watched.gpus, 'GPU')}{model}"))
    return pairs


def _use(use: UseOverTime, zone: str) -> str:
    """Say how high the use of the GPUs went on each day; what nobody knows is called so."""
    highest: dict[str, float | None] = {}
    for number, value in enumerate(use.values):
        day = local_day(use.start + number * use.step, zone)
        known = highest.get(day)
        highest[day] = value if known is None else max(known, value or 0.0)
    told = [f"{day}: {wording.NOT_KNOWN if value is None else f'{value:.0f} %'}" for day, value in highest.items()]
    return "\n".join(["*Highest GPU use*", " · ".join(told[-_DAYS:])])


def _last_activity(watched: Watched, zone: str) -> str:
    seen = [bucket.last_active_at for device in watched.devices for bucket in device.buckets if bucket.last_active_at]
    return local(max(seen), zone) if seen else "none since it was started"


def _judged(found: Facts, zone: str) -> list[str]:
    kept = {judgement.kind: judgement for judgement in found.judgements}
    lines = [_line(kept[kind], zone) for kind in _RELEVANT if kind in kept and _concerns(kind, found.watched)]
    return lines or ["Nothing yet."]


def _concerns(kind: FindingKind, watched: Watched) -> bool:
    if kind is FindingKind.CPU_IDLE:
        return not watched.gpus
    if kind is FindingKind.ONE_GPU_IDLE:
        return watched.gpus > 1
    return bool(watched.gpus) or kind not in _ABOUT_GPUS | {FindingKind.OVER_ETIQUETTE}


def _line(judgement: Judgement, zone: str) -> str:
    reason = f", {mrkdwn.foreign(judgement.reason, 100)}" if judgement.reason else ""
    since = f", since {local(judgement.since, zone)}" if judgement.since else ""
    return f"• {judgement.kind.value}: *{_WORDS[judgement.verdict]}*{reason}{since}{_covered(judgement)}"


def _covered(judgement: Judgement) -> str:
    evidence = judgement.evidence
    if evidence is None or not evidence.expected:
        return ""
    window = duration(evidence.window_end - evidence.window_start)
    return f" ({min(evidence.present, evidence.expected):,} of {evidence.expected:,} readings in {window})"


def _needed(watched: Watched, policy: Policy) -> list[str]:
    """Say what has to be so for a question about use; age, count and state speak for themselves."""
    if not watched.gpus:
        window, percent = duration(policy.cpu_idle), f"{policy.cpu_idle_percent:g}"
        return [f"• its CPU stays below {percent} % of what it was given for {window}", _readings(policy)]
    never, at_work = duration(policy.never_used), duration(policy.never_used_working)
    lines = [
        f"• never used: no activity for {never} since you could use it, {at_work} of them in your working hours",
        f"• idle: no activity of any GPU for {duration(policy.idle_window(watched.workload))}",
    ]
    if watched.gpus > 1:
        lines.append(f"• some idle: no activity of a GPU for {duration(policy.one_gpu_idle)}, while another one works")
    return [*lines, _readings(policy)]


def _readings(policy: Policy) -> str:
    return f"• in each case at least {policy.samples.min_coverage * 100:.0f} % of the readings have to be there"


def _kept(found: Facts, zone: str) -> list[str]:
    return [f"Kept until the end of {local_day(keep.until, zone)}{_reason(keep)}." for keep in found.keeps]


def _reason(keep: Keep) -> str:
    return f": {mrkdwn.foreign(keep.reason, 200)}" if keep.reason else ""


def _exempt(found: Facts, zone: str) -> list[str]:
    return [
        f"Exempted by an administrator until {local_day(each.until, zone)}: {mrkdwn.foreign(each.reason, 200)}."
        for each in found.exemptions
    ]
