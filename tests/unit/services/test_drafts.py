"""Drafts are there at once, are written soon after, and are never lost without a word."""

import pytest

from bot.domain.base import DeploymentId, DraftId, SlackUserId
from bot.domain.commands import Command, Verb
from bot.domain.records import Draft
from bot.domain.request import Field
from bot.errors import NotFound, Unavailable
from bot.services.drafts import Drafts
from tests.fakes.ledger import MemoryLedger
from tests.unit.domain.values import NOW
from tests.unit.services.house import ADA, House


def _draft(name: str = "d1", *, title: str = "") -> Draft:
    return Draft(
        id=DraftId(name),
        slack_user=SlackUserId("UADA"),
        deployment=DeploymentId(f"id-{name}"),
        values={"title": title},
        created_at=NOW,
        updated_at=NOW,
    )


def _kept(ledger: MemoryLedger, *, most: int = 10) -> Drafts:
    return Drafts(ledger=ledger, quick=ledger, most=most)


def _command(*, title: str) -> Command:
    return Command(verb=Verb.DEPLOY, subject="demo-app", fields={Field.TITLE: title})


def test_a_draft_is_known_before_it_is_written() -> None:
    """The database may be away for as long as it likes."""
    ledger = MemoryLedger()
    drafts = _kept(ledger)
    ledger.is_down = True

    drafts.put(_draft(title="Mine"))

    assert drafts.get(DraftId("d1")) == _draft(title="Mine")


def test_what_could_not_be_written_is_written_later() -> None:
    """The newest state, and with it everything else that waits."""
    ledger = MemoryLedger()
    drafts = _kept(ledger)
    ledger.is_down = True
    drafts.put(_draft("d1", title="old"))
    with pytest.raises(Unavailable):
        drafts.write_all()
    drafts.put(_draft("d1", title="new"))
    drafts.put(_draft("d2", title="other"))
    ledger.is_down = False

    drafts.write_all()

    written = [ledger.draft(DraftId(name)) for name in ("d1", "d2")]
    assert written == [_draft("d1", title="new"), _draft("d2", title="other")]


def test_a_draft_of_before_a_restart_is_read_once() -> None:
    """After that it is in memory, whatever the database does."""
    ledger = MemoryLedger()
    ledger.save_draft(_draft(title="Mine"))
    drafts = _kept(ledger)
    first = drafts.get(DraftId("d1"))
    ledger.is_down = True

    assert drafts.get(DraftId("d1")) == first == _draft(title="Mine")


def test_an_unknown_draft_is_unknown_and_not_missing_while_the_database_is_away() -> None:
    """Nobody is told that a form is too old because of a database that does not answer."""
    ledger = MemoryLedger()
    ledger.is_down = True

    with pytest.raises(Unavailable):
        _kept(ledger).get(DraftId("d1"))


def test_written_drafts_give_way_first() -> None:
    """Memory has an end; what is nowhere else stays in it for longest."""
    ledger = MemoryLedger()
    drafts = _kept(ledger, most=2)
    drafts.put(_draft("unwritten"))
    drafts.put(_draft("written"))
    drafts.write(DraftId("written"))
    drafts.put(_draft("new"))
    ledger.is_down = True

    assert drafts.get(DraftId("unwritten")) is not None
    assert drafts.get(DraftId("new")) is not None
    with pytest.raises(Unavailable):
        drafts.get(DraftId("written"))


def test_a_form_works_from_memory_alone_until_it_is_to_be_submitted() -> None:
    """Opened, changed and checked while the database is away; keeping it is what fails."""
    house = House()
    house.ledger.is_down = True

    draft, _ = house.forms.open(ADA, _command(title="Mine"))
    form = house.forms.refine(draft.id, ADA, {Field.CPU: "3"})
    _, checked = house.forms.check(draft.id, ADA, {Field.CPU: "3"}, {})

    assert (form.values[Field.CPU], form.values[Field.TITLE]) == ("3", "Mine")
    assert checked.request is not None
    with pytest.raises(Unavailable):
        house.forms.keep(draft)


def test_a_draft_with_a_new_deployment_id_keeps_what_was_typed_since() -> None:
    """A failed attempt gets another id; what the person typed meanwhile is not overwritten by what was written."""
    house = House()
    draft, _ = house.open(title="Mine")
    house.forms.refine(draft.id, ADA, {Field.TITLE: "Mine again"})

    house.forms.adopt(draft.model_copy(update={"deployment": DeploymentId("another")}))

    current = house.forms.draft(draft.id, ADA.slack_user)
    assert (current.deployment, current.values[Field.TITLE]) == ("another", "Mine again")


def test_a_form_that_was_written_out_outlives_a_restart() -> None:
    """And one that was not is too old, as the person is told."""
    house = House()
    written, _ = house.forms.open(ADA, _command(title="Mine"))
    house.forms.write_out()
    unwritten, _ = house.forms.open(ADA, _command(title="Lost"))

    house.restart()

    assert house.forms.current(written.id, ADA).values[Field.TITLE] == "Mine"
    with pytest.raises(NotFound):
        house.forms.current(unwritten.id, ADA)
