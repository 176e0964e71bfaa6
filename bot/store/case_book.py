"""What checks and reminders remember, in a SQL database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Delete, Engine, delete, select

from bot.store.case_answers import SqlAnswers
from bot.store.case_findings import SqlFindings
from bot.store.case_operation import SqlOperation
from bot.store.case_outbox import OPEN, SqlOutbox
from bot.store.case_runs import SqlRuns, outdated_runs
from bot.store.case_tables import (
    EpisodeRow,
    ExemptionRow,
    KeepRow,
    NoticeItemRow,
    NoticeRow,
    ResponseRow,
    SightingRow,
    TellingRow,
)
from bot.store.transactions import writing


@dataclass(frozen=True, slots=True)
class SqlCaseBook(SqlRuns, SqlFindings, SqlOutbox, SqlAnswers, SqlOperation):
    """Implements the case book on SQLite and PostgreSQL. Every method is one short transaction."""

    engine: Engine

    def prune(self, *, before: datetime) -> int:
        """Delete what ended before then, and what was about it; return how many rows went."""
        episodes, notices = select(EpisodeRow.id), select(NoticeRow.id)
        statements = (
            delete(EpisodeRow).where(EpisodeRow.resolved_at < before),
            delete(NoticeRow).where(NoticeRow.created_at < before, NoticeRow.state.not_in(OPEN)),
            delete(NoticeItemRow).where(NoticeItemRow.notice.not_in(notices)),
            delete(TellingRow).where(TellingRow.at < before, TellingRow.episode.not_in(episodes)),
            delete(ResponseRow).where(ResponseRow.at < before, ResponseRow.episode.not_in(episodes)),
            delete(KeepRow).where(KeepRow.until < before),
            delete(ExemptionRow).where(ExemptionRow.until < before),
            delete(SightingRow).where(SightingRow.asked_at < before),
            *outdated_runs(self.engine, before),
        )
        # Each on its own: one long transaction would keep whoever wants to write waiting for all of them.
        return sum(self._delete(statement) for statement in statements)

    def _delete(self, statement: Delete) -> int:
        with writing(self.engine) as connection:
            return connection.execute(statement).rowcount
