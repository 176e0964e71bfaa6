"""The outbox, in a SQL database: the unique key of a person's day makes one notice of many."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, or_, select, update

from bot.domain.episodes import EpisodeId
from bot.domain.notices import OPEN_STATES, Notice, NoticeId, NoticeState
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery
from bot.store.case_contents import content_of, records
from bot.store.case_tables import NoticeItemRow, NoticeRow, TellingRow
from bot.store.rows import encode, note, put, put_all_new, put_new
from bot.store.rules import email_key
from bot.store.transactions import reading, writing

OPEN = tuple(state.value for state in OPEN_STATES)
_COLUMNS = (NoticeRow.content, NoticeRow.claimed_by, NoticeRow.claimed_until)


class SqlOutbox:
    """The part of the case book that knows the notices."""

    __slots__ = ()

    engine: Engine

    def plan_notice(self, notice: Notice) -> bool:
        """Insert a notice, or replace a dropped one; False if there is another of the same e-mail and day already."""
        is_same = (NoticeRow.email_key == email_key(notice.email), NoticeRow.day == notice.day.isoformat())
        with writing(self.engine) as connection:
            dropped = select(NoticeRow.id).where(*is_same, NoticeRow.state == NoticeState.DROPPED.value)
            connection.execute(delete(NoticeItemRow).where(NoticeItemRow.notice.in_(dropped)))
            connection.execute(delete(NoticeRow).where(NoticeRow.id.in_(dropped)))
            if not put_new(connection, NoticeRow, _values(notice)):
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
        is_it = (NoticeRow.id == notice, NoticeRow.state.in_(OPEN), is_free)
        with writing(self.engine) as connection:
            taken = connection.execute(update(NoticeRow).where(*is_it).values(claimed_by=by, claimed_until=until))
            known = _notice(connection, notice) if taken.rowcount == 1 else None
            if known is None:
                return None
            state = known.state if known.state is NoticeState.SENDING else NoticeState.CLAIMED
            claimed = known.model_copy(update={"state": state, "claimed_by": by, "claimed_until": until})
            put(connection, NoticeRow, _values(claimed))
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
            if connection.execute(update(NoticeRow).where(*is_it).values(**_values(notice))).rowcount != 1:
                return False
            connection.execute(delete(NoticeItemRow).where(NoticeItemRow.notice == notice.id))
            _put_items(connection, notice)
            for each in deliveries:
                put_new(connection, TellingRow, encode(each))
            note(connection, noting)
            return True

    def open_notices(self) -> tuple[Notice, ...]:
        """Return the notices that are planned, claimed or being sent, oldest first."""
        return self._notices(NoticeRow.state.in_(OPEN))

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

    def _notices(self, *conditions: ColumnElement[bool]) -> tuple[Notice, ...]:
        statement = select(*_COLUMNS).where(*conditions).order_by(NoticeRow.created_at, NoticeRow.id)
        with reading(self.engine) as connection:
            rows = connection.execute(statement).mappings().all()
        return records(Notice, (_content(row) for row in rows))


def _notice(connection: Connection, notice: NoticeId) -> Notice | None:
    rows = connection.execute(select(*_COLUMNS).where(NoticeRow.id == notice)).mappings().all()
    return next(iter(records(Notice, (_content(row) for row in rows))), None)


def _content(row: Any) -> dict[str, Any]:
    until = row["claimed_until"]
    return {**row["content"], "claimed_by": row["claimed_by"], "claimed_until": until and until.isoformat()}


def _values(notice: Notice) -> dict[str, Any]:
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
        "content": content_of(notice),
    }


def _put_items(connection: Connection, notice: Notice) -> None:
    episodes = sorted({item.episode.id for item in notice.items})
    put_all_new(connection, NoticeItemRow, [{"episode": each, "notice": notice.id} for each in episodes])
