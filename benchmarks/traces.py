"""Recorded GPU use, one line per sample, as a backtest replays it: columns pod, seconds, gpu_percent."""

import csv
import gzip
import io
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bot.domain.usage import Sample

BEGINNING = datetime(2026, 1, 5, tzinfo=UTC)
"""The moment to which a trace's second 0 is put: a Monday; which one does not matter to the rules replayed."""
LONGEST = timedelta(days=400)
"""What spans more than this is no trace of seconds."""
COLUMNS = ("pod", "seconds", "gpu_percent")
_GZIP = b"\x1f\x8b"
_NOT_TOLD = frozenset({"", "n/a", "na", "nan", "null", "none", "-"})
_FULL = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod's samples in the order of time; a sample that is missing is not there, or tells no percentage."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def start(self) -> datetime:
        """Return the time of the first sample."""
        return self.samples[0].at

    @property
    def end(self) -> datetime:
        """Return the time of the last sample."""
        return self.samples[-1].at


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The pods of a file, and what was odd about it in plain words."""

    pods: tuple[Pod, ...]
    oddities: tuple[str, ...] = ()


@dataclass(kw_only=True)
class _Odd:
    """Counts what is odd about a file and can be read all the same."""

    not_told: int = 0
    negative: int = 0
    above_full: int = 0
    repeated: int = 0

    def words(self) -> tuple[str, ...]:
        said = (
            (self.not_told, "without a number: taken as missing"),
            (self.negative, "below 0: taken as missing"),
            (self.above_full, "above 100: taken as 100"),
            (self.repeated, "of the same pod and second as another: the higher one was kept"),
        )
        return tuple(f"{number:,} readings {what}." for number, what in said if number)


def read(path: Path) -> tuple[Pod, ...]:
    """Read a trace, packed or not. Raises ValueError that says what is wrong, and in which line."""
    return read_trace(path).pods


def read_trace(path: Path) -> Trace:
    """Read a trace with what was odd about it. Raises ValueError that says what is wrong, and in which line."""
    odd = _Odd()
    by_pod: dict[str, dict[datetime, Sample]] = {}
    for name, sample in _samples(path, odd):
        own = by_pod.setdefault(name, {})
        known = own.get(sample.at)
        odd.repeated += known is not None
        own[sample.at] = sample if known is None or _of(sample) > _of(known) else known
    if not by_pod:
        raise ValueError(f"{path.name} holds no readings.")
    pods = tuple(Pod(name=name, samples=_in_order(own)) for name, own in sorted(by_pod.items()))
    for pod in pods:
        if pod.end - pod.start > LONGEST:
            raise ValueError(f"{path.name} has {(pod.end - pod.start).days:,} days of {pod.name}; are these seconds?")
    return Trace(pods=pods, oddities=odd.words())


def interval(pods: Sequence[Pod]) -> timedelta:
    """Return the usual time from one sample to the next."""
    steps = [
        later.at - earlier.at for pod in pods for earlier, later in zip(pod.samples, pod.samples[1:], strict=False)
    ]
    return timedelta(seconds=median(step.total_seconds() for step in steps)) if steps else timedelta(seconds=60)


def _samples(path: Path, odd: _Odd) -> Iterator[tuple[str, Sample]]:
    lines = csv.DictReader(io.StringIO(_text(path), newline=""))
    names = _columns(path, lines)
    while True:
        try:
            line = next(lines, None)
            if line is None:
                return
            cells = [(line[name] or "").strip() for name in names]
            found = (cells[0], _sample(*cells, odd=odd)) if any(cells) else None
        except (csv.Error, OverflowError, ValueError) as error:
            raise ValueError(f"Line {lines.line_num} of {path.name} is no sample: {error}.") from error
        if found is not None:
            yield found


def _columns(path: Path, lines: "csv.DictReader[str]") -> list[str]:
    """Return the names of the columns as the file writes them."""
    try:
        names = {(name or "").strip().casefold(): name for name in lines.fieldnames or ()}
    except csv.Error as error:
        raise ValueError(f"{path.name} is no table: {error}.") from error
    if not set(COLUMNS) <= set(names):
        raise ValueError(f"{path.name} has no columns pod, seconds and gpu_percent.")
    return [names[column] for column in COLUMNS]


def _text(path: Path) -> str:
    """Return what a file says; it is unpacked if it begins as packed files do, whatever its name is."""
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw.startswith(_GZIP) else raw).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is no text in UTF-8.") from error
    except (OSError, EOFError, zlib.error) as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else error
        raise ValueError(f"{path.name} cannot be read: {why}.") from error


def _sample(pod: str, seconds: str, percent: str, *, odd: _Odd) -> Sample:
    if not pod:
        raise ValueError("it names no pod")
    if not seconds or not math.isfinite(float(seconds)):
        raise ValueError(f"{seconds or 'nothing'} is no number of seconds")
    return Sample(at=BEGINNING + timedelta(seconds=float(seconds)), percent=_percent(percent, odd))


def _percent(text: str, odd: _Odd) -> float | None:
    """Return a percentage, or None where the file tells none."""
    value = math.nan if text.casefold() in _NOT_TOLD else float(text)
    if math.isnan(value):
        odd.not_told += 1
        return None
    if value < 0:
        odd.negative += 1
        return None
    odd.above_full += value > _FULL
    return min(value, _FULL)


def _of(sample: Sample) -> float:
    """Return a value by which two readings of one moment are compared; one that tells nothing is the least."""
    return -1.0 if sample.percent is None else sample.percent


def _in_order(samples: dict[datetime, Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(samples.values(), key=lambda sample: sample.at))
