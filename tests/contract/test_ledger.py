"""The rules of the Ledger port, over the ledger in memory, SQLite and a real PostgreSQL."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta, timezone
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Engine, func, insert, select, text, update
from sqlalchemy.schema import CreateTable

from bot.domain.base import DeploymentId, DraftId
from bot.domain.deployment import Phase
from bot.domain.records import Submission, SubmissionState
from bot.errors import HostnameTaken, Unavailable
from bot.ports import Ledger
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.rows import encode, table_of
from bot.store.rules import AUDIT_MOST
from bot.store.tables import AnnouncementRow, AuditRow, ImageTagsRow, SubmissionRow
from tests.fakes.ledger import MemoryLedger
from tests.unit.store.records import (
    DAY,
    HOSTILE,
    MINUTE,
    NOON,
    announcement,
    audit_entry,
    draft,
    request,
    stop,
    submission,
)

pytest_plugins = ("tests.databases",)

DOMAIN = "deployments.example.org"
YEAR = timedelta(days=365)
ENDED = [SubmissionState.REFUSED, SubmissionState.LOST, SubmissionState.OVER]

T = TypeVar("T")


@pytest.fixture(params=["", "sqlite_engine", "postgres_engine"], ids=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Give an empty ledger, of each kind in turn."""
    return SqlLedger(request.getfixturevalue(request.param)) if request.param else MemoryLedger()


# Drafts.


def test_a_draft_comes_back_as_it_was_saved(ledger: Ledger) -> None:
    """A form keeps every field, hostile text and microseconds included."""
    ledger.save_draft(draft())

    assert ledger.draft(DraftId("draft-1")) == draft()


def test_a_draft_saved_again_is_replaced(ledger: Ledger) -> None:
    """There is one draft per id, the newest."""
    ledger.save_draft(draft())
    ledger.save_draft(draft(values={}, shows_help=False, wants_storage=True, updated_at=NOON + MINUTE))

    assert ledger.draft(DraftId("draft-1")) == draft(
        values={}, shows_help=False, wants_storage=True, updated_at=NOON + MINUTE
    )


def test_an_unknown_draft_is_none(ledger: Ledger) -> None:
    """An id that nobody saved finds nothing."""
    assert ledger.draft(DraftId("draft-2")) is None


@pytest.mark.parametrize("name", ["a\x00b", "half a pair \ud83e", "x" * 3000, "' OR 1=1 --", ""])
def test_an_id_out_of_a_hostile_button_finds_nothing(ledger: Ledger, name: str) -> None:
    """Whatever text stands where an id belongs, the answer is that there is no such thing."""
    assert ledger.draft(DraftId(name)) is None
    assert ledger.submission(DeploymentId(name)) is None
    assert ledger.hostname_holder(name, name) is None
    assert ledger.subject_of(name) == ""


# Submissions.


def test_a_submission_comes_back_as_it_was_accepted(ledger: Ledger) -> None:
    """A submission keeps every field, the request with its storage included."""
    accepted = ledger.accept(submission(hostname="plants"))

    assert accepted
    assert ledger.submission(DeploymentId("d1")) == submission(hostname="plants")


def test_a_time_in_another_zone_comes_back_in_utc(ledger: Ledger) -> None:
    """The same moment returns, aware, whatever zone it was given in."""
    ledger.accept(submission(created_at=NOON.astimezone(timezone(timedelta(hours=5)))))

    found = ledger.submission(DeploymentId("d1"))

    assert found is not None
    assert found.created_at == NOON
    assert found.created_at.tzinfo is not None


def test_a_submission_is_accepted_once(ledger: Ledger) -> None:
    """A second click changes nothing, not even with other values or the same host name."""
    ledger.accept(submission(hostname="plants"))

    again = ledger.accept(submission(hostname="plants", owner_name="Somebody Else"))

    assert not again
    assert ledger.submission(DeploymentId("d1")) == submission(hostname="plants")


def test_an_advanced_submission_replaces_the_accepted_one(ledger: Ledger) -> None:
    """How far a submission has come is remembered."""
    registered = submission(
        hostname="plants", state=SubmissionState.REGISTERED, phase=Phase.QUEUED, detail=HOSTILE, updated_at=NOON + DAY
    )
    ledger.accept(submission(hostname="plants"))

    ledger.advance(registered)

    assert ledger.submission(DeploymentId("d1")) == registered


def test_advancing_an_unknown_submission_records_nothing(ledger: Ledger) -> None:
    """Only what was accepted can advance."""
    ledger.advance(submission())

    assert ledger.submission(DeploymentId("d1")) is None


def test_open_submissions_are_the_unsettled_ones_oldest_first(ledger: Ledger) -> None:
    """After a restart, exactly what has no outcome yet is resumed."""
    ledger.accept(submission("d2", created_at=NOON + MINUTE))
    ledger.accept(submission("d1", created_at=NOON))
    ledger.accept(submission("d3", created_at=NOON - MINUTE))
    ledger.advance(submission("d1", state=SubmissionState.SECRETS_STORED))
    ledger.advance(submission("d3", state=SubmissionState.REGISTERED))

    assert [record.deployment for record in ledger.open_submissions()] == ["d1", "d2"]


def test_followed_submissions_are_the_registered_ones(ledger: Ledger) -> None:
    """Only what is on the cluster and not over is followed."""
    ledger.accept(submission("d1"))
    ledger.accept(submission("d2"))
    ledger.accept(submission("d3"))
    ledger.advance(submission("d2", state=SubmissionState.REGISTERED))
    ledger.advance(submission("d3", state=SubmissionState.OVER))

    assert [record.deployment for record in ledger.followed()] == ["d2"]


def test_submissions_of_an_owner_leave_out_the_ended_and_the_others(ledger: Ledger) -> None:
    """A person's submissions are found by e-mail, in whatever case it is written."""
    ledger.accept(submission("d3", created_at=NOON + MINUTE))
    ledger.accept(submission("d1", state=SubmissionState.REGISTERED))
    ledger.accept(submission("d2", owner_email="bob@example.org"))
    ledger.accept(submission("d4", state=SubmissionState.OVER))

    assert [record.deployment for record in ledger.submissions_of("ada@EXAMPLE.org")] == ["d1", "d3"]


# Host names.


def test_a_host_name_is_reserved_with_the_submission(ledger: Ledger) -> None:
    """Who holds a host name can be told, in whatever case it is written, on its own domain only."""
    ledger.accept(submission(hostname="plants"))

    assert ledger.hostname_holder(DOMAIN, "Plants") == "d1"
    assert ledger.hostname_holder("elsewhere.example.org", "plants") is None


def test_a_taken_host_name_is_refused_and_nothing_recorded(ledger: Ledger) -> None:
    """The second person learns what to do, and their submission leaves no trace."""
    ledger.accept(submission("d1", hostname="plants"))

    with pytest.raises(HostnameTaken) as refusal:
        ledger.accept(submission("d2", hostname="PLANTS"))

    assert refusal.value.field == "hostname"
    assert refusal.value.sentence() == (
        "Another deployment has the host name PLANTS already. Nothing was changed. "
        "Choose another host name, or leave the field empty to get one made for you."
    )
    assert ledger.submission(DeploymentId("d2")) is None
    assert ledger.hostname_holder(DOMAIN, "plants") == "d1"


def test_the_same_host_name_on_another_domain_is_free(ledger: Ledger) -> None:
    """Each platform's domain has its own names."""
    ledger.accept(submission("d1", hostname="plants"))

    assert ledger.accept(submission("d2", hostname="plants", base_domain="elsewhere.example.org"))


def test_submissions_without_a_host_name_do_not_collide(ledger: Ledger) -> None:
    """No host name is not a name that one can take."""
    ledger.accept(submission("d1"))

    assert ledger.accept(submission("d2"))
    assert ledger.hostname_holder(DOMAIN, "") is None


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_submission_frees_its_host_name(ledger: Ledger, state: SubmissionState) -> None:
    """A refused, lost or finished deployment holds no name."""
    ledger.accept(submission("d1", hostname="plants"))

    ledger.advance(submission("d1", hostname="plants", state=state))

    assert ledger.hostname_holder(DOMAIN, "plants") is None
    assert ledger.accept(submission("d2", hostname="plants"))


@pytest.mark.parametrize("state", [SubmissionState.SECRETS_STORED, SubmissionState.REGISTERED])
def test_a_living_submission_keeps_its_host_name(ledger: Ledger, state: SubmissionState) -> None:
    """While a deployment is on its way or there, its name is its own."""
    ledger.accept(submission("d1", hostname="plants"))

    ledger.advance(submission("d1", hostname="plants", state=state))

    assert ledger.hostname_holder(DOMAIN, "plants") == "d1"


# Announcements and stops.


def test_an_announcement_comes_back_as_it_was_saved(ledger: Ledger) -> None:
    """The one message keeps content and place, links and hardware included."""
    ledger.save_announcement(announcement())

    assert ledger.announcement(DeploymentId("d1")) == announcement()
    assert ledger.announcement(DeploymentId("d2")) is None


def test_an_announcement_saved_again_is_replaced(ledger: Ledger) -> None:
    """There is one message per deployment."""
    posted = announcement(since=None, endpoints=(), is_posting=True, phase=Phase.FAILED, channel="", timestamp="")
    ledger.save_announcement(announcement())
    ledger.save_announcement(posted)

    assert ledger.announcement(DeploymentId("d1")) == posted


def test_open_stops_are_those_not_carried_out_oldest_first(ledger: Ledger) -> None:
    """After a restart, exactly the stops that were intended and not done are done."""
    ledger.record_stop(stop("d1", at=NOON + MINUTE))
    ledger.record_stop(stop("d2", at=NOON))
    ledger.record_stop(stop("d3", at=NOON))
    ledger.record_stop(stop("d3", at=NOON, is_done=True))

    assert ledger.open_stops() == (stop("d2", at=NOON), stop("d1", at=NOON + MINUTE))


def test_the_newest_stop_of_a_deployment_counts(ledger: Ledger) -> None:
    """A later stop, with purge this time, replaces the first."""
    later = stop(at=NOON + DAY, purge=True, reason="it failed anyway")
    ledger.record_stop(stop(is_done=True))
    ledger.record_stop(later)

    assert ledger.stop_of(DeploymentId("d1")) == later
    assert ledger.stop_of(DeploymentId("d2")) is None


# The log, deliveries and subjects.


def test_the_audit_log_gives_the_newest_first(ledger: Ledger) -> None:
    """Newest by time; of two lines with one time, the one written later."""
    ledger.audit(audit_entry("first"))
    ledger.audit(audit_entry("second"))
    ledger.audit(audit_entry("told late", at=NOON - MINUTE))

    assert ledger.audit_log() == (
        audit_entry("second"),
        audit_entry("first"),
        audit_entry("told late", at=NOON - MINUTE),
    )
    assert ledger.audit_log(limit=1) == (audit_entry("second"),)
    assert ledger.audit_log(limit=0) == ()


def test_an_audit_entry_with_text_no_database_holds_is_kept_all_the_same(ledger: Ledger) -> None:
    """NUL and half a surrogate pair are no reason to lose a line."""
    ledger.audit(audit_entry("typed \x00 and \ud83e"))

    assert ledger.audit_log()[0].action.startswith("typed ")
    assert ledger.audit_log()[0].detail == HOSTILE


def test_a_delivery_is_handled_once(ledger: Ledger) -> None:
    """A repeated delivery is told apart from a new one."""
    assert ledger.first_time("view-1", now=NOON)
    assert not ledger.first_time("view-1", now=NOON + MINUTE)
    assert ledger.first_time("view-2", now=NOON)


def test_a_subject_is_remembered_by_e_mail(ledger: Ledger) -> None:
    """The newest subject of an address counts, in whatever case the address is written."""
    ledger.remember_subject("Ada@example.org", "old@idp")
    ledger.remember_subject("ada@Example.org", "new@idp")

    assert ledger.subject_of("ADA@example.org") == "new@idp"
    assert ledger.subject_of("bob@example.org") == ""


# Pruning.


def test_pruning_deletes_old_drafts_and_deliveries(ledger: Ledger) -> None:
    """Forms nobody submitted and deliveries nobody repeats any more go; those at the very limit stay."""
    ledger.save_draft(draft("old", updated_at=NOON - MINUTE))
    ledger.save_draft(draft("new", updated_at=NOON))
    ledger.first_time("old", now=NOON - MINUTE)
    ledger.first_time("new", now=NOON)

    pruned = ledger.prune(before=NOON)

    assert pruned == 2
    assert ledger.draft(DraftId("old")) is None
    assert ledger.draft(DraftId("new")) is not None
    assert not ledger.first_time("new", now=NOON)
    assert ledger.first_time("old", now=NOON)


@pytest.mark.parametrize("state", ENDED)
def test_pruning_deletes_ended_submissions_with_message_and_stop(ledger: Ledger, state: SubmissionState) -> None:
    """What is over and old leaves nothing behind."""
    ledger.accept(submission(hostname="plants"))
    ledger.advance(submission(hostname="plants", state=state))
    ledger.save_announcement(announcement())
    ledger.record_stop(stop(is_done=True))

    pruned = ledger.prune(before=NOON + DAY)

    assert pruned == 3
    assert ledger.submission(DeploymentId("d1")) is None
    assert ledger.announcement(DeploymentId("d1")) is None
    assert ledger.stop_of(DeploymentId("d1")) is None


@pytest.mark.parametrize(
    "state", [SubmissionState.ACCEPTED, SubmissionState.SECRETS_STORED, SubmissionState.REGISTERED]
)
def test_pruning_keeps_whatever_is_not_over(ledger: Ledger, state: SubmissionState) -> None:
    """A deployment of a year ago that still runs keeps its submission, its name and its message."""
    ledger.accept(submission(hostname="plants"))
    ledger.advance(submission(hostname="plants", state=state))
    ledger.save_announcement(announcement())
    ledger.record_stop(stop())

    pruned = ledger.prune(before=NOON + YEAR)

    assert pruned == 0
    assert ledger.submission(DeploymentId("d1")) == submission(hostname="plants", state=state)
    assert ledger.hostname_holder(DOMAIN, "plants") == "d1"
    assert ledger.announcement(DeploymentId("d1")) == announcement()
    assert ledger.open_stops() == (stop(),)


def test_pruning_keeps_what_ended_lately(ledger: Ledger) -> None:
    """Age counts from the last change, not from the beginning."""
    ended = submission(state=SubmissionState.OVER, updated_at=NOON + DAY)
    ledger.accept(submission())
    ledger.advance(ended)
    ledger.save_announcement(announcement())

    pruned = ledger.prune(before=NOON + DAY)

    assert pruned == 0
    assert ledger.submission(DeploymentId("d1")) == ended
    assert ledger.announcement(DeploymentId("d1")) == announcement()


def test_pruning_keeps_an_open_stop_of_a_submission_it_deletes(ledger: Ledger) -> None:
    """An intent that was not carried out is never forgotten."""
    ledger.accept(submission(state=SubmissionState.OVER))
    ledger.record_stop(stop(purge=True))

    ledger.prune(before=NOON + DAY)

    assert ledger.submission(DeploymentId("d1")) is None
    assert ledger.open_stops() == (stop(purge=True),)


def test_pruning_keeps_the_audit_log_a_year_longer(ledger: Ledger) -> None:
    """Questions about what was deleted can still be answered."""
    ledger.audit(audit_entry("too old", at=NOON - YEAR - MINUTE))
    ledger.audit(audit_entry("old", at=NOON - YEAR))

    pruned = ledger.prune(before=NOON)

    assert pruned == 1
    assert [entry.action for entry in ledger.audit_log()] == ["old"]


def test_pruning_keeps_the_newest_lines_of_a_log_that_is_too_long(engine: Engine) -> None:
    """However busy a year was, the log has a bound."""
    ledger = SqlLedger(engine)
    ledger.audit(audit_entry("the first"))
    ledger.audit(audit_entry("the second"))
    with engine.begin() as connection:
        second = connection.scalar(select(func.max(AuditRow.number))) or 0
        newest = encode(audit_entry("the newest")) | {"number": second + AUDIT_MOST - 1}
        connection.execute(insert(AuditRow).values(newest))

    pruned = ledger.prune(before=NOON)

    assert pruned == 1
    assert [entry.action for entry in ledger.audit_log()] == ["the newest", "the second"]


def test_pruning_waits_for_nobody_long(engine: Engine) -> None:
    """Each table is pruned in a transaction of its own, so that what fits goes even if a later one fails."""
    ledger = SqlLedger(engine)
    ledger.save_draft(draft())
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE image_tags"))

    with pytest.raises(Unavailable):
        ledger.prune(before=NOON + DAY)

    assert ledger.draft(DraftId("draft-1")) is None
    with engine.begin() as connection:
        connection.execute(CreateTable(table_of(ImageTagsRow)))


def test_pruning_twice_deletes_nothing_more(ledger: Ledger) -> None:
    """Running the job again changes nothing."""
    ledger.save_draft(draft())
    ledger.prune(before=NOON + DAY)

    assert ledger.prune(before=NOON + DAY) == 0


def test_a_ledger_with_its_tables_is_reachable(ledger: Ledger) -> None:
    """An ordinary ledger is ready."""
    assert ledger.is_reachable()


# Many at once.


def at_once(action: Callable[[int], T], *, people: int = 8) -> list[T]:
    """Call the action from as many threads at the same moment, and return what each got."""
    barrier = Barrier(people)

    def act(number: int) -> T:
        barrier.wait(timeout=10)
        return action(number)

    with ThreadPoolExecutor(max_workers=people) as pool:
        return list(pool.map(act, range(people)))


def is_accepted(ledger: Ledger, wanted: Submission) -> bool:
    """Tell whether the submission was accepted now, and not before, nor refused for its host name."""
    try:
        return ledger.accept(wanted)
    except HostnameTaken:
        return False


def test_of_many_who_accept_one_deployment_one_wins(ledger: Ledger) -> None:
    """However often one form is submitted at the same moment, it is accepted once."""
    won = at_once(lambda _: ledger.accept(submission(hostname="plants")))

    assert sorted(won) == [False] * 7 + [True]


def test_of_many_who_want_one_host_name_one_gets_it(ledger: Ledger) -> None:
    """Of eight people with the same wish, seven are refused, and the ledger knows only the eighth."""
    won = at_once(lambda number: is_accepted(ledger, submission(f"d{number}", hostname="plants")))

    assert sorted(won) == [False] * 7 + [True]
    assert [record.deployment for record in ledger.open_submissions()] == [f"d{won.index(True)}"]
    assert ledger.hostname_holder(DOMAIN, "plants") == f"d{won.index(True)}"


def test_of_many_who_handle_one_delivery_one_does(ledger: Ledger) -> None:
    """A delivery that arrives several times at the same moment is new once."""
    won = at_once(lambda _: ledger.first_time("view-1", now=NOON))

    assert sorted(won) == [False] * 7 + [True]


def test_different_submissions_at_once_are_all_accepted(ledger: Ledger) -> None:
    """People who do not want the same thing do not hinder each other."""
    won = at_once(lambda number: ledger.accept(submission(f"d{number}", hostname=f"plants-{number}")))

    assert won == [True] * 8
    assert len(ledger.open_submissions()) == 8


def test_drafts_saved_at_once_end_as_one_of_them(ledger: Ledger) -> None:
    """Two updates of one form race, and one of them stands whole."""
    drafts = [draft(values={"title": str(number)}) for number in range(8)]

    at_once(lambda number: ledger.save_draft(drafts[number]))

    assert ledger.draft(DraftId("draft-1")) in drafts


def accept_all(url: str, count: int) -> int:
    """Accept numbered submissions with numbered host names; return how many were won."""
    engine = open_engine(url)
    ledger = SqlLedger(engine)
    won = sum(is_accepted(ledger, submission(f"d{number:03}", hostname=f"h{number}")) for number in range(count))
    engine.dispose()
    return won


def test_two_processes_accept_each_submission_once_between_them(engine: Engine) -> None:
    """Two bots on one database never both send a job."""
    url = engine.url.render_as_string(hide_password=False)
    processes = multiprocessing.get_context("spawn")
    both_are_up = processes.Barrier(2).wait

    with ProcessPoolExecutor(2, mp_context=processes, initializer=both_are_up, initargs=(30,)) as pool:
        won = sum(pool.map(accept_all, [url, url], [50, 50]))

    assert won == 50


# Rows of other versions.


def test_a_row_that_cannot_be_read_does_not_hide_the_others(engine: Engine) -> None:
    """What older code wrote in another shape is passed over."""
    ledger = SqlLedger(engine)
    ledger.accept(submission("d1"))
    ledger.accept(submission("d2"))
    ledger.save_announcement(announcement("d1"))

    with engine.begin() as connection:
        old_request = request().model_dump(mode="json") | {"flavour": "large"}
        connection.execute(
            update(SubmissionRow).where(SubmissionRow.deployment == "d1").values({"request": old_request})
        )
        connection.execute(update(AnnouncementRow).values({"phase": "dreaming"}))

    assert [record.deployment for record in ledger.open_submissions()] == ["d2"]
    assert [record.deployment for record in ledger.submissions_of("ada@example.org")] == ["d2"]
    assert ledger.submission(DeploymentId("d1")) is None
    assert ledger.announcement(DeploymentId("d1")) is None
    assert not ledger.accept(submission("d1"))
