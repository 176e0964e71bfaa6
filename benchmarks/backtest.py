"""Replay a trace of GPU use and count how often idle rules would have spoken, and how often too early.

`python -m benchmarks.backtest FILE.csv[.gz] [--windows "4 6 8 12 20"]`
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from benchmarks.idle_rules import (
    Rule,
    Watch,
    all_zero,
    all_zero_since_start,
    low_mean,
    never_used,
    ours,
    ours_by_mean,
    ours_with_missing_as_zero,
)
from benchmarks.intervals import grouped, share_interval
from benchmarks.page import Table, put_between
from benchmarks.traces import Pod, interval, read_trace
from bot.domain.idleness import Activity
from bot.domain.usage import BUCKET, Rest

WINDOWS = (4.0, 6.0, 8.0, 12.0, 20.0)
_LONGEST_WINDOW = 24 * 28.0
FOLLOW_UPS = (timedelta(hours=4), timedelta(hours=12))
_PAGE = Path(__file__).parents[1] / "docs" / "reminders.md"
_SECTION = """\
`make backtest TRACE=… ARGS=--write` on a trace of {trace}:

{table}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A moment at which a rule would have spoken; `active_after` is None if the pod was not seen active again."""

    pod: str
    at: datetime
    seen_until: datetime
    active_after: timedelta | None

    def has_in_view(self, span: timedelta) -> bool:
        """Tell whether the trace shows what came of the flag in this span: all of it, or activity in it."""
        return self.seen_until - self.at >= span or self.is_false(span)

    def is_false(self, span: timedelta) -> bool:
        """Tell whether the pod was active again within this span."""
        return self.active_after is not None and self.active_after <= span


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one rule on a trace; the hours are pod-hours in which the rule had to have an answer."""

    rule: str
    flags: tuple[Flag, ...]
    hours: float
    unknown_hours: float

    @property
    def pods(self) -> tuple[str, ...]:
        """Return the pods that were flagged at least once."""
        return tuple(sorted({flag.pod for flag in self.flags}))


def replay(rule: Rule, pods: Sequence[Pod]) -> Outcome:
    """Let a rule look at every pod every five minutes, from its first sample to its last."""
    flags: list[Flag] = []
    looks = unknown = 0
    for pod in pods:
        watch = rule.watch(pod)
        moments = _moments(pod, rule)
        answers = [watch.judge(now) for now in moments]
        looks += len(answers)
        unknown += sum(answer is Activity.UNKNOWN for answer in answers)
        raised = _raised(watch, moments, answers)
        flags += [_flag(pod, at) for at in raised]
    to_hours = BUCKET / timedelta(hours=1)
    return Outcome(rule=rule.name, flags=tuple(flags), hours=looks * to_hours, unknown_hours=unknown * to_hours)


def rules(windows: Sequence[float], *, step: timedelta) -> tuple[Rule, ...]:
    """Return the rules to compare, ours first; the safeguards are taken away at the shortest window."""
    least = min(windows)
    return (
        *(ours(hours, interval=step) for hours in windows),
        never_used(6, interval=step),
        *(ours_with_missing_as_zero(hours, interval=step) for hours in windows),
        *(ours_by_mean(hours, interval=step) for hours in (least, max(windows))),
        low_mean(1, percent=30),
        all_zero(0.5, name="max = 0 for 30 min"),
        all_zero_since_start(2),
        all_zero(5, name="all zero for 5 h, sliding"),
    )


def table(outcomes: Sequence[Outcome]) -> Table:
    """Return the comparison, one line per rule."""
    return Table(
        headings=("rule", "pods flagged", "flags", "unknown", *(_head(span) for span in FOLLOW_UPS)),
        rows=tuple(
            (
                outcome.rule,
                str(len(outcome.pods)),
                str(len(outcome.flags)),
                f"{outcome.unknown_hours / outcome.hours:.1%}" if outcome.hours else "–",
                *(_false_alarms(outcome.flags, span) for span in FOLLOW_UPS),
            )
            for outcome in outcomes
        ),
    )


def main() -> None:
    """Print the comparison for a trace."""
    arguments = _arguments()
    try:
        found = read_trace(arguments.trace)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    pods, step = found.pods, interval(found.pods)
    outcomes = [replay(rule, pods) for rule in rules(arguments.windows, step=step)]
    samples = sum(len(pod.samples) for pod in pods)
    trace = f"{len(pods)} pods, {samples} samples, one every {step.total_seconds():g} s"
    print("\n".join((trace, *found.oddities)), end="\n\n")
    print(table(outcomes).as_text())
    for outcome in outcomes:
        if outcome.rule.startswith("ours") and outcome.flags:
            print(f"{outcome.rule}: {', '.join(outcome.pods)}")
    if arguments.write:
        put_between(_PAGE, "backtest", _SECTION.format(trace=trace, table=table(outcomes).as_markdown()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("--windows", type=_hours, default=WINDOWS, help="hours, with spaces between them")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reminders.md")
    return parser.parse_args()


def _hours(text: str) -> tuple[float, ...]:
    try:
        hours = tuple(dict.fromkeys(float(word) for word in text.replace(",", " ").split()))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} are no hours") from error
    if not all(0 < each <= _LONGEST_WINDOW for each in hours):
        raise argparse.ArgumentTypeError(f"a window is longer than 0 and at most {_LONGEST_WINDOW:g} hours")
    return hours or WINDOWS


def _moments(pod: Pod, rule: Rule) -> list[datetime]:
    """Return the ends of buckets at which the pod is as old as the rule's window, while it lives."""
    seconds = (pod.start + rule.window).timestamp()
    first = datetime.fromtimestamp(ceil(seconds / BUCKET.total_seconds()) * BUCKET.total_seconds(), UTC)
    return [first + number * BUCKET for number in range(max(0, (pod.end - first) // BUCKET + 1))]


def _raised(watch: Watch, moments: Sequence[datetime], answers: Sequence[Activity]) -> list[datetime]:
    """Return when flags were raised: one stays up until the rule says that it is over."""
    raised: list[datetime] = []
    is_up = False
    for now, answer in zip(moments, answers, strict=True):
        if is_up:
            is_up = not watch.is_over(raised[-1], now)
        elif answer is Activity.IDLE:
            raised.append(now)
            is_up = True
    return raised


def _flag(pod: Pod, at: datetime) -> Flag:
    active = (sample.at for sample in pod.samples if sample.at >= at and Rest().is_active(sample.percent or 0, None))
    again = next(active, None)
    return Flag(pod=pod.name, at=at, seen_until=pod.end, active_after=again - at if again else None)


def _head(span: timedelta) -> str:
    return f"active again within {span / timedelta(hours=1):g} h"


def _false_alarms(flags: Sequence[Flag], span: timedelta) -> str:
    """Return the share of false alarms among the flags whose follow-up is in view, with its interval."""
    seen = [flag for flag in flags if flag.has_in_view(span)]
    if not seen:
        return "none in view"
    false = sum(flag.is_false(span) for flag in seen)
    low, high = share_interval(grouped((flag.pod, flag.is_false(span)) for flag in seen))
    return f"{false} of {len(seen)} ({low:.0%}–{high:.0%})"


if __name__ == "__main__":
    main()
