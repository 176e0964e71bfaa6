"""Writes docs/kill-test.md from the results of one run."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.kill.stepping import Ending
from tests.kill.striking import Result

_HEAD = """# Kill test

Written by `make kill` from one run, and its last section also by itself. How the steps are found, and what is judged,
is in [decision 0027](decisions/0027-kill-test.md).

"""

_REMINDERS = "## Around a reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """Every run of one scenario that was killed at one point after the other; and those killed twice."""

    name: str
    endings: tuple[Ending, ...]
    twice: tuple[Ending, ...] = ()

    @property
    def killed(self) -> tuple[Ending, ...]:
        """Return the runs in which the point was come to."""
        return tuple(ending for ending in self.endings if ending.was_killed)

    @property
    def killed_twice(self) -> tuple[Ending, ...]:
        """Return the runs in which both points were come to."""
        return tuple(ending for ending in self.twice if ending.was_killed and ending.was_killed_again)


def page(everywhere: Sequence[Everywhere], results: Sequence[Result], *, seed: int, took: timedelta) -> str:
    """Return the page, but for its last section."""
    troubles = [trouble for each in everywhere for ending in each.endings for trouble in ending.complaints]
    troubles += [trouble for result in results for trouble in result.complaints]
    verdict = "Nothing was found." if not troubles else f"**{len(troubles)} complaints.**"
    parts = [
        f"{verdict} The run took {_minutes(took)}.\n",
        _steps(everywhere),
        _strikes(results, seed),
    ]
    return _HEAD + "\n".join(parts)


def reminders(killed: Sequence[Everywhere], *, seed: int, took: timedelta) -> str:
    """Return the section about reminders."""
    troubles = [trouble for each in killed for ending in (*each.endings, *each.twice) for trouble in ending.complaints]
    verdict = "Nothing was found." if not troubles else f"**{len(troubles)} complaints.**"
    rows = [
        f"| {each.name} | {len({ending.fatal for ending in each.killed})} | {_tally(each.killed)} |"
        f" {len(each.killed_twice)} | {_tally(each.killed_twice)} |"
        for each in killed
    ]
    text = (
        f"{verdict} This part took {_minutes(took)}. A GPU has rested for a day when it begins; from then on "
        "use is measured, deployments are checked and their owner is reminded, once in three minutes by a "
        "clock that the test moves, and the bot gets a SIGKILL at each step of that. After the next start "
        "there is one letter, and never a second one, also when every claim on it has lapsed; the outbox "
        "knows where it stands and how often it was told; an answer counts once, a stop is carried out once, "
        f"and the letter says what is the case. Of the pairs of kills (seed {seed}) the second one falls while"
        " the first one is being settled. SIGTERM, and kills by the clock, are not tried here: a bot that "
        "runs by itself reminds once a minute, and only in office hours."
    )
    head = [
        _REMINDERS,
        "",
        text,
        "",
        "| scenario | steps | outcomes after the next start | pairs | outcomes after the third start |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def with_reminders(text: str, section: str) -> str:
    """Return a page with this section about reminders instead of the one that it has, if any."""
    return f"{text.partition(_REMINDERS)[0].rstrip()}\n\n{section}"


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
