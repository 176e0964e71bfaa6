"""What a GPU model draws at rest, learned from samples that show no utilisation: unknown until enough are there."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.telemetry import PowerBand

MOST_QUIET = 0.05
"""Of the power drawn at 0 % so small a share is surely rest: kernels may run between two looks at the others."""
MARGIN = 0.1
"""How much of the most that a model may draw is added: a card that holds memory draws more, and does nothing."""
LEAST_MARGIN = 20.0
"""So many watts are added at least: what a context that only waits draws does not shrink with a card's limit."""
ENOUGH = 500


def learn(model: str, watts: Iterable[float], *, limit: float | None, now: datetime) -> PowerBand | None:
    """Return the power up to which a model is at rest; None without its limit, or with too few samples.

    `watts` are those of samples in which the utilisation was 0, `limit` is the most that the model may draw.
    """
    drawn = sorted(watts)
    if limit is None or limit <= 0 or len(drawn) < ENOUGH:
        return None
    quiet = drawn[int(len(drawn) * MOST_QUIET)]
    margin = max(MARGIN * limit, LEAST_MARGIN)
    return PowerBand(model=model, idle_watts=quiet + margin, samples=len(drawn), learned_at=now)
