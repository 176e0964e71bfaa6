"""What administrators may do with the catalogue, and that others may not."""

import pytest

from bot.domain.base import ModuleName, PlatformKey
from bot.errors import CatalogUnavailable, NotFound, Refused
from bot.services.administration import Administration
from tests.fakes.catalog import CLOUD_TRAINER, OWL_CALLER, FakeCatalog
from tests.fakes.ledger import MemoryLedger
from tests.unit.domain.values import NOW
from tests.unit.services.house import ADA, BOB

ADMIN = ADA.model_copy(update={"administers": (PlatformKey("ai4eosc"),)})


@pytest.fixture
def catalog() -> FakeCatalog:
    """Give a catalogue."""
    return FakeCatalog()


@pytest.fixture
def ledger() -> MemoryLedger:
    """Give a ledger."""
    return MemoryLedger()


@pytest.fixture
def administration(catalog: FakeCatalog, ledger: MemoryLedger) -> Administration:
    """Give the use cases on the two."""
    return Administration(catalog=catalog, ledger=ledger, clock=lambda: NOW, source="https://example.org/catalogue")


def _actions(ledger: MemoryLedger) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.action, entry.detail) for entry in reversed(ledger.audit_log())]


def test_only_administrators_of_a_platform_are_admitted(administration: Administration, ledger: MemoryLedger) -> None:
    """Members are refused in words that tell nothing more, and nothing is done."""
    with pytest.raises(Refused, match="Only administrators") as refused:
        administration.inspect(BOB)
    with pytest.raises(Refused, match="Only administrators"):
        administration.refresh(BOB)

    assert refused.value.hint == ""
    assert ledger.audit_log() == ()


def test_a_refresh_tells_what_is_different(administration: Administration, catalog: FakeCatalog) -> None:
    """New and gone modules are named."""
    catalog.withdraw(OWL_CALLER.name)
    catalog.publish(CLOUD_TRAINER.model_copy(update={"summary": "Knows more clouds."}))

    change = administration.refresh(ADMIN)

    assert (change.modules, change.gone, change.changed) == (3, ("owl-caller",), ("cloud-trainer",))
    assert administration.inspect(ADMIN) == catalog.snapshot()


def test_both_are_written_into_the_audit_log(administration: Administration, ledger: MemoryLedger) -> None:
    """Who looked, who asked for a refresh, and what came of it."""
    administration.note_inspection(ADMIN)
    administration.refresh(ADMIN)

    assert _actions(ledger) == [
        ("UADA", "catalogue inspected", ""),
        ("UADA", "catalogue refresh requested", "all"),
        ("UADA", "catalogue refreshed", "all: 4 modules, 1 broken"),
    ]


def test_one_module_can_be_read_anew(administration: Administration, catalog: FakeCatalog) -> None:
    """What else has changed meanwhile stays as it was."""
    catalog.withdraw(CLOUD_TRAINER.name)
    catalog.publish(OWL_CALLER.model_copy(update={"summary": "Knows more owls."}))

    change = administration.refresh(ADMIN, OWL_CALLER.name)

    assert (change.changed, change.gone) == (("owl-caller",), ())


def test_refreshes_do_not_queue_up(ledger: MemoryLedger) -> None:
    """Whoever asks while one is under way is told so, and the first one ends as if nobody had."""
    desk: list[Administration] = []

    class BusyCatalog(FakeCatalog):
        def refresh(self, name: ModuleName | None = None) -> None:
            if desk:
                with pytest.raises(Refused, match="already"):
                    desk[0].refresh(ADMIN)
            super().refresh(name)

    desk.append(Administration(catalog=BusyCatalog(), ledger=ledger, clock=lambda: NOW, source="here"))

    assert desk[0].refresh(ADMIN).modules == 4
    assert desk[0].refresh(ADMIN).modules == 4


def test_a_refresh_that_fails_is_in_the_audit_log_as_asked_for(
    administration: Administration, catalog: FakeCatalog, ledger: MemoryLedger
) -> None:
    """The old copy stays."""
    before = catalog.snapshot().modules
    catalog.is_up = False

    with pytest.raises(CatalogUnavailable):
        administration.refresh(ADMIN)

    assert catalog.snapshot().modules == before
    assert [action for _, action, _ in _actions(ledger)] == ["catalogue refresh requested"]


def test_a_module_that_is_not_listed_cannot_be_read(administration: Administration) -> None:
    """The error names it."""
    with pytest.raises(NotFound, match="nowhere"):
        administration.refresh(ADMIN, "nowhere")
