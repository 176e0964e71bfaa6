"""What checks and reminders remember, in a SQL database."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Delete, Engine, delete, func, insert, or_, select, update

from bot.domain.answers import Preferences, Response
from bot.domain.base import DeploymentId, Frozen
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.notices import OPEN_STATES, Notice, NoticeId, NoticeState
from bot.domain.operation import Breaker, Mode, Obstacle, Outcome, PolicyVersion, Run
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery, Exemption, Keep
from bot.store.case_tables import (
    BreakerRow,
    EpisodeRow,
    ExemptionRow,
    FactRow,
    KeepRow,
    LeaseRow,
    NoticeItemRow,
    NoticeRow,
    PolicyRow,
    PreferencesRow,
    ResponseRow,
    RunRow,
    SightingRow,
    TellingRow,
)
from bot.store.rows import columns_of, decode, encode, put, put_new
from bot.store.rules import email_key
from bot.store.tables import AuditRow
from bot.store.transactions import reading, writing

_MODE = "mode"
_OPEN = [state.value for state in OPEN_STATES]
_MOST_AT_ONCE = 400

Record = TypeVar("Record", bound=Frozen)
T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SqlCaseBook:
    """Implements the case book on SQLite and PostgreSQL. Every method is one short transaction."""

    engine: Engine

    # Who is at work.

    def lease(self, job: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Take or renew the right to do a job until then; False while somebody else has it."""
        is_free = or_(LeaseRow.holder == holder, LeaseRow.until <= now)
        taking = update(LeaseRow).where(LeaseRow.job == job, is_free).values(holder=holder, until=until)
        with writing(self.engine) as connection:
            if put_new(connection, LeaseRow, {"job": job, "holder": holder, "until": until}):
                return True
            return connection.execute(taking).rowcount == 1

    def release(self, job: str, holder: str) -> None:
        """Give the right back; it is fine if it is somebody else's by now."""
        self._delete(delete(LeaseRow).where(LeaseRow.job == job, LeaseRow.holder == holder))

    def begin_run(self, run: Run) -> None:
        """Record that a run has begun; the last one of the same job that never ended is closed as failed."""
        left = (RunRow.job == run.job, RunRow.outcome == Outcome.RUNNING.value)
        closed = {"outcome": Outcome.FAILED.value, "ended_at": run.started_at, "detail": "it never ended"}
        with writing(self.engine) as connection:
            connection.execute(update(RunRow).where(*left).values(**closed))
            put(connection, RunRow, encode(run))

    def end_run(self, run: Run) -> None:
        """Record what came of it."""
        with writing(self.engine) as connection:
            put(connection, RunRow, encode(run))

    def last_runs(self) -> Mapping[str, Run]:
        """Return the newest ended run of each job that was not left to another process."""
        is_done = (RunRow.ended_at.is_not(None), RunRow.outcome != Outcome.SKIPPED.value)
        newest = select(RunRow.job, func.max(RunRow.started_at).label("at")).where(*is_done).group_by(RunRow.job)
        latest = newest.subquery()
        is_it = (RunRow.job == latest.c.job) & (RunRow.started_at == latest.c.at)
        with reading(self.engine) as connection:
            rows = connection.execute(select(*columns_of(RunRow, Run)).join(latest, is_it)).mappings().all()
        return {run.job: run for run in decode(Run, rows)}

    # Findings.

    def open_episodes(self) -> tuple[Episode, ...]:
        """Return every episode that lasts, the oldest first."""
        return self._episodes(EpisodeRow.resolved_at.is_(None))

    def episodes_of(self, deployments: Collection[DeploymentId]) -> tuple[Episode, ...]:
        """Return the episodes of these deployments, also those that ended, the oldest first."""
        found = [
            episode
            for chunk in _chunks(sorted(set(deployments)))
            for episode in self._episodes(EpisodeRow.deployment.in_(chunk))
        ]
        return tuple(sorted(found, key=lambda each: (each.opened_at, each.id)))

    def episode(self, episode: EpisodeId) -> Episode | None:
        """Return an episode, or None."""
        return next(iter(self._episodes(EpisodeRow.id == episode)), None)

    def save_episodes(self, episodes: Iterable[Episode]) -> None:
        """Insert or replace episodes, all or none."""
        given = list(episodes)
        if not given:
            return
        with writing(self.engine) as connection:
            for episode in given:
                put(connection, EpisodeRow, _episode_values(episode))

    def deliveries(self, episodes: Collection[EpisodeId]) -> Mapping[EpisodeId, tuple[Delivery, ...]]:
        """Return what was told of each of these episodes, oldest first; those never told are left out."""
        found: dict[EpisodeId, list[Delivery]] = {}
        columns = columns_of(TellingRow, Delivery)
        with reading(self.engine) as connection:
            for chunk in _chunks(sorted(set(episodes))):
                wanted = select(*columns).where(TellingRow.episode.in_(chunk)).order_by(TellingRow.at, TellingRow.step)
                for each in decode(Delivery, connection.execute(wanted).mappings().all()):
                    found.setdefault(each.episode, []).append(each)
        return {episode: tuple(told) for episode, told in found.items()}

    def first_seen(self, instances: Collection[str], *, now: datetime) -> Mapping[str, datetime]:
        """Return when each run of a deployment was first seen, which is `now` for those that are new."""
        wanted = sorted(set(instances))
        found = self._sightings(wanted)
        new = [each for each in wanted if each not in found]
        if new:
            with writing(self.engine) as connection:
                for each in new:
                    put_new(connection, SightingRow, {"instance": each, "at": now})
            found |= self._sightings(new)
        return found

    # The outbox.

    def plan_notice(self, notice: Notice) -> bool:
        """Insert a notice, or replace a dropped one; False if there is another of the same e-mail and day already."""
        is_same = (NoticeRow.email_key == email_key(notice.email), NoticeRow.day == notice.day.isoformat())
        with writing(self.engine) as connection:
            connection.execute(delete(NoticeRow).where(*is_same, NoticeRow.state == NoticeState.DROPPED.value))
            if not put_new(connection, NoticeRow, _notice_values(notice)):
                return False
            _put_items(connection, notice)
            return True

    def claim_notice(self, notice: NoticeId, *, by: str, now: datetime, until: datetime) -> Notice | None:
        """Claim a notice that is planned, or whose claim has lapsed, for one process; None if it cannot be had."""
        is_free = or_(
            NoticeRow.state == NoticeState.PLANNED.value,
            NoticeRow.claimed_until.is_(None),
            NoticeRow.claimed_until <= now,
        )
        is_it = (NoticeRow.id == notice, NoticeRow.state.in_(_OPEN), is_free)
        with writing(self.engine) as connection:
            taken = connection.execute(update(NoticeRow).where(*is_it).values(claimed_by=by, claimed_until=until))
            known = self._notice(connection, NoticeRow.id == notice) if taken.rowcount == 1 else None
            if known is None:
                return None
            state = known.state if known.state is NoticeState.SENDING else NoticeState.CLAIMED
            claimed = known.model_copy(update={"state": state, "claimed_by": by, "claimed_until": until})
            put(connection, NoticeRow, _notice_values(claimed))
            return claimed

    def save_notice(
        self,
        notice: Notice,
        *,
        by: str = "",
        deliveries: Iterable[Delivery] = (),
        noting: AuditEntry | None = None,
    ) -> bool:
        """Replace a notice and record what it told, in one transaction, if it still is claimed by that process."""
        is_it = (NoticeRow.id == notice.id, NoticeRow.claimed_by == by)
        with writing(self.engine) as connection:
            if connection.execute(update(NoticeRow).where(*is_it).values(**_notice_values(notice))).rowcount != 1:
                return False
            connection.execute(delete(NoticeItemRow).where(NoticeItemRow.notice == notice.id))
            _put_items(connection, notice)
            for each in deliveries:
                put_new(connection, TellingRow, encode(each))
            _note(connection, noting)
            return True

    def open_notices(self) -> tuple[Notice, ...]:
        """Return the notices that are planned, claimed or being sent, oldest first."""
        return self._notices(NoticeRow.state.in_(_OPEN))

    def standing_notices(self) -> tuple[Notice, ...]:
        """Return the notices that were sent and are not closed yet, oldest first."""
        return self._notices(NoticeRow.state == NoticeState.SENT.value, NoticeRow.is_closed.is_(False))

    def notices_with(self, episode: EpisodeId) -> tuple[Notice, ...]:
        """Return the notices that were sent about an episode, oldest first."""
        about = select(NoticeItemRow.notice).where(NoticeItemRow.episode == episode)
        return self._notices(NoticeRow.state == NoticeState.SENT.value, NoticeRow.id.in_(about))

    def notice_of(self, email: str, day: date) -> Notice | None:
        """Return the notice of a person's day, or None."""
        is_it = (NoticeRow.email_key == email_key(email), NoticeRow.day == day.isoformat())
        return next(iter(self._notices(*is_it)), None)

    def last_told(self, email: str) -> datetime | None:
        """Return when the person was sent a digest last, or None."""
        newest = select(NoticeRow.sent_at).where(
            NoticeRow.email_key == email_key(email), NoticeRow.sent_at.is_not(None)
        )
        with reading(self.engine) as connection:
            return connection.scalar(newest.order_by(NoticeRow.sent_at.desc()).limit(1))

    # Answers.

    def respond(self, response: Response, *, keep: Keep | None = None, noting: AuditEntry | None = None) -> bool:
        """Record an answer with the keep that it stands for; False if the same click was recorded before."""
        values = {"key": response.key, "episode": response.episode, "at": response.at, "content": _content(response)}
        with writing(self.engine) as connection:
            if not put_new(connection, ResponseRow, values):
                return False
            if keep is not None:
                connection.execute(insert(KeepRow).values(**_keep_values(keep)))
            _note(connection, noting)
            return True

    def responses(self, episodes: Collection[EpisodeId]) -> tuple[Response, ...]:
        """Return the answers to these episodes, oldest first."""
        found = [
            each
            for chunk in _chunks(sorted(set(episodes)))
            for each in self._contents(Response, ResponseRow, ResponseRow.episode.in_(chunk), order=(ResponseRow.at,))
        ]
        return tuple(sorted(found, key=lambda each: each.at))

    def responses_since(self, since: datetime) -> tuple[Response, ...]:
        """Return all answers from then on, oldest first."""
        return self._contents(Response, ResponseRow, ResponseRow.at >= since, order=(ResponseRow.at, ResponseRow.key))

    def keeps(self, deployments: Collection[DeploymentId]) -> tuple[Keep, ...]:
        """Return every keep of these deployments, oldest first, also those that are over."""
        found = [
            each
            for chunk in _chunks(sorted(set(deployments)))
            for each in self._contents(Keep, KeepRow, KeepRow.deployment.in_(chunk), order=(KeepRow.number,))
        ]
        return tuple(sorted(found, key=lambda each: each.since))

    def end_keep(self, keep: Keep, *, now: datetime, noting: AuditEntry) -> None:
        """End a keep early."""
        is_it = (KeepRow.deployment == keep.deployment, KeepRow.since == keep.since, KeepRow.until == keep.until)
        ended = _keep_values(keep.model_copy(update={"until": now}))
        with writing(self.engine) as connection:
            connection.execute(update(KeepRow).where(*is_it).values(**ended))
            _note(connection, noting)

    def exemptions(self, *, now: datetime) -> tuple[Exemption, ...]:
        """Return the exemptions that hold now, oldest first."""
        return self._contents(Exemption, ExemptionRow, ExemptionRow.until > now, order=(ExemptionRow.since,))

    def exempt(self, exemption: Exemption, *, noting: AuditEntry) -> None:
        """Record an exemption; one of the same scope is replaced."""
        values = {
            "deployment": exemption.deployment or "",
            "owner_key": email_key(exemption.owner_email),
            "kind": exemption.kind.value if exemption.kind else "",
            "since": exemption.since,
            "until": exemption.until,
            "content": _content(exemption),
        }
        with writing(self.engine) as connection:
            put(connection, ExemptionRow, values)
            _note(connection, noting)

    def preferences(self, email: str) -> Preferences:
        """Return what a person wishes; the defaults if they never said."""
        found = self._contents(Preferences, PreferencesRow, PreferencesRow.email_key == email_key(email))
        return found[0] if found else Preferences(email=email)

    def save_preferences(self, preferences: Preferences) -> None:
        """Replace what a person wishes."""
        values = {"email_key": email_key(preferences.email), "content": _content(preferences)}
        with writing(self.engine) as connection:
            put(connection, PreferencesRow, values)

    # How it is run.

    def mode(self) -> Mode:
        """Return how reminders are run; the default of a new installation is the shadow mode."""
        text = self.remembered(_MODE)
        return Mode.model_validate_json(text) if text else Mode()

    def save_mode(self, mode: Mode, *, noting: AuditEntry) -> None:
        """Replace how reminders are run."""
        with writing(self.engine) as connection:
            put(connection, FactRow, {"key": _MODE, "value": mode.model_dump_json()})
            _note(connection, noting)

    def policies(self) -> tuple[PolicyVersion, ...]:
        """Return the policies that have been in force, newest first."""
        return self._contents(PolicyVersion, PolicyRow, order=(PolicyRow.active_from.desc(),))

    def adopt(self, policy: PolicyVersion) -> None:
        """Record that a policy is in force from then on."""
        values = {"active_from": policy.active_from, "version": policy.version, "content": _content(policy)}
        with writing(self.engine) as connection:
            put(connection, PolicyRow, values)

    def breakers(self) -> tuple[Breaker, ...]:
        """Return what holds reminders back, the oldest first."""
        return tuple(sorted(self._contents(Breaker, BreakerRow), key=lambda each: each.since))

    def trip(self, breaker: Breaker) -> None:
        """Insert or replace an obstacle."""
        with writing(self.engine) as connection:
            put(connection, BreakerRow, {"obstacle": breaker.obstacle.name, "content": _content(breaker)})

    def clear(self, obstacle: Obstacle) -> None:
        """Remove an obstacle; it is fine if there is none."""
        self._delete(delete(BreakerRow).where(BreakerRow.obstacle == obstacle.name))

    def remembered(self, key: str) -> str:
        """Return a small fact under a name, empty if there is none."""
        with reading(self.engine) as connection:
            return connection.scalar(select(FactRow.value).where(FactRow.key == key)) or ""

    def remember(self, key: str, value: str) -> None:
        """Replace a small fact."""
        with writing(self.engine) as connection:
            put(connection, FactRow, {"key": key, "value": value})

    def prune(self, *, before: datetime) -> int:
        """Delete what ended before then, and what was about it; return how many rows went."""
        episodes, notices = select(EpisodeRow.id), select(NoticeRow.id)
        statements = (
            delete(EpisodeRow).where(EpisodeRow.resolved_at < before),
            delete(NoticeRow).where(NoticeRow.created_at < before, NoticeRow.state.not_in(_OPEN)),
            delete(NoticeItemRow).where(NoticeItemRow.notice.not_in(notices)),
            delete(TellingRow).where(TellingRow.at < before, TellingRow.episode.not_in(episodes)),
            delete(ResponseRow).where(ResponseRow.at < before, ResponseRow.episode.not_in(episodes)),
            delete(KeepRow).where(KeepRow.until < before),
            delete(ExemptionRow).where(ExemptionRow.until < before),
            delete(SightingRow).where(SightingRow.at < before),
            delete(RunRow).where(RunRow.ended_at < before),
        )
        return sum(self._delete(statement) for statement in statements)

    # How it is done.

    def _episodes(self, *conditions: ColumnElement[bool]) -> tuple[Episode, ...]:
        return self._contents(Episode, EpisodeRow, *conditions, order=(EpisodeRow.opened_at, EpisodeRow.id))

    def _sightings(self, instances: list[str]) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        with reading(self.engine) as connection:
            for chunk in _chunks(instances):
                wanted = select(SightingRow.instance, SightingRow.at).where(SightingRow.instance.in_(chunk))
                found |= {row.instance: row.at for row in connection.execute(wanted)}
        return found

    def _notices(self, *conditions: ColumnElement[bool]) -> tuple[Notice, ...]:
        order = (NoticeRow.created_at, NoticeRow.id)
        statement = select(NoticeRow).with_only_columns(*_NOTICE_COLUMNS).where(*conditions).order_by(*order)
        with reading(self.engine) as connection:
            rows = connection.execute(statement).mappings().all()
        return _read(Notice, (_notice_content(row) for row in rows))

    def _notice(self, connection: Connection, is_it: ColumnElement[bool]) -> Notice | None:
        rows = connection.execute(select(*_NOTICE_COLUMNS).where(is_it)).mappings().all()
        return next(iter(_read(Notice, (_notice_content(row) for row in rows))), None)

    def _contents(
        self, record: type[Record], row: Any, *conditions: ColumnElement[bool], order: tuple[Any, ...] = ()
    ) -> tuple[Record, ...]:
        statement = select(row.content).where(*conditions).order_by(*order)
        with reading(self.engine) as connection:
            found = connection.scalars(statement).all()
        return _read(record, found)

    def _delete(self, statement: Delete) -> int:
        with writing(self.engine) as connection:
            return connection.execute(statement).rowcount


_NOTICE_COLUMNS = (NoticeRow.content, NoticeRow.claimed_by, NoticeRow.claimed_until)


def _read(record: type[Record], contents: Iterable[Any]) -> tuple[Record, ...]:
    """Return what was kept as records, leaving out those that other code wrote and this one cannot read."""
    found = []
    for content in contents:
        try:
            found.append(record.model_validate_json(json.dumps(content)))
        except ValidationError as error:
            faults = [(".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors(include_input=False)]
            log.error("row cannot be read", record=record.__name__, faults=faults)  # noqa: TRY400 - never its text
    return tuple(found)


def _content(record: Frozen) -> dict[str, Any]:
    content: dict[str, Any] = record.model_dump(mode="json")
    return content


def _notice_content(row: Any) -> dict[str, Any]:
    until = row["claimed_until"]
    return {**row["content"], "claimed_by": row["claimed_by"], "claimed_until": until and until.isoformat()}


def _episode_values(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "deployment": episode.deployment,
        "instance": episode.instance,
        "kind": episode.kind.name,
        "number": episode.number,
        "owner_key": email_key(episode.owner_email),
        "opened_at": episode.opened_at,
        "resolved_at": episode.resolved_at,
        "content": _content(episode),
    }


def _notice_values(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "email_key": email_key(notice.email),
        "day": notice.day.isoformat(),
        "state": notice.state.value,
        "claimed_by": notice.claimed_by,
        "claimed_until": notice.claimed_until,
        "is_closed": notice.is_closed,
        "created_at": notice.created_at,
        "sent_at": notice.sent_at,
        "content": _content(notice),
    }


def _keep_values(keep: Keep) -> dict[str, Any]:
    return {"deployment": keep.deployment, "since": keep.since, "until": keep.until, "content": _content(keep)}


def _put_items(connection: Connection, notice: Notice) -> None:
    for episode in {item.episode.id for item in notice.items}:
        put_new(connection, NoticeItemRow, {"episode": episode, "notice": notice.id})


def _note(connection: Connection, entry: AuditEntry | None) -> None:
    if entry is not None:
        connection.execute(insert(AuditRow).values(encode(entry)))


def _chunks(items: list[T]) -> Iterator[list[T]]:
    for first in range(0, len(items), _MOST_AT_ONCE):
        yield items[first : first + _MOST_AT_ONCE]
