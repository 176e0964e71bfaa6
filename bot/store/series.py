"""Which number stands for a series in the tables of measured use, and which of them live."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, tuple_, update

from bot.domain.telemetry import Series
from bot.store.columns import as_kept
from bot.store.rows import chunks, put_all_new
from bot.store.transactions import reading, writing
from bot.store.use_rows import seconds
from bot.store.use_tables import BucketRow, SeriesRow

NOTED_EVERY = timedelta(hours=1)
"""So much may pass until it is written down that a series still lives: a row need not change every minute."""


def numbers_of(connection: Connection, series: Collection[Series], *, at: datetime) -> dict[Series, int]:
    """Return the number of each series, new ones included, and note that they live."""
    known = known_numbers(connection, series)
    # In one order, or two processes could each wait for a row that the other has made.
    new = sorted((each for each in series if each not in known), key=_key)
    rows = [{"allocation": each.allocation, "device": each.device, "last_at": seconds(at)} for each in new]
    put_all_new(connection, SeriesRow, rows)
    known |= known_numbers(connection, new)
    is_noted = SeriesRow.last_at >= seconds(at - NOTED_EVERY)
    for chunk in chunks(sorted(known.values())):
        living = update(SeriesRow).where(SeriesRow.number.in_(chunk), ~is_noted)
        connection.execute(living.values(last_at=seconds(at)))
    return known


def known_numbers(connection: Connection, series: Collection[Series]) -> dict[Series, int]:
    """Return the number of each of these series that was ever measured."""
    key = tuple_(SeriesRow.allocation, SeriesRow.device)
    found: dict[tuple[str, str], int] = {}
    for chunk in chunks([_key(each) for each in series]):
        wanted = select(SeriesRow.allocation, SeriesRow.device, SeriesRow.number).where(key.in_(chunk))
        found |= {(allocation, device): number for allocation, device, number in connection.execute(wanted)}
    return {each: found[_key(each)] for each in series if _key(each) in found}


def series_of(connection: Connection, numbers: Collection[int]) -> dict[int, Series]:
    """Return the series of these numbers."""
    found: dict[int, Series] = {}
    for chunk in chunks(sorted(numbers)):
        wanted = select(SeriesRow.number, SeriesRow.allocation, SeriesRow.device).where(SeriesRow.number.in_(chunk))
        for number, allocation, device in connection.execute(wanted):
            found[number] = Series(allocation=allocation, device=device)
    return found


def forget_empty(engine: Engine, *, before: datetime) -> None:
    """Delete series that were measured before then and have nothing left, a few at a time."""
    is_empty = ~select(BucketRow.series).where(BucketRow.series == SeriesRow.number).exists()
    # What is written down may be an hour older than what was measured.
    is_over = SeriesRow.last_at < seconds(before - NOTED_EVERY)
    with reading(engine) as connection:
        gone = connection.scalars(select(SeriesRow.number).where(is_over, is_empty)).all()
    for chunk in chunks(gone):
        with writing(engine) as connection:
            connection.execute(delete(SeriesRow).where(SeriesRow.number.in_(chunk), is_over, is_empty))


def _key(series: Series) -> tuple[str, str]:
    return as_kept(series.allocation), as_kept(series.device)
