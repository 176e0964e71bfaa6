"""How a finding that was told came to rest: what its owner answered, and what happened by itself since."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from bot.domain.answers import Answer, Response
from bot.domain.episodes import Episode, Resolution
from bot.domain.letters import Settled, Settling
from bot.domain.records import StopRecord
from bot.domain.reminders import Exemption, Keep

V = TypeVar("V")

_BY_ITSELF = {
    Resolution.RESUMED: Settling.RESUMED,
    Resolution.CLEARED: Settling.CLEARED,
    Resolution.RESTARTED: Settling.RESTARTED,
    Resolution.ENDED: Settling.GONE,
    Resolution.WRONG: Settling.IN_USE,
}
_FOR_NOW = frozenset({Settling.KEPT, Settling.EXEMPT})


def settled_of(
    episode: Episode,
    *,
    responses: Iterable[Response],
    settled: Sequence[Keep | Exemption],
    stop: StopRecord | None,
    told_at: datetime | None,
    now: datetime,
) -> Settled | None:
    """Return how the episode came to rest since it was told, or None if it is still a question.

    A keep that is over answers what was told before it was given; what is told after it is a new question.
    """
    own = [each for each in responses if each.episode == episode.id]
    stopped = _last([each for each in own if each.answer is Answer.STOP])
    if stopped is not None:
        return Settled(how=Settling.STOPPED, at=stopped.at, by=stopped.by)
    if episode.resolved_at is not None and episode.resolution is not None:
        return _ended(episode, episode.resolution, episode.resolved_at, own, stop)
    disputed = _last([each for each in own if each.answer is Answer.IN_USE])
    if disputed is not None:
        return Settled(how=Settling.IN_USE, at=disputed.at, by=disputed.by)
    exempt = _last([each for each in settled if isinstance(each, Exemption) and each.covers(episode, now)])
    if exempt is not None:
        return Settled(how=Settling.EXEMPT, at=exempt.since, by=exempt.by, until=exempt.until)
    keeps = [each for each in settled if isinstance(each, Keep) and each.is_about(episode)]
    keep = max((each for each in keeps if _answers(each, episode, told_at, now)), key=_until, default=None)
    return Settled(how=Settling.KEPT, at=keep.since, by=keep.by, until=keep.until) if keep else None


def is_final(settled: Settled | None) -> bool:
    """Tell whether nothing more can come of a finding."""
    return settled is not None and settled.how not in _FOR_NOW


def _ended(
    episode: Episode, resolution: Resolution, at: datetime, own: Sequence[Response], stop: StopRecord | None
) -> Settled:
    if resolution is Resolution.ENDED and stop is not None and stop.at >= episode.opened_at:
        return Settled(how=Settling.STOPPED, at=stop.at, by=stop.slack_user)
    said = _last([each for each in own if each.answer is Answer.IN_USE])
    by = said.by if said is not None and resolution is Resolution.WRONG else ""
    return Settled(how=_BY_ITSELF[resolution], at=at, by=by)


def _answers(keep: Keep, episode: Episode, told_at: datetime | None, now: datetime) -> bool:
    return keep.covers(episode, now) or (told_at is not None and keep.since >= told_at)


def _until(keep: Keep) -> tuple[datetime, datetime]:
    return (keep.until, keep.since)


def _last(items: Sequence[V]) -> V | None:
    return items[-1] if items else None
