"""Take the times of several ways to do a thing, by turns, so that whatever else the machine does meets all of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Something to time, so often in each round; what `prepare` does before each time is not counted."""

    run: Callable[[], object]
    prepare: Callable[[], object] = _nothing
    per_round: int = 1


def medians(ways: Mapping[str, Way], *, rounds: int) -> dict[str, timedelta]:
    """Run all ways by turns; return the median time of each."""
    taken: dict[str, list[timedelta]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name] += [duration(way) for _ in range(way.per_round)]
    return {name: median_of(times) for name, times in taken.items()}


def duration(way: Way) -> timedelta:
    """Time it once."""
    way.prepare()
    started = time.perf_counter()
    way.run()
    return timedelta(seconds=time.perf_counter() - started)


def median_of(times: Sequence[timedelta]) -> timedelta:
    """Return the time that half of them do not exceed."""
    return timedelta(seconds=median(_seconds(times)))


def percentile(times: Sequence[timedelta], percent: int) -> timedelta:
    """Return the time that so many per cent (1 to 99) do not exceed."""
    return timedelta(seconds=quantiles(_seconds(times), n=100, method="inclusive")[percent - 1])


def _seconds(times: Sequence[timedelta]) -> list[float]:
    return [one.total_seconds() for one in times]
