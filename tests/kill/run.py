"""Kill the bot everywhere and at random: `python -m tests.kill.run [--kills N] [--seed N] [--minutes N]`.

The whole run writes docs/kill-test.md; with `--reminders` only that part of it, with `--case N` nothing: a single case
only tells what came of it.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Lock

from tests.kill.page import Everywhere, page, reminders, with_reminders
from tests.kill.reminders import REMINDERS
from tests.kill.scenarios import SCENARIOS, Scenario
from tests.kill.stepping import Ending, everywhere, twice
from tests.kill.striking import Case, Result, strike
from tests.kill.town import kill_town, reminder_town

PAGE = Path(__file__).parents[2] / "docs" / "kill-test.md"
TOWNS = 2
TWICE = 60
"""So many pairs of places each scenario about reminders is killed at."""

_EVERY = 100


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; return 1 if anything is wrong with how it ended."""
    parser = argparse.ArgumentParser(prog="make kill ARGS=…", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="so many random kills that hit")
    parser.add_argument("--seed", type=int, default=0, help="the seed of an earlier run; a new one if left out")
    parser.add_argument("--minutes", type=float, default=60, help="kill at random no longer than until then")
    parser.add_argument("--case", type=int, help="only the case with that number")
    parser.add_argument("--reminders", action="store_true", help="only what is about reminders")
    asked = parser.parse_args(arguments)
    seed = asked.seed or secrets.randbelow(10**6) + 1
    _say(f"Seed {seed}.")
    if asked.case is not None:
        (result,) = _strike_all(seed, iter([asked.case]), is_enough=lambda _results: False)
        _say(result.outcome)
        return int(bool(result.complaints))
    if asked.reminders:
        section, troubles = _reminders(seed)
        _write(with_reminders(PAGE.read_text(encoding="utf-8"), section))
        return int(any(troubles))
    began = time.monotonic()
    with ThreadPoolExecutor(TOWNS) as pool:
        steps = tuple(pool.map(_everywhere, SCENARIOS))
    kills, end = int(asked.kills), began + 60 * float(asked.minutes)

    def is_enough(so_far: Sequence[Result]) -> bool:
        return sum(len(result.hits) for result in so_far) >= kills or time.monotonic() > end

    results = _strike_all(seed, count(), is_enough=is_enough)
    took = timedelta(seconds=time.monotonic() - began)
    section, troubles = _reminders(seed)
    _write(with_reminders(page(steps, results, seed=seed, took=took), section))
    troubles += [ending.complaints for step in steps for ending in step.endings]
    troubles += [result.complaints for result in results]
    return int(any(troubles))


def _reminders(seed: int) -> tuple[str, list[tuple[str, ...]]]:
    """Kill around reminders, at every step and twice; return what the page says of it, and the complaints."""
    began = time.monotonic()
    with ThreadPoolExecutor(TOWNS) as pool:
        killed = tuple(pool.map(lambda scenario: _around_a_reminder(scenario, seed), REMINDERS))
    took = timedelta(seconds=time.monotonic() - began)
    troubles = [ending.complaints for each in killed for ending in (*each.endings, *each.twice)]
    return reminders(killed, seed=seed, took=took), troubles


def _around_a_reminder(scenario: Scenario, seed: int) -> Everywhere:
    with tempfile.TemporaryDirectory(prefix="kill-") as folder, reminder_town(Path(folder)) as town:
        endings, pairs = list[Ending](), list[Ending]()
        for ending in everywhere(town, scenario, only_needed=False):
            endings.append(ending)
            _complain(scenario, ending)
        for number in range(TWICE):
            pairs.append(twice(town, scenario, seed=seed, number=number, most=len(endings[0].points)))
            _complain(scenario, pairs[-1])
    found = Everywhere(name=scenario.name, endings=tuple(endings), twice=tuple(pairs))
    _say(f"{scenario.name}: {len(found.killed)} kills, {len(found.killed_twice)} of two.")
    return found


def _complain(scenario: Scenario, ending: Ending) -> None:
    for complaint in ending.complaints:
        _say(f"{scenario.name}, {ending.fatal}, then {ending.second}: {complaint}")


def _write(text: str) -> None:
    PAGE.write_text(text, encoding="utf-8")
    _say(f"{PAGE.name} is written.")


def _everywhere(scenario: Scenario) -> Everywhere:
    with tempfile.TemporaryDirectory(prefix="kill-") as folder, kill_town(Path(folder)) as town:
        endings = []
        for ending in everywhere(town, scenario, only_needed=False):
            endings.append(ending)
            for complaint in ending.complaints:
                _say(f"{scenario.name}, {ending.fatal}: {complaint}")
    _say(f"{scenario.name}: {sum(ending.was_killed for ending in endings)} steps.")
    return Everywhere(name=scenario.name, endings=tuple(endings))


def _strike_all(
    seed: int, numbers: Iterator[int], *, is_enough: Callable[[Sequence[Result]], bool]
) -> tuple[Result, ...]:
    """Strike in several towns at once until it is enough, or no number is left."""
    results: list[Result] = []
    lock = Lock()

    def work(_town: int) -> None:
        with tempfile.TemporaryDirectory(prefix="kill-") as folder, kill_town(Path(folder), is_frozen=False) as town:
            while True:
                with lock:
                    number = next(numbers, None)
                    if number is None or is_enough(results):
                        return
                result = strike(town, Case.at_random(seed, number))
                with lock:
                    results.append(result)
                    _tell(seed, number, result, len(results))

    with ThreadPoolExecutor(TOWNS) as pool:
        list(pool.map(work, range(TOWNS)))
    return tuple(results)


def _say(text: object) -> None:
    print(text, flush=True)  # noqa: T201 - the run tells how it goes


def _tell(seed: int, number: int, result: Result, done: int) -> None:
    for complaint in result.complaints:
        _say(f"seed {seed}, case {number} ({result.case}): {complaint}")
    if done % _EVERY == 0:
        _say(f"{done} cases.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
