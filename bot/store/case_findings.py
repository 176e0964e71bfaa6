"""What was found, and what was told of it, in a SQL database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, select, update

from bot.domain.base import DeploymentId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.reminders import Delivery
from bot.store.case_contents import content_of, contents
from bot.store.case_tables import EpisodeRow, SightingRow, TellingRow
from bot.store.columns import as_kept
from bot.store.rows import chunks, columns_of, decode, put_all, put_all_new
from bot.store.rules import email_key
from bot.store.transactions import reading, writing

_NOTED_EVERY = timedelta(days=1)
"""So much may pass until it is written down that a run of a deployment was asked for again."""


class SqlFindings:
    """The part of the case book that knows the episodes."""

    __slots__ = ()

    engine: Engine

    def open_episodes(self) -> tuple[Episode, ...]:
        """Return every episode that lasts, the oldest first."""
        return self._episodes(EpisodeRow.resolved_at.is_(None))

    def episodes_of(self, deployments: Collection[DeploymentId]) -> tuple[Episode, ...]:
        """Return the episodes of these deployments, also those that ended, the oldest first."""
        found = [
            episode
            for chunk in chunks(sorted(set(deployments)))
            for episode in self._episodes(EpisodeRow.deployment.in_(chunk))
        ]
        return tuple(sorted(found, key=lambda each: (each.opened_at, each.id)))

    def episode(self, episode: EpisodeId) -> Episode | None:
        """Return an episode, or None."""
        return next(iter(self._episodes(EpisodeRow.id == episode)), None)

    def save_episodes(self, episodes: Iterable[Episode]) -> None:
        """Insert or replace episodes, all or none; one that ended stays as it ended."""
        # In one order, or two processes could each wait for an episode that the other has.
        given = sorted(episodes, key=lambda each: each.id)
        if not given:
            return
        with writing(self.engine) as connection:
            rows = [_values(episode) for episode in given]
            put_all(connection, EpisodeRow, rows, where=EpisodeRow.resolved_at.is_(None))

    def deliveries(self, episodes: Collection[EpisodeId]) -> Mapping[EpisodeId, tuple[Delivery, ...]]:
        """Return what was told of each of these episodes, oldest first; those never told are left out."""
        found: dict[EpisodeId, list[Delivery]] = {}
        columns = columns_of(TellingRow, Delivery)
        with reading(self.engine) as connection:
            for chunk in chunks(sorted(set(episodes))):
                wanted = select(*columns).where(TellingRow.episode.in_(chunk)).order_by(TellingRow.at, TellingRow.step)
                for each in decode(Delivery, connection.execute(wanted).mappings().all()):
                    found.setdefault(each.episode, []).append(each)
        return {episode: tuple(told) for episode, told in found.items()}

    def deliveries_since(self, since: datetime) -> tuple[Delivery, ...]:
        """Return everything that was told from then on, oldest first."""
        order = (TellingRow.at, TellingRow.episode, TellingRow.step)
        told = select(*columns_of(TellingRow, Delivery)).where(TellingRow.at >= since).order_by(*order)
        with reading(self.engine) as connection:
            return tuple(decode(Delivery, connection.execute(told).mappings().all()))

    def first_seen(self, instances: Collection[str], *, now: datetime) -> Mapping[str, datetime]:
        """Return when each run of a deployment was first seen, which is `now` for those that are new."""
        keys = sorted({as_kept(each) for each in instances})
        found = self._sightings(keys)
        new = [{"instance": each, "at": now, "asked_at": now} for each in keys if each not in found]
        stale = [key for key, (_, asked_at) in found.items() if asked_at < now - _NOTED_EVERY]
        if new or stale:
            with writing(self.engine) as connection:
                put_all_new(connection, SightingRow, new)
                for chunk in chunks(stale):
                    asked = update(SightingRow).where(SightingRow.instance.in_(chunk), SightingRow.asked_at < now)
                    connection.execute(asked.values(asked_at=now))
            found |= self._sightings([each["instance"] for each in new])
        return {each: found[as_kept(each)][0] for each in instances}

    def _episodes(self, *conditions: ColumnElement[bool]) -> tuple[Episode, ...]:
        return contents(self.engine, Episode, EpisodeRow, *conditions, order=(EpisodeRow.opened_at, EpisodeRow.id))

    def _sightings(self, keys: Sequence[Any]) -> dict[str, tuple[datetime, datetime]]:
        found: dict[str, tuple[datetime, datetime]] = {}
        with reading(self.engine) as connection:
            for chunk in chunks(keys):
                wanted = select(SightingRow.instance, SightingRow.at, SightingRow.asked_at)
                rows = connection.execute(wanted.where(SightingRow.instance.in_(chunk)))
                found |= {row.instance: (row.at, row.asked_at) for row in rows}
        return found


def _values(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "deployment": episode.deployment,
        "instance": episode.instance,
        "kind": episode.kind.name,
        "number": episode.number,
        "owner_key": email_key(episode.owner_email),
        "opened_at": episode.opened_at,
        "resolved_at": episode.resolved_at,
        "content": content_of(episode),
    }
