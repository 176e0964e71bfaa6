"""Intervals at 95 % for shares of yes, by whole groups: what one pod or one life does is not independent of itself."""

from collections.abc import Iterable, Sequence
from random import Random

RESAMPLES = 2000
SEED = 20260105


def grouped(answers: Iterable[tuple[str, bool]]) -> list[list[bool]]:
    """Return the answers by the group whose name stands beside each."""
    groups: dict[str, list[bool]] = {}
    for name, answer in answers:
        groups.setdefault(name, []).append(answer)
    return list(groups.values())


def share_interval(groups: Sequence[Sequence[bool]]) -> tuple[float, float]:
    """Return the interval of the share of yes among all answers, by resampling whole groups; there must be one."""
    yes, total = sum(map(sum, groups)), sum(map(len, groups))
    if yes in {0, total}:  # resampling would see no doubt where there is plenty
        return _wilson(yes // total, len(groups))
    dice = Random(SEED)  # noqa: S311 - resampling, no secret
    counts = [(sum(group), len(group)) for group in groups]
    shares = sorted(_share(dice.choices(counts, k=len(counts))) for _ in range(RESAMPLES))
    return shares[round(0.025 * RESAMPLES)], shares[round(0.975 * RESAMPLES) - 1]


def _share(counts: Sequence[tuple[int, int]]) -> float:
    return sum(yes for yes, _ in counts) / sum(total for _, total in counts)


def _wilson(share: int, groups: int) -> tuple[float, float]:
    """Return Wilson's interval for a share of none (0) or all (1) among so many groups."""
    margin = 1.96**2 / (groups + 1.96**2)
    return (0.0, margin) if share == 0 else (1 - margin, 1.0)
