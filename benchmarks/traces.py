"""Recorded GPU use, one line per sample, as a backtest replays it: columns pod, seconds, gpu_percent."""

import csv
import gzip
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import IO, cast

from bot.domain.usage import Sample

BEGINNING = datetime(2026, 1, 5, tzinfo=UTC)
"""The moment to which a trace's second 0 is put: a Monday; which one does not matter to the rules replayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod's samples in the order of time; a sample that is missing is not there."""

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


def read(path: Path) -> tuple[Pod, ...]:
    """Read a trace, packed or not. Raises ValueError naming the line that is no sample."""
    by_pod: dict[str, list[Sample]] = {}
    with closing(_open(path)) as file:
        lines = csv.DictReader(file)
        if not {"pod", "seconds", "gpu_percent"} <= set(lines.fieldnames or ()):
            raise ValueError(f"{path.name} has no columns pod, seconds and gpu_percent.")
        for line in lines:
            try:
                by_pod.setdefault(line["pod"], []).append(_sample(line))
            except (TypeError, ValueError) as error:
                raise ValueError(f"Line {lines.line_num} of {path.name} is no sample: {error}.") from error
    return tuple(
        Pod(name=name, samples=tuple(sorted(samples, key=lambda sample: sample.at)))
        for name, samples in sorted(by_pod.items())
    )


def interval(pods: Sequence[Pod]) -> timedelta:
    """Return the usual time from one sample to the next."""
    steps = [
        later.at - earlier.at for pod in pods for earlier, later in zip(pod.samples, pod.samples[1:], strict=False)
    ]
    return timedelta(seconds=median(step.total_seconds() for step in steps)) if steps else timedelta(seconds=60)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return cast("IO[str]", gzip.open(path, "rt", encoding="utf-8", newline=""))
    return path.open(encoding="utf-8", newline="")


def _sample(line: dict[str, str]) -> Sample:
    percent = line["gpu_percent"].strip()
    return Sample(at=BEGINNING + timedelta(seconds=float(line["seconds"])), percent=float(percent) if percent else None)
