"""An audit entry that is given along is written together with what it tells of, or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.records import SubmissionState
from bot.errors import HostnameTaken
from bot.ports import Ledger
from bot.store import schema
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from tests.fakes.ledger import MemoryLedger
from tests.unit.store.records import audit_entry, stop, submission


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """Give an empty ledger of either kind."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    engine = open_engine(f"sqlite:///{tmp_path / 'bot.sqlite3'}")
    schema.upgrade(engine)
    yield SqlLedger(engine)
    engine.dispose()


def _actions(ledger: Ledger) -> list[str]:
    return [entry.action for entry in reversed(ledger.audit_log())]


def test_what_is_recorded_is_noted_with_it(ledger: Ledger) -> None:
    """Accepting, advancing and stopping each leave their own entry, in this order."""
    ledger.accept(submission(), noting=audit_entry("deploy requested"))
    ledger.advance(submission(state=SubmissionState.REGISTERED), noting=audit_entry("deployed"))
    ledger.record_stop(stop(), noting=audit_entry("stop"))
    ledger.record_stop(stop(is_done=True))

    assert _actions(ledger) == ["deploy requested", "deployed", "stop"]


def test_what_was_recorded_already_is_not_noted_again(ledger: Ledger) -> None:
    """A second acceptance of the same deployment changes nothing, the log included."""
    ledger.accept(submission(), noting=audit_entry("deploy requested"))

    assert not ledger.accept(submission(), noting=audit_entry("deploy requested"))
    assert _actions(ledger) == ["deploy requested"]


def test_what_is_refused_is_not_noted(ledger: Ledger) -> None:
    """A taken host name takes the entry back together with the submission."""
    ledger.accept(submission("d1", hostname="mine"))

    with pytest.raises(HostnameTaken):
        ledger.accept(submission("d2", hostname="mine"), noting=audit_entry("deploy requested"))
    assert _actions(ledger) == []


def test_nothing_is_noted_of_a_submission_that_nobody_knows(ledger: Ledger) -> None:
    """An unknown submission is not advanced, so there is nothing to tell."""
    ledger.advance(submission(), noting=audit_entry("deployed"))

    assert _actions(ledger) == []
