"""Records to rows and back: a column keeps a field, nested values are JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import Column, Connection, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.base import Frozen
from bot.store.tables import Base

log = structlog.get_logger(__name__)

Record = TypeVar("Record", bound=Frozen)


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
    statement = _insertion(connection, row, values)
    replaced = {name: statement.excluded[name] for name in values if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=replaced))


def put_new(connection: Connection, row: type[Base], values: dict[str, Any]) -> bool:
    """Insert the row; False if there is one with the same primary key, also one that wins a race."""
    statement = _insertion(connection, row, values).on_conflict_do_nothing()
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1


def _decode_one(record: type[Record], row: RowMapping) -> Record | None:
    try:
        return record.model_validate(dict(row))
    except ValidationError as error:
        # Which fields are wrong and how, never what stands in them.
        faults = [(".".join(map(str, fault["loc"])), fault["type"]) for fault in error.errors(include_input=False)]
        key = row.get("deployment") or row.get("id")
        log.error("row cannot be read", record=record.__name__, key=key, faults=faults)  # noqa: TRY400 - as said above
        return None


def _insertion(connection: Connection, row: type[Base], values: dict[str, Any]) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(row).values(values)
    return sqlite.insert(row).values(values)
