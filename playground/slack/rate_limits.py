"""Slack's rate limits as token buckets on the workspace's clock."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from playground.clock import Clock
from playground.slack.wire import RateLimited


class Tier(Enum):
    """Calls per minute and method; the special tier has its own rules per method."""

    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 600


POSTS_PER_CHANNEL = 1.0  # a second; Slack: "about one message per second per channel"
POSTS_BURST = 5.0  # "short bursts beyond that are tolerated" without a number; ours


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class RateLimits:
    """Count calls per key; the caller holds the state's lock."""

    def __init__(self, clock: Clock, *, enabled: bool) -> None:
        self._clock = clock
        self.enabled = enabled
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, method: str, tier: Tier) -> None:
        """Count one call of a method; over the limit it is refused with the seconds to wait."""
        self._spend(method, capacity=float(tier.value), per_second=tier.value / 60)

    def spend_post(self, channel: str) -> None:
        """Count one new message in a channel."""
        self._spend(f"chat.postMessage in {channel}", capacity=POSTS_BURST, per_second=POSTS_PER_CHANNEL)

    def _spend(self, key: str, *, capacity: float, per_second: float) -> None:
        if not self.enabled:
            return
        now = self._clock.now()
        bucket = self._buckets.setdefault(key, _Bucket(capacity, now))
        elapsed = (now - bucket.filled_at).total_seconds()
        bucket.tokens = min(capacity, bucket.tokens + elapsed * per_second)
        bucket.filled_at = now
        if bucket.tokens < 1:
            raise RateLimited(max(1, math.ceil((1 - bucket.tokens) / per_second)))
        bucket.tokens -= 1
