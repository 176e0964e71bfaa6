"""Records to rows and back: a column keeps a field, nested values are JSON."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, insert, or_
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.base import Frozen
from bot.domain.records import AuditEntry
from bot.store.tables import AuditRow, Base

log = structlog.get_logger(__name__)

Record = TypeVar("Record", bound=Frozen)
T = TypeVar("T")

AT_ONCE = 400
"""Values to look for in one statement: enough that there are few statements, and far from what databases refuse."""


def table_of(row: type[Base]) -> Table:
    """Return the table of a row class, as what it is."""
    return Base.metadata.tables[row.__tablename__]


def columns_of(row: type[Base], record: type[Frozen]) -> list[Column[Any]]:
    """Return the columns that keep the record's fields."""
    return [column for column in table_of(row).columns if column.name in record.model_fields]


def encode(record: Frozen) -> dict[str, Any]:
    """Return the record as column values: times stay times, all else is what JSON can hold."""
    times = {name: value for name, value in record if isinstance(value, datetime)}
    return record.model_dump(mode="json") | times


def decode(record: type[Record], rows: Iterable[RowMapping]) -> tuple[Record, ...]:
    """Return the rows as records, leaving out those that other code wrote and this one cannot read."""
    decoded = (_decode_one(record, row) for row in rows)
    return tuple(value for value in decoded if value is not None)


def put(connection: Connection, row: type[Base], values: dict[str, Any]) -> None:
    """Insert the row, or replace the one with the same primary key."""
    keys = [column.name for column in row.__table__.primary_key]
    statement = _insertion(connection, row).values(values)
    replaced = {name: statement.excluded[name] for name in values if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=replaced))


def put_all(
    connection: Connection,
    row: type[Base],
    rows: Sequence[dict[str, Any]],
    *,
    where: ColumnElement[bool] | None = None,
    compare: Sequence[str] = (),
) -> None:
    """Insert rows that have the same columns, or replace those with the same primary key; the last one counts.

    A row that is there is replaced only if it fulfils `where`, or differs in one of the columns to compare.
    """
    if not rows:
        return
    keys = [column.name for column in row.__table__.primary_key]
    statement = _insertion(connection, row)
    replaced = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if compare:
        columns = row.__table__.columns
        where = or_(*(columns[name].is_distinct_from(statement.excluded[name]) for name in compare))
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=replaced, where=where), rows)


def put_all_new(connection: Connection, row: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert those rows, all with the same columns, that are not there yet."""
    if rows:
        connection.execute(_insertion(connection, row).on_conflict_do_nothing(), rows)


def put_new(connection: Connection, row: type[Base], values: dict[str, Any]) -> bool:
    """Insert the row; False if there is one with the same primary key, also one that wins a race."""
    statement = _insertion(connection, row).values(values).on_conflict_do_nothing()
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Return the items in portions that fit into one statement."""
    return (items[first : first + AT_ONCE] for first in range(0, len(items), AT_ONCE))


def faults_of(error: ValidationError) -> list[tuple[str, str]]:
    """Return which fields are wrong and how, never what stands in them."""
    return [(".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors(include_input=False)]


def note(connection: Connection, entry: AuditEntry | None) -> None:
    """Write a line into the audit log, in the transaction of what it is about."""
    if entry is not None:
        connection.execute(insert(AuditRow).values(encode(entry)))


def _decode_one(record: type[Record], row: RowMapping) -> Record | None:
    try:
        return record.model_validate(dict(row))
    except ValidationError as error:
        key = row.get("deployment") or row.get("id")
        log.error("row cannot be read", record=record.__name__, key=key, faults=faults_of(error))  # noqa: TRY400 - as said above
        return None


def _insertion(connection: Connection, row: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(row) if connection.dialect.name == "postgresql" else sqlite.insert(row)
