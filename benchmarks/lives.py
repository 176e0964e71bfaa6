"""Invented lives of deployments, minute by minute, of which it is known when they worked: what checks are judged by.

The kinds of work are those that operators of GPU clusters describe; gaps and bursts are drawn, never recorded.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random

from bot.domain.policy import Workload

MINUTE = timedelta(minutes=1)
HOUR = 60
DAY = 24 * HOUR
EMPTY_MIB = 3
"""What a driver tells of a card that nobody uses."""
LINGERS = 10
"""Minutes after which work that gives its memory back has done so."""
_TIDY = 0.3
"""The part of people whose work gives its memory back."""

Line = list[float]
"""A percentage for each minute."""
Draw = Callable[[Random, datetime, int], "Work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What really happened: the utilisation of each GPU and of the CPU, and what work holds in a GPU's memory in MiB.

    Memory is held from the first work on; `gives_back` says that it is given back some minutes after each piece of
    work, `held_from_start` that it is held before any.
    """

    gpus: tuple[Line, ...]
    cpu: Line
    memory_mib: int = 9_000
    gives_back: bool = False
    held_from_start: bool = False
    is_told: bool = True

    def memory(self, gpu: int, *, runs: Collection[int] = ()) -> list[int]:
        """Return what is held on one GPU in each minute; a new run begins with what is held from the start."""
        at_first = len(self.cpu) if self.held_from_start else 0
        left, held = at_first, []
        for minute, value in enumerate(self.gpus[gpu]):
            left = at_first if minute in runs else left - 1
            left = (LINGERS if self.gives_back else len(self.cpu)) if value else left
            held.append(self.memory_mib if left > 0 else EMPTY_MIB)
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One deployment from its start on, with what really happened; `work.is_told` is False where no driver tells."""

    kind: str
    workload: Workload
    start: datetime
    work: Work

    @property
    def minutes(self) -> int:
        """Return how long it lives."""
        return len(self.work.cpu)


def draw(kind: str, dice: Random, *, start: datetime, days: int, zone: tzinfo = UTC) -> Life:
    """Return a life of this kind, of somebody who lives in that zone."""
    workload, work = KINDS[kind]
    return Life(kind=kind, workload=workload, start=start, work=work(dice, start.astimezone(zone), days * DAY))


def _line(minutes: int) -> Line:
    return [0.0] * minutes


def _busy(line: Line, first: int, length: int, dice: Random, *, low: float = 40, high: float = 100) -> None:
    for minute in range(max(0, first), min(len(line), first + length)):
        line[minute] = dice.uniform(low, high)


def _cpu(*gpus: Line, rest: float = 0.5) -> Line:
    """Return a CPU that works when any of the GPUs does."""
    return [25.0 if any(values) else rest for values in zip(*gpus, strict=True)]


def _by_turns(dice: Random, minutes: int, *, busy: tuple[int, int], gap: tuple[int, int]) -> Line:
    line, minute = _line(minutes), dice.randint(5, 60)
    while minute < minutes:
        length = dice.randint(*busy)
        _busy(line, minute, length, dice)
        minute += length + dice.randint(*gap)
    return line


def _training(dice: Random, _start: datetime, minutes: int) -> Work:
    line = _by_turns(dice, minutes, busy=(DAY, 3 * DAY), gap=(1, 5))
    return Work(gpus=(line,), cpu=_cpu(line))


def _with_stalls(dice: Random, _start: datetime, minutes: int) -> Work:
    """Train, and read data in between for minutes to hours."""
    line, minute = _line(minutes), 10
    while minute < minutes:
        length = dice.randint(20, 300)
        _busy(line, minute, length, dice)
        minute += length + min(10 * HOUR, round(dice.lognormvariate(3.0, 1.3)))
    return Work(gpus=(line,), cpu=[25.0 if value else 60.0 for value in line])


def _checkpoints(dice: Random, _start: datetime, minutes: int) -> Work:
    line = _by_turns(dice, minutes, busy=(40, 120), gap=(3, 25))
    return Work(gpus=(line,), cpu=_cpu(line), gives_back=True)


def _search(dice: Random, _start: datetime, minutes: int) -> Work:
    """Try one set of parameters after the other, with somebody thinking in between."""
    line = _by_turns(dice, minutes, busy=(20, 90), gap=(HOUR, 6 * HOUR))
    return Work(gpus=(line,), cpu=_cpu(line), gives_back=dice.random() < _TIDY)


def _notebook(dice: Random, start: datetime, minutes: int) -> Work:
    """Work by day, with lunch, and not at week-ends."""
    line = _line(minutes)
    for day in range(minutes // DAY + 1):
        morning = (start + timedelta(days=day)).replace(hour=8, minute=0)
        if morning.weekday() >= 5 or dice.random() < 0.1:  # noqa: PLR2004 - Saturday
            continue
        first = round((morning - start) / MINUTE) + dice.randint(0, 120)
        for _ in range(dice.randint(2, 8)):
            _busy(line, first + dice.randint(0, 9 * HOUR), dice.randint(2, 60), dice)
    return Work(gpus=(line,), cpu=_cpu(line, rest=2.0), gives_back=dice.random() < _TIDY)


def _hoarder(dice: Random, _start: datetime, minutes: int) -> Work:
    line = _line(minutes)
    _busy(line, dice.randint(10, 90), dice.randint(5, 60), dice)
    return Work(gpus=(line,), cpu=_cpu(line), memory_mib=30_000, held_from_start=True)


def _untouched(_dice: Random, _start: datetime, minutes: int) -> Work:
    line = _line(minutes)
    return Work(gpus=(line,), cpu=_cpu(line))


def _tried_once(dice: Random, _start: datetime, minutes: int) -> Work:
    """Try the GPU once in the first day, give its memory back, and forget it."""
    line = _line(minutes)
    _busy(line, dice.randint(5, DAY), dice.choice((5, 20, 60, 120)), dice)
    return Work(gpus=(line,), cpu=_cpu(line), gives_back=True)


def _busy_elsewhere(dice: Random, _start: datetime, minutes: int) -> Work:
    """Use the GPU once, and the CPU ever after: the GPU rests, its owner does not."""
    line = _line(minutes)
    _busy(line, 30, 20, dice)
    return Work(gpus=(line,), cpu=[60.0] * minutes)


def _forgotten(dice: Random, start: datetime, minutes: int) -> Work:
    """Work hard until a deadline, and never come back."""
    line = _search(dice, start, minutes).gpus[0]
    end = dice.randint(DAY, 3 * DAY)
    line[end:] = _line(minutes - end)
    return Work(gpus=(line,), cpu=_cpu(line))


def _requests(dice: Random, _start: datetime, minutes: int) -> Work:
    """Answer requests that come in bursts by day."""
    line = _line(minutes)
    for minute in range(minutes):
        if dice.random() < (0.05 if 8 * HOUR < minute % DAY < 20 * HOUR else 0.005):
            _busy(line, minute, dice.randint(1, 4), dice, low=5, high=80)
    return Work(gpus=(line,), cpu=_cpu(line))


def _rare_requests(dice: Random, _start: datetime, minutes: int) -> Work:
    """Answer one request a day."""
    line = _line(minutes)
    for day in range(minutes // DAY):
        _busy(line, day * DAY + dice.randint(0, DAY - 5), dice.randint(2, 4), dice, low=10, high=80)
    return Work(gpus=(line,), cpu=_cpu(line))


def _demo(dice: Random, _start: datetime, minutes: int) -> Work:
    line = _line(minutes)
    first = dice.randint(3 * HOUR, max(3 * HOUR, minutes - 2 * DAY))
    for _ in range(12):
        _busy(line, first + dice.randint(0, 2 * HOUR), dice.randint(1, 10), dice)
    return Work(gpus=(line,), cpu=_cpu(line))


def _one_of_two(dice: Random, start: datetime, minutes: int) -> Work:
    line, other = _search(dice, start, minutes).gpus[0], _line(minutes)
    return Work(gpus=(line, other), cpu=_cpu(line, other))


def _by_halves(dice: Random, start: datetime, minutes: int) -> Work:
    """Use two GPUs, one after the other."""
    line, other = _search(dice, start, minutes).gpus[0], _search(dice, start, minutes).gpus[0]
    return Work(gpus=(line, other), cpu=_cpu(line, other))


def _both_rest(dice: Random, start: datetime, minutes: int) -> Work:
    """Use two GPUs until a deadline, and neither after it."""
    line, other = (_forgotten(dice, start, minutes).gpus[0] for _ in range(2))
    return Work(gpus=(line, other), cpu=_cpu(line, other))


def _alive(dice: Random, _start: datetime, minutes: int) -> Work:
    """Touch the GPU once an hour, only to seem busy."""
    line = _line(minutes)
    for minute in range(dice.randint(1, 59), minutes, HOUR):
        _busy(line, minute, 1, dice, low=10, high=30)
    return Work(gpus=(line,), cpu=_cpu(line))


def _stuck(_dice: Random, _start: datetime, minutes: int) -> Work:
    """Show 100 % for ever, as a card with a dead process may."""
    return Work(gpus=([100.0] * minutes,), cpu=[0.5] * minutes)


def _untold(dice: Random, start: datetime, minutes: int) -> Work:
    """Work on a part of a card, of which the driver tells nothing."""
    work = _notebook(dice, start, minutes)
    return Work(gpus=work.gpus, cpu=work.cpu, is_told=False)


KINDS: dict[str, tuple[Workload, Draw]] = {
    "steady training": (Workload.NOTEBOOK, _training),
    "training with stalls": (Workload.NOTEBOOK, _with_stalls),
    "training with checkpoints": (Workload.BATCH, _checkpoints),
    "parameter search": (Workload.NOTEBOOK, _search),
    "notebook by day": (Workload.NOTEBOOK, _notebook),
    "memory held, unused": (Workload.NOTEBOOK, _hoarder),
    "never touched": (Workload.NOTEBOOK, _untouched),
    "never touched, batch": (Workload.BATCH, _untouched),
    "tried once": (Workload.NOTEBOOK, _tried_once),
    "CPU busy, GPU at rest": (Workload.NOTEBOOK, _busy_elsewhere),
    "forgotten after a deadline": (Workload.NOTEBOOK, _forgotten),
    "requests by day": (Workload.SERVICE, _requests),
    "one request a day": (Workload.SERVICE, _rare_requests),
    "workshop": (Workload.NOTEBOOK, _demo),
    "two GPUs, one idle": (Workload.NOTEBOOK, _one_of_two),
    "two GPUs by turns": (Workload.NOTEBOOK, _by_halves),
    "two GPUs, both rest": (Workload.NOTEBOOK, _both_rest),
    "kept alive": (Workload.NOTEBOOK, _alive),
    "stuck at 100 %": (Workload.NOTEBOOK, _stuck),
    "a part of a card": (Workload.NOTEBOOK, _untold),
}
