"""That no table can grow without anybody having thought of it."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from bot.domain.telemetry import Series
from bot.domain.usage import BUCKET, HOUR, Bucket, Sample
from bot.store import schema
from bot.store.case_book import SqlCaseBook
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.measurements import SqlMeasurements
from bot.store.metadata import METADATA
from tests.unit.store.records import DAY, NOON

OPERATORS = Path(__file__).parents[3] / "docs" / "operators.md"
LATER = NOON + DAY
PRUNED_WITH_THEIR_SUBMISSION = {"hostnames"}
ONE_ROW_A_PERSON = {"subjects", "preferences"}
ONE_ROW_A_THING = {"power_bands", "leases", "policies", "breakers", "facts"}
"""GPU models, jobs, changes of the policy, obstacles and names that the code gives: all few."""


def bucket(length: timedelta) -> Bucket:
    """Return a bucket of noon."""
    return Bucket(start=NOON, length=length, present=1, active=0, first_at=NOON, last_at=NOON)


def test_operators_can_look_up_how_long_each_table_keeps_what() -> None:
    """The page for operators names every table and no other."""
    rows = [line for line in OPERATORS.read_text().splitlines() if line.startswith("| `")]
    named = {line.split("`")[1] for line in rows}

    assert set(METADATA.tables) <= named


def test_every_table_is_pruned_or_bounded_by_something_else() -> None:
    """A table that is added is pruned as well, or has a reason not to be, which is said here."""
    engine = open_engine("sqlite://")
    schema.upgrade(engine)
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))

    SqlLedger(engine).prune(before=NOON)
    SqlCaseBook(engine).prune(before=NOON)
    SqlMeasurements(engine).add([(Series(allocation="a"), Sample(at=NOON, percent=0.0))])
    SqlMeasurements(engine).put_buckets({Series(allocation="a"): [bucket(BUCKET), bucket(HOUR)]})
    SqlMeasurements(engine).prune(samples_before=LATER, buckets_before=LATER, hours_before=LATER)
    engine.dispose()

    pruned = {statement.split()[2] for statement in said if statement.startswith("DELETE FROM")}
    bounded = PRUNED_WITH_THEIR_SUBMISSION | ONE_ROW_A_PERSON | ONE_ROW_A_THING
    assert pruned == set(METADATA.tables) - bounded
