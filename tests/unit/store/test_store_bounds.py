"""That no table can grow without anybody having thought of it."""

from pathlib import Path

from sqlalchemy import event

from bot.store import schema
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.tables import Base
from tests.unit.store.records import NOON

OPERATORS = Path(__file__).parents[3] / "docs" / "operators.md"
PRUNED_WITH_THEIR_SUBMISSION = {"hostnames"}
ONE_ROW_A_PERSON = {"subjects"}


def test_operators_can_look_up_how_long_each_table_keeps_what() -> None:
    """The page for operators names every table and no other."""
    rows = [line for line in OPERATORS.read_text().splitlines() if line.startswith("| `")]
    named = {line.split("`")[1] for line in rows}

    assert set(Base.metadata.tables) <= named


def test_every_table_is_pruned_or_bounded_by_something_else() -> None:
    """A table that is added is pruned as well, or has a reason not to be, which is said here."""
    engine = open_engine("sqlite://")
    schema.upgrade(engine)
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))

    SqlLedger(engine).prune(before=NOON)
    engine.dispose()

    pruned = {statement.split()[2] for statement in said if statement.startswith("DELETE FROM")}
    assert pruned == set(Base.metadata.tables) - PRUNED_WITH_THEIR_SUBMISSION - ONE_ROW_A_PERSON
