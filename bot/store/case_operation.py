"""How reminders are run, in a SQL database."""

import structlog
from pydantic import ValidationError
from sqlalchemy import Engine, delete, select

from bot.domain.operation import Breaker, Mode, Obstacle, PolicyVersion
from bot.domain.records import AuditEntry
from bot.store.case_contents import content_of, contents
from bot.store.case_tables import BreakerRow, FactRow, PolicyRow
from bot.store.rows import note, put
from bot.store.transactions import reading, writing

_MODE = "mode"

log = structlog.get_logger(__name__)


class SqlOperation:
    """The part of the case book that knows mode, policies and obstacles."""

    __slots__ = ()

    engine: Engine

    def mode(self) -> Mode:
        """Return how reminders are run; the default of a new installation is the shadow mode."""
        text = self.remembered(_MODE)
        try:
            return Mode.model_validate_json(text) if text else Mode()
        except ValidationError:
            log.error("mode cannot be read, so owners are told nothing")  # noqa: TRY400 - never its text
            return Mode()

    def save_mode(self, mode: Mode, *, noting: AuditEntry) -> None:
        """Replace how reminders are run."""
        with writing(self.engine) as connection:
            put(connection, FactRow, {"key": _MODE, "value": mode.model_dump_json()})
            note(connection, noting)

    def policies(self) -> tuple[PolicyVersion, ...]:
        """Return the policies that have been in force, newest first."""
        return contents(self.engine, PolicyVersion, PolicyRow, order=(PolicyRow.active_from.desc(),))

    def adopt(self, policy: PolicyVersion) -> None:
        """Record that a policy is in force from then on."""
        values = {"active_from": policy.active_from, "version": policy.version, "content": content_of(policy)}
        with writing(self.engine) as connection:
            put(connection, PolicyRow, values)

    def breakers(self) -> tuple[Breaker, ...]:
        """Return what holds reminders back, the oldest first."""
        return tuple(sorted(contents(self.engine, Breaker, BreakerRow), key=lambda each: each.since))

    def trip(self, breaker: Breaker, *, noting: AuditEntry | None = None) -> None:
        """Insert or replace an obstacle."""
        with writing(self.engine) as connection:
            put(connection, BreakerRow, {"obstacle": breaker.obstacle.name, "content": content_of(breaker)})
            note(connection, noting)

    def clear(self, obstacle: Obstacle) -> None:
        """Remove an obstacle; it is fine if there is none."""
        with writing(self.engine) as connection:
            connection.execute(delete(BreakerRow).where(BreakerRow.obstacle == obstacle.name))

    def remembered(self, key: str) -> str:
        """Return a small fact under a name, empty if there is none."""
        with reading(self.engine) as connection:
            return connection.scalar(select(FactRow.value).where(FactRow.key == key)) or ""

    def remember(self, key: str, value: str) -> None:
        """Replace a small fact."""
        with writing(self.engine) as connection:
            put(connection, FactRow, {"key": key, "value": value})
