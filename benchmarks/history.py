"""The buckets of a series as a check gets them: hours for what is long ago, five minutes for the last day."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from bot.domain.usage import HOUR, Bucket, condense

FINE = timedelta(hours=24)
"""For so long back from the last full hour the five-minute buckets are given."""

Buckets = tuple[Bucket, ...]


class History:
    """A series, of which any moment sees what began before it."""

    def __init__(self, buckets: Buckets) -> None:
        """Condense it once for all moments."""
        self._fine, self._hours = buckets, condense(buckets)
        self._starts = [bucket.start for bucket in buckets]
        self._hour_starts = [bucket.start for bucket in self._hours]

    def until(self, now: datetime) -> Buckets:
        """Return hours until a day before the last full hour, and five-minute buckets from there until now."""
        seconds = now.timestamp()
        fine_since = datetime.fromtimestamp(seconds - seconds % HOUR.total_seconds(), UTC) - FINE
        hours = self._hours[: bisect_left(self._hour_starts, fine_since)]
        return hours + self._fine[bisect_left(self._starts, fine_since) : bisect_left(self._starts, now)]
