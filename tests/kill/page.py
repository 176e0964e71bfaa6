"""Writes docs/kill-test.md from the results of one run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.kill.stepping import Ending
from tests.kill.striking import Result

_HEAD = """# Kill test

Written by `make kill` from one run. How the steps are found, and what is judged, is in
[decision 0027](decisions/0027-kill-test.md).

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """Every run of one scenario that was killed at one point after the other."""

    name: str
    endings: tuple[Ending, ...]

    @property
    def killed(self) -> tuple[Ending, ...]:
        """Return the runs in which the point was come to."""
        return tuple(ending for ending in self.endings if ending.was_killed)


def page(everywhere: Sequence[Everywhere], results: Sequence[Result], *, seed: int, took: timedelta) -> str:
    """Return the page."""
    troubles = [trouble for each in everywhere for ending in each.endings for trouble in ending.complaints]
    troubles += [trouble for result in results for trouble in result.complaints]
    verdict = "Nothing was found." if not troubles else f"**{len(troubles)} complaints.**"
    parts = [
        f"{verdict} The run took {_minutes(took)}.\n",
        _steps(everywhere),
        _strikes(results, seed),
    ]
    return _HEAD + "\n".join(parts)


def _steps(everywhere: Sequence[Everywhere]) -> str:
    rows = [
        f"| {each.name} | {len({ending.fatal for ending in each.killed})} | {_tally(each.killed)} |"
        for each in everywhere
    ]
    head = ["## Killed at every step", "", "| scenario | steps | outcomes after the next start |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _strikes(results: Sequence[Result], seed: int) -> str:
    blows = [(result.case.blows[place], place) for result in results for place in result.hits]
    signals = Counter(blow.number.name for blow, _ in blows)
    while_acting = sum(place == 0 for _, place in blows)
    by_scenario: dict[str, list[Result]] = {}
    for result in results:
        by_scenario.setdefault(result.case.scenario.name, []).append(result)
    rows = [f"| {name} | {len(found)} | {_tally(found)} |" for name, found in sorted(by_scenario.items())]
    text = (
        f"{len(blows)} signals ended a bot (seed {seed}): {signals['SIGKILL']} times SIGKILL and {signals['SIGTERM']} "
        f"times SIGTERM, {while_acting} of them while somebody was doing something and {len(blows) - while_acting} "
        f"while it was starting again. In {sum(len(result.hits) > 1 for result in results)} cases it was ended more "
        "than once in a row."
    )
    head = [
        "## Killed at random",
        "",
        text,
        "",
        "| scenario | cases | outcomes after the last start |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _tally(found: Sequence[Ending] | Sequence[Result]) -> str:
    counts = Counter(each.outcome.value for each in found)
    return ", ".join(f"{count} × {outcome}" for outcome, count in counts.most_common())


def _minutes(took: timedelta) -> str:
    minutes, seconds = divmod(round(took.total_seconds()), 60)
    return f"{minutes} min {seconds} s"
