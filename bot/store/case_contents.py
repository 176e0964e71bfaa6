"""Records whose row keeps them whole as JSON, beside the columns that they are found and ordered by."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Engine, select

from bot.domain.base import Frozen
from bot.store.rows import faults_of
from bot.store.transactions import reading

Record = TypeVar("Record", bound=Frozen)

log = structlog.get_logger(__name__)


def content_of(record: Frozen) -> dict[str, Any]:
    """Return a record as the JSON that its row keeps."""
    content: dict[str, Any] = record.model_dump(mode="json")
    return content


def contents(
    engine: Engine, record: type[Record], row: Any, *conditions: ColumnElement[bool], order: tuple[Any, ...] = ()
) -> tuple[Record, ...]:
    """Return the records of the rows that fulfil all conditions."""
    statement = select(row.content).where(*conditions).order_by(*order)
    with reading(engine) as connection:
        found = connection.scalars(statement).all()
    return records(record, found)


def records(record: type[Record], kept: Iterable[Any]) -> tuple[Record, ...]:
    """Return what was kept as records, leaving out those that other code wrote and this one cannot read."""
    found = []
    for content in kept:
        try:
            found.append(record.model_validate_json(json.dumps(content)))
        except ValidationError as error:
            log.error("row cannot be read", record=record.__name__, faults=faults_of(error))  # noqa: TRY400 - never its text
    return tuple(found)
