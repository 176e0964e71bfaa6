"""When a life really used its GPUs and its CPU, so that any span of it can be asked about at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from benchmarks.lives import DAY, MINUTE, Life

Totals = tuple[int, ...]
"""How many of the minutes before each one were busy, from none before the first to all after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The busy minutes of a life: of each GPU, and of any of them."""

    life: Life
    gpus: tuple[Totals, ...]
    any_gpu: Totals

    @classmethod
    def of(cls, life: Life) -> "Truth":
        """Return the truth about a life."""
        return cls(
            life=life,
            gpus=tuple(totals(line) for line in life.work.gpus),
            any_gpu=totals([any(values) for values in zip(*life.work.gpus, strict=True)]),
        )

    def minute(self, moment: datetime) -> int:
        """Return the minute of the life in which a moment lies, within its bounds."""
        return min(max(0, round((moment - self.life.start) / MINUTE)), self.life.minutes)

    def is_active(self, start: datetime, end: datetime) -> bool:
        """Tell whether any GPU was used from start until before end."""
        return self.any_gpu[self.minute(end)] > self.any_gpu[self.minute(start)]

    def resting(self, start: datetime, end: datetime) -> int:
        """Return how many GPUs were not used from start until before end."""
        first, last = self.minute(start), self.minute(end)
        return sum(each[last] == each[first] for each in self.gpus)

    def working_days(self) -> int:
        """Return on how many of its days there was work."""
        last = self.life.minutes
        return sum(self.any_gpu[min(last, first + DAY)] > self.any_gpu[first] for first in range(0, last, DAY))


def totals(line: Sequence[float | bool]) -> Totals:
    """Return the busy minutes before each minute."""
    return (0, *accumulate(int(bool(value)) for value in line))


def silences(busy: Totals, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return the spans without a busy minute between two minutes."""
    active = [minute for minute in range(start, end) if busy[minute + 1] > busy[minute]]
    for earlier, later in pairwise([start - 1, *active, end]):
        if later - earlier > 1:
            yield earlier + 1, later
