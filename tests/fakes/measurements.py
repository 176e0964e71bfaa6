"""The memory of use, in memory; obeys the rules of its port, as the contract test proves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.base import NodeId
from bot.domain.telemetry import NodeHealth, PowerBand, Series
from bot.domain.usage import BUCKET, HOUR, Bucket, Sample

_Key = tuple[datetime, timedelta]


@dataclass(slots=True)
class MemoryMeasurements:
    """Implements the measurements' port."""

    _samples: dict[Series, dict[datetime, Sample]] = field(default_factory=dict)
    _buckets: dict[Series, dict[_Key, Bucket]] = field(default_factory=dict)
    _health: dict[NodeId, NodeHealth] = field(default_factory=dict)
    _bands: dict[str, PowerBand] = field(default_factory=dict)

    def add(self, samples: Iterable[tuple[Series, Sample]]) -> None:
        """Keep samples; one of the same series and moment is kept already."""
        for series, sample in samples:
            self._samples.setdefault(series, {}).setdefault(sample.at, sample)

    def samples(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Sample, ...]]:
        """Return the raw samples of every series in that span, its end excluded, in the order of time."""
        found = {
            series: tuple(own[at] for at in sorted(own) if since <= at < until) for series, own in self._samples.items()
        }
        return {series: samples for series, samples in found.items() if samples}

    def put_buckets(self, buckets: Mapping[Series, Sequence[Bucket]]) -> None:
        """Insert buckets of either length, or replace those of the same series, start and length."""
        for series, own in buckets.items():
            self._buckets.setdefault(series, {}).update({(each.start, each.length): each for each in own})

    def buckets(
        self, series: Collection[Series], *, since: datetime, fine_since: datetime
    ) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return hours that end after `since` until `fine_since`, and five-minute buckets from then on, by time."""
        found = {each: self._mixed(each, since, fine_since) for each in series}
        return {each: buckets for each, buckets in found.items() if buckets}

    def fine(self, *, since: datetime, until: datetime) -> Mapping[Series, tuple[Bucket, ...]]:
        """Return the five-minute buckets of every series that start in that span, its end excluded."""
        found = {
            series: tuple(own[key] for key in sorted(own) if key[1] == BUCKET and since <= key[0] < until)
            for series, own in self._buckets.items()
        }
        return {series: buckets for series, buckets in found.items() if buckets}

    def health(self) -> tuple[NodeHealth, ...]:
        """Return how each machine answered when it was asked last."""
        return tuple(self._health[node] for node in sorted(self._health))

    def note_health(self, health: Iterable[NodeHealth]) -> None:
        """Replace what is known of these machines."""
        self._health.update({each.node: each for each in health})

    def bands(self) -> Mapping[str, PowerBand]:
        """Return the power of rest of each GPU model that is known."""
        return dict(self._bands)

    def save_bands(self, bands: Iterable[PowerBand]) -> None:
        """Insert or replace the power of rest of these models."""
        self._bands.update({each.model: each for each in bands})

    def prune(self, *, samples_before: datetime, buckets_before: datetime, hours_before: datetime) -> int:
        """Delete what is older; return how many rows went."""
        gone = 0
        for own in self._samples.values():
            for at in [at for at in own if at < samples_before]:
                del own[at]
                gone += 1
        for rows in self._buckets.values():
            for key in [key for key in rows if key[0] < (buckets_before if key[1] == BUCKET else hours_before)]:
                del rows[key]
                gone += 1
        return gone

    def _mixed(self, series: Series, since: datetime, fine_since: datetime) -> tuple[Bucket, ...]:
        own = self._buckets.get(series, {})
        hours = {start for start, length in own if length == HOUR}
        chosen = [
            each
            for (start, length), each in own.items()
            if start + length > since
            and (
                (length == HOUR and start < fine_since)
                or (length == BUCKET and (start >= fine_since or not any(at <= start < at + HOUR for at in hours)))
            )
        ]
        return tuple(sorted(chosen, key=lambda each: each.start))
