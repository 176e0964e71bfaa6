"""The memory of checks and reminders: in memory, on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import Engine, insert

from bot.domain.answers import Answer, Preferences, Response
from bot.domain.base import DeploymentId, Namespace, SlackUserId
from bot.domain.episodes import Episode, EpisodeId, Resolution
from bot.domain.findings import Evidence
from bot.domain.notices import Notice, NoticeId, NoticeState
from bot.domain.operation import Breaker, Mode, Obstacle, Outcome, PolicyVersion, Run
from bot.domain.policy import FindingKind, Policy
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery, Exemption, Item, Keep
from bot.ports import CaseBook
from bot.store.case_book import SqlCaseBook
from bot.store.case_runs import RUNS_MOST
from bot.store.case_tables import RunRow
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.rows import encode
from tests.fakes.case_book import MemoryCaseBook

pytest_plugins = ("tests.databases",)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PLANTS, FISH = DeploymentId("plants"), DeploymentId("fish")
NOTE = AuditEntry(at=NOON, actor="UADA", action="noted")
AT_ONCE = 6

T = TypeVar("T")


@pytest.fixture(params=["", "sqlite_engine", "postgres_engine"], ids=["memory", "sqlite", "postgresql"])
def book(request: pytest.FixtureRequest) -> CaseBook:
    """Give an empty case book, of each kind in turn."""
    return SqlCaseBook(request.getfixturevalue(request.param)) if request.param else MemoryCaseBook()


def episode(deployment: DeploymentId = PLANTS, *, number: int = 1, resolved_at: datetime | None = None) -> Episode:
    """Return an episode of an idle GPU, opened at noon."""
    return Episode(
        id=EpisodeId(f"{deployment}/run/gpu_idle/{number}"),
        kind=FindingKind.GPU_IDLE,
        deployment=deployment,
        namespace=Namespace("ai4eosc"),
        instance="run",
        version=41,
        number=number,
        owner_email="Ada@example.org",
        title="Plants \N{SEEDLING} <&>",
        since=NOON - DAY,
        opened_at=NOON,
        last_true_at=NOON,
        evidence=Evidence(window_start=NOON - DAY, window_end=NOON, present=1372, expected=1440, gpus=1),
        policy="12345678",
        resolved_at=resolved_at,
        resolution=Resolution.RESUMED if resolved_at else None,
    )


def notice(name: str = "n1", *, email: str = "Ada@example.org", day: date = date(2026, 11, 25)) -> Notice:
    """Return a digest that is planned for a person's day."""
    return Notice(
        id=NoticeId(name),
        email=email,
        slack_user=SlackUserId("UADA"),
        time_zone="Europe/Madrid",
        day=day,
        items=(Item(episode=episode(), step=1),),
        created_at=NOON,
    )


def response(key: str = "click", *, at: datetime = NOON) -> Response:
    """Return the answer that a deployment is needed."""
    return Response(key=key, episode=episode().id, answer=Answer.KEEP, by=SlackUserId("UADA"), at=at)


def keep(*, since: datetime = NOON, days: int = 7) -> Keep:
    """Return an owner's keep."""
    return Keep(
        deployment=PLANTS, instance="run", kind=None, by="UADA", reason="a paper", since=since, until=since + days * DAY
    )


def exemption(*, deployment: DeploymentId | None = PLANTS, days: int = 30, reason: str = "a demo") -> Exemption:
    """Return an administrator's exemption."""
    return Exemption(deployment=deployment, by="UGRACE", reason=reason, since=NOON, until=NOON + days * DAY)


def run(*, at: datetime = NOON, outcome: Outcome = Outcome.RUNNING, job: str = "check") -> Run:
    """Return a run of a job."""
    ended = None if outcome is Outcome.RUNNING else at + MINUTE
    return Run(job=job, due_at=at, started_at=at, ended_at=ended, outcome=outcome, counts={"deployments": 3})


def sent(book: CaseBook, planned: Notice, *, at: datetime = NOON) -> Notice:
    """Plan, claim and send a notice."""
    assert book.plan_notice(planned)
    claimed = book.claim_notice(planned.id, by="one", now=at, until=at + MINUTE)
    assert claimed is not None
    done = {"state": NoticeState.SENT, "sent_at": at, "claimed_by": "", "claimed_until": None, "channel": "D1"}
    told = claimed.model_copy(update=done)
    assert book.save_notice(told, by="one", deliveries=[Delivery(episode=episode().id, step=1, at=at)], noting=NOTE)
    return told


def all_at_once(act: Callable[[int], T]) -> list[T]:
    """Do something in several threads at the same moment; return what came of each."""
    barrier = Barrier(AT_ONCE)

    def wait_and_act(number: int) -> T:
        barrier.wait(10)
        return act(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(wait_and_act, range(AT_ONCE)))


def test_a_lease_keeps_others_out_until_it_lapses(book: CaseBook) -> None:
    """Whoever has it renews it; the others get it once its time is over."""
    assert book.lease("check", "one", now=NOON, until=NOON + MINUTE)
    assert book.lease("check", "one", now=NOON + MINUTE / 2, until=NOON + 2 * MINUTE)

    assert not book.lease("check", "two", now=NOON + MINUTE, until=NOON + 9 * MINUTE)
    assert book.lease("remind", "two", now=NOON + MINUTE, until=NOON + 9 * MINUTE)
    assert book.lease("check", "two", now=NOON + 2 * MINUTE, until=NOON + 9 * MINUTE)


def test_a_run_that_nobody_began_is_recorded_as_well(book: CaseBook) -> None:
    """What was left to another process is known, and is no last run."""
    book.end_run(run(outcome=Outcome.DONE))
    book.end_run(run(at=NOON + MINUTE, outcome=Outcome.SKIPPED))

    assert book.last_runs() == {"check": run(outcome=Outcome.DONE)}
    assert book.last_done() == book.last_runs()


def test_a_lease_is_given_back_by_its_holder_only(book: CaseBook) -> None:
    """A process that ends frees what it has, and nothing that others have."""
    book.lease("check", "one", now=NOON, until=NOON + MINUTE)

    book.release("check", "two")
    assert not book.lease("check", "two", now=NOON, until=NOON + MINUTE)
    book.release("check", "one")

    assert book.lease("check", "two", now=NOON, until=NOON + MINUTE)


def test_of_many_one_gets_the_lease(book: CaseBook) -> None:
    """However many processes start at the same moment, one of them does the job."""
    got = all_at_once(lambda number: book.lease("check", f"process {number}", now=NOON, until=NOON + MINUTE))

    assert sorted(got) == [False] * (AT_ONCE - 1) + [True]


def test_the_last_run_is_the_newest_that_ended(book: CaseBook) -> None:
    """A run that goes on is not the last one yet."""
    done = run(outcome=Outcome.DONE)
    book.begin_run(run())
    book.end_run(done)
    book.begin_run(run(at=NOON + 5 * MINUTE))

    assert book.last_runs() == {"check": done}


def test_the_last_success_is_known_behind_failures(book: CaseBook) -> None:
    """A job that fails ever since has still succeeded then; what runs, failed or was left to others does not count."""
    done = run(outcome=Outcome.DONE)
    later = [run(at=NOON + 5 * MINUTE, outcome=Outcome.FAILED), run(at=NOON + 9 * MINUTE, outcome=Outcome.SKIPPED)]
    for each in (done, *later):
        book.begin_run(each.model_copy(update={"outcome": Outcome.RUNNING, "ended_at": None}))
        book.end_run(each)
    book.begin_run(run(at=NOON + 10 * MINUTE))

    assert book.last_done() == {"check": done}
    assert book.last_runs()["check"].outcome is Outcome.FAILED


def test_a_run_that_never_ended_is_closed_by_the_next(book: CaseBook) -> None:
    """A process that died in the middle leaves a run that failed."""
    book.begin_run(run())
    book.begin_run(run(at=NOON + 5 * MINUTE))

    last = book.last_runs()["check"]
    assert (last.started_at, last.outcome, last.ended_at) == (NOON, Outcome.FAILED, NOON + 5 * MINUTE)


def test_episodes_come_back_whole(book: CaseBook) -> None:
    """Everything about a finding comes back, its evidence included."""
    book.save_episodes([episode()])

    assert book.episode(episode().id) == episode()
    assert book.open_episodes() == (episode(),)
    assert book.episodes_of([PLANTS, FISH]) == (episode(),)


def test_an_episode_that_ended_is_not_open(book: CaseBook) -> None:
    """It stays known, so that the next one gets the next number."""
    ended = episode(resolved_at=NOON + MINUTE)
    book.save_episodes([episode()])

    book.save_episodes([ended, episode(FISH)])

    assert book.open_episodes() == (episode(FISH),)
    assert book.episodes_of([PLANTS]) == (ended,)


def test_an_episode_that_ended_does_not_come_back(book: CaseBook) -> None:
    """A check that read it before its owner answered, and writes it afterwards, does not undo the answer."""
    ended = episode(resolved_at=NOON + MINUTE)
    book.save_episodes([ended])

    book.save_episodes([episode(), episode(FISH)])

    assert book.episode(ended.id) == ended
    assert book.open_episodes() == (episode(FISH),)


def test_many_episodes_are_kept_at_once(book: CaseBook) -> None:
    """More of them than fit into one statement come back, and those never told are left out of what was told."""
    many = [DeploymentId(f"d-{number}") for number in range(900)]
    book.save_episodes(episode(each) for each in many)
    book.save_episodes(episode(each) for each in reversed(many))

    assert len(book.episodes_of(many)) == len(book.open_episodes()) == 900
    assert book.deliveries([episode(each).id for each in many]) == {}


def test_an_unknown_episode_is_none(book: CaseBook) -> None:
    """An id that nobody gave finds nothing."""
    assert book.episode(EpisodeId("made up")) is None


def test_a_run_of_a_deployment_is_first_seen_once(book: CaseBook) -> None:
    """The first moment stays, however often it is asked for."""
    book.first_seen(["a", "b"], now=NOON)

    assert book.first_seen(["b", "c"], now=NOON + DAY) == {"b": NOON, "c": NOON + DAY}
    assert book.first_seen([], now=NOON) == {}


def test_a_run_that_is_still_asked_for_stays_known(book: CaseBook) -> None:
    """What runs for years has begun when it has begun; what nobody asks for any more is forgotten."""
    book.first_seen(["lives", "is gone"], now=NOON)
    book.first_seen(["lives"], now=NOON + 500 * DAY)

    book.prune(before=NOON + 100 * DAY)

    assert book.first_seen(["lives"], now=NOON + 501 * DAY) == {"lives": NOON}
    assert book.first_seen(["is gone"], now=NOON + 501 * DAY) == {"is gone": NOON + 501 * DAY}


def test_one_notice_a_person_and_day(book: CaseBook) -> None:
    """A second one of the same day is refused, whatever the case of the address."""
    assert book.plan_notice(notice())

    assert not book.plan_notice(notice("n2", email="ada@EXAMPLE.org"))
    assert book.plan_notice(notice("n3", day=date(2026, 11, 26)))
    assert book.plan_notice(notice("n4", email="bob@example.org"))
    assert [each.id for each in book.open_notices()] == ["n1", "n3", "n4"]


def test_a_dropped_notice_gives_its_day_back(book: CaseBook) -> None:
    """What was dropped because nothing held may be planned anew when something does."""
    book.plan_notice(notice())
    claimed = book.claim_notice(NoticeId("n1"), by="one", now=NOON, until=NOON + MINUTE)
    assert claimed is not None
    book.save_notice(claimed.model_copy(update={"state": NoticeState.DROPPED, "claimed_by": ""}), by="one")

    assert book.plan_notice(notice("n2"))
    assert [each.id for each in book.open_notices()] == ["n2"]


def test_what_a_dropped_notice_was_about_goes_with_it(book: CaseBook) -> None:
    """The one that takes its place, under the same name, may be about other findings."""
    book.plan_notice(notice())
    claimed = book.claim_notice(NoticeId("n1"), by="one", now=NOON, until=NOON + MINUTE)
    assert claimed is not None
    book.save_notice(claimed.model_copy(update={"state": NoticeState.DROPPED, "claimed_by": ""}), by="one")

    other = notice().model_copy(update={"items": (Item(episode=episode(FISH), step=1),)})
    told = sent(book, other)

    assert book.notices_with(episode().id) == ()
    assert book.notices_with(episode(FISH).id) == (told,)


def test_of_many_one_gets_to_plan(book: CaseBook) -> None:
    """Two processes that plan the same day make one notice."""
    got = all_at_once(lambda number: book.plan_notice(notice(f"n{number}")))

    assert got.count(True) == 1
    assert len(book.open_notices()) == 1


def test_a_claim_keeps_others_out_until_it_lapses(book: CaseBook) -> None:
    """One process at a time is at work on a notice."""
    book.plan_notice(notice())
    first = book.claim_notice(NoticeId("n1"), by="one", now=NOON, until=NOON + MINUTE)

    assert first is not None
    assert (first.state, first.claimed_by, first.claimed_until) == (NoticeState.CLAIMED, "one", NOON + MINUTE)
    assert book.claim_notice(NoticeId("n1"), by="two", now=NOON, until=NOON + MINUTE) is None
    second = book.claim_notice(NoticeId("n1"), by="two", now=NOON + MINUTE, until=NOON + 2 * MINUTE)
    assert second is not None
    assert second.claimed_by == "two"


def test_of_many_one_gets_the_claim(book: CaseBook) -> None:
    """Two processes never send the same."""
    book.plan_notice(notice())

    got = all_at_once(
        lambda number: book.claim_notice(NoticeId("n1"), by=f"{number}", now=NOON, until=NOON + MINUTE) is not None
    )

    assert got.count(True) == 1


def test_one_found_being_sent_stays_so(book: CaseBook) -> None:
    """Whoever finds it after a crash knows that it may have been posted."""
    book.plan_notice(notice())
    claimed = book.claim_notice(NoticeId("n1"), by="one", now=NOON, until=NOON + MINUTE)
    assert claimed is not None
    book.save_notice(claimed.model_copy(update={"state": NoticeState.SENDING}), by="one")

    found = book.claim_notice(NoticeId("n1"), by="two", now=NOON + MINUTE, until=NOON + 2 * MINUTE)

    assert found is not None
    assert (found.state, found.claimed_by) == (NoticeState.SENDING, "two")


def test_a_process_that_slept_over_its_claim_changes_nothing(book: CaseBook) -> None:
    """What another process did meanwhile stands."""
    book.plan_notice(notice())
    late = book.claim_notice(NoticeId("n1"), by="one", now=NOON, until=NOON + MINUTE)
    book.claim_notice(NoticeId("n1"), by="two", now=NOON + MINUTE, until=NOON + 2 * MINUTE)
    assert late is not None

    told = [Delivery(episode=episode().id, step=1, at=NOON)]
    is_saved = book.save_notice(late.model_copy(update={"state": NoticeState.SENT}), by="one", deliveries=told)

    assert not is_saved
    assert book.deliveries([episode().id]) == {}
    assert book.open_notices()[0].claimed_by == "two"


def test_what_was_sent_is_known_with_what_it_told(book: CaseBook) -> None:
    """A notice and the steps that it told are recorded together."""
    told = sent(book, notice())

    assert book.open_notices() == ()
    assert book.standing_notices() == (told,)
    assert book.notices_with(episode().id) == (told,)
    assert book.notices_with(EpisodeId("another")) == ()
    assert book.notice_of("ADA@example.org", date(2026, 11, 25)) == told
    assert book.notice_of("ada@example.org", date(2026, 11, 26)) is None
    assert book.last_told("ada@example.org") == NOON
    assert book.deliveries([episode().id, EpisodeId("another")]) == {
        episode().id: (Delivery(episode=episode().id, step=1, at=NOON),)
    }


def test_what_was_told_since_then_can_be_counted(book: CaseBook) -> None:
    """Everything that was told to anybody from a moment on, that moment included."""
    sent(book, notice())
    told = (Delivery(episode=episode().id, step=1, at=NOON),)

    assert book.deliveries_since(NOON) == told
    assert book.deliveries_since(NOON + MINUTE) == ()


def test_a_closed_notice_stands_no_more(book: CaseBook) -> None:
    """Nothing more can come of it, so nobody looks at it again."""
    told = sent(book, notice())

    assert book.save_notice(told.model_copy(update={"is_closed": True}))

    assert book.standing_notices() == ()
    assert len(book.notices_with(episode().id)) == 1


def test_nobody_was_told_before_the_first_notice(book: CaseBook) -> None:
    """A person who never heard is one who was never told."""
    book.plan_notice(notice())

    assert book.last_told("ada@example.org") is None


def test_a_click_counts_once(book: CaseBook) -> None:
    """The same click, delivered twice, is one answer and one keep."""
    assert book.respond(response(), keep=keep(), noting=NOTE)

    assert not book.respond(response(), keep=keep(), noting=NOTE)
    assert book.responses([episode().id]) == (response(),)
    assert book.keeps([PLANTS, FISH]) == (keep(),)


def test_of_many_one_click_counts(book: CaseBook) -> None:
    """Deliveries of one click that come at the same moment are one answer."""
    got = all_at_once(lambda _number: book.respond(response(), keep=keep()))

    assert got.count(True) == 1
    assert book.keeps([PLANTS]) == (keep(),)


def test_answers_since_a_moment(book: CaseBook) -> None:
    """Answers come back in the order of time, those from before left out."""
    early, late = response("early", at=NOON), response("late", at=NOON + DAY)
    book.respond(late)
    book.respond(early)

    assert book.responses_since(NOON) == (early, late)
    assert book.responses_since(NOON + MINUTE) == (late,)


def test_a_keep_can_be_ended_early(book: CaseBook) -> None:
    """It stays known as one that is over."""
    book.respond(response(), keep=keep())

    book.end_keep(keep(), now=NOON + DAY, noting=NOTE)

    assert book.keeps([PLANTS]) == (keep(days=1),)


def test_only_the_keep_that_is_meant_is_ended(book: CaseBook) -> None:
    """Another one of the same moment, of another finding, goes on."""
    other = keep().model_copy(update={"kind": FindingKind.LONG_RUNNING})
    book.respond(response(), keep=keep())
    book.respond(response("another"), keep=other)

    book.end_keep(keep(), now=NOON + DAY, noting=NOTE)

    assert book.keeps([PLANTS]) == (keep(days=1), other)


def test_an_exemption_holds_until_its_end(book: CaseBook) -> None:
    """One that is over is no more, and another of the same scope takes its place."""
    book.exempt(exemption(), noting=NOTE)
    book.exempt(exemption(deployment=None, days=1), noting=NOTE)
    book.exempt(exemption(reason="a longer demo"), noting=NOTE)

    assert book.exemptions(now=NOON + 2 * DAY) == (exemption(reason="a longer demo"),)


def test_wishes_are_a_persons_own(book: CaseBook) -> None:
    """Whoever said nothing has the defaults; addresses are compared as everywhere."""
    wishes = Preferences(email="Ada@example.org", hour=time(14, 0), paused_until=NOON + DAY)
    book.save_preferences(wishes)

    assert book.preferences("ada@example.org") == wishes
    assert book.preferences("bob@example.org") == Preferences(email="bob@example.org")


def test_a_new_installation_is_silent(book: CaseBook) -> None:
    """Until an administrator says otherwise owners hear nothing."""
    assert book.mode() == Mode()
    assert book.mode().is_silent(NOON)


def test_the_mode_that_was_set_holds(book: CaseBook) -> None:
    """What an administrator says survives."""
    live = Mode(is_live=True, by="UGRACE", reason="two weeks of shadow", at=NOON)

    book.save_mode(live, noting=NOTE)

    assert book.mode() == live


def test_policies_are_known_newest_first(book: CaseBook) -> None:
    """Each comes back whole, so that older windows can be judged by it."""
    first = PolicyVersion(policy=Policy(), active_from=NOON)
    second = PolicyVersion(policy=Policy(gpu_idle=2 * DAY), active_from=NOON + DAY)
    book.adopt(first)
    book.adopt(second)

    assert book.policies() == (second, first)


def test_obstacles_are_tripped_and_cleared(book: CaseBook) -> None:
    """Each is there once, until it is cleared."""
    wave = Breaker(obstacle=Obstacle.WAVE, since=NOON, detail="7 of 20")
    book.trip(wave)
    book.trip(Breaker(obstacle=Obstacle.BLIND, since=NOON + MINUTE))
    released = wave.model_copy(update={"released_by": "UGRACE"})
    book.trip(released, noting=NOTE)
    book.clear(Obstacle.BLIND)
    book.clear(Obstacle.POLICY)

    assert book.breakers() == (released,)


def test_small_facts_are_remembered(book: CaseBook) -> None:
    """A fact that nobody remembered is empty."""
    book.remember("version", "0.1.0")
    book.remember("version", "0.2.0")

    assert (book.remembered("version"), book.remembered("nothing")) == ("0.2.0", "")


def test_what_is_over_for_long_goes(book: CaseBook) -> None:
    """Open findings stay however old they are."""
    book.save_episodes([episode(), episode(FISH, resolved_at=NOON)])
    book.begin_run(run())
    book.end_run(run(outcome=Outcome.DONE))

    assert book.prune(before=NOON + DAY) == 2

    assert book.open_episodes() == (episode(),)
    assert book.episodes_of([FISH]) == ()
    assert book.last_runs() == {}


def test_all_that_was_about_what_is_over_goes(book: CaseBook) -> None:
    """Reminders, answers, keeps and exemptions go with the findings; wishes and the mode stay."""
    book.save_episodes([episode()])
    sent(book, notice())
    book.save_episodes([episode(resolved_at=NOON)])
    book.respond(response(), keep=keep())
    book.exempt(exemption(), noting=NOTE)
    book.plan_notice(notice("open", day=date(2026, 11, 26)))

    gone = book.prune(before=NOON + 100 * DAY)

    # The episode, its notice with one finding, what was told of it, the answer, the keep, the exemption.
    assert gone == 7
    assert [each.id for each in book.open_notices()] == ["open"]
    assert (book.responses_since(NOON), book.keeps([PLANTS]), book.exemptions(now=NOON)) == ((), (), ())
    assert book.deliveries([episode().id]) == {}


@pytest.mark.parametrize("odd", ["a\x00b", "half a pair \ud83e", "\N{SEEDLING}", "' OR 1=1 --", ""])
def test_any_name_can_be_kept(book: CaseBook, odd: str) -> None:
    """Names that no database can hold as they are find what was put under them all the same."""
    book.remember(odd, odd)

    assert book.lease(odd, odd, now=NOON, until=NOON + MINUTE)
    assert book.lease(odd, odd, now=NOON, until=NOON + MINUTE)
    assert not book.lease(odd, "another", now=NOON, until=NOON + MINUTE)
    assert book.first_seen([odd], now=NOON) == {odd: NOON}
    assert book.first_seen([odd], now=NOON + DAY) == {odd: NOON}
    assert bool(book.remembered(odd)) is bool(odd)


def test_any_text_can_be_kept(book: CaseBook) -> None:
    """What people write is kept or replaced, and never an error."""
    odd = response().model_copy(update={"reason": "NUL \x00, \N{SEEDLING}, 'quotes' and \"more\""})

    assert book.respond(odd)

    assert "quotes" in book.responses([episode().id])[0].reason


def test_notes_are_made_together_with_what_they_are_about(engine: Engine) -> None:
    """The audit log has a line for each act, and none for one that did not happen."""
    book, ledger = SqlCaseBook(engine), SqlLedger(engine)
    sent(book, notice())
    book.respond(response(), noting=NOTE)
    book.respond(response(), noting=NOTE)
    book.exempt(exemption(), noting=NOTE)
    book.save_mode(Mode(is_live=True), noting=NOTE)
    book.end_keep(keep(), now=NOON, noting=NOTE)
    book.trip(Breaker(obstacle=Obstacle.WAVE, since=NOON), noting=NOTE)

    assert len(ledger.audit_log()) == 6


@pytest.fixture
def two_processes(engine: Engine) -> Iterator[tuple[SqlCaseBook, ...]]:
    """Give the case books of two processes that share one database, and nothing else."""
    other = open_engine(engine.url.render_as_string(hide_password=False))
    yield SqlCaseBook(engine), SqlCaseBook(other)
    other.dispose()


def test_two_processes_do_nothing_twice(two_processes: tuple[SqlCaseBook, ...]) -> None:
    """Each of a lease, a plan, a claim and a click is had by one of them."""
    until = NOON + MINUTE

    leases = all_at_once(lambda n: two_processes[n % 2].lease("check", f"{n}", now=NOON, until=until))
    plans = all_at_once(lambda n: two_processes[n % 2].plan_notice(notice(f"n{n}")))
    (planned,) = two_processes[0].open_notices()
    claims = all_at_once(lambda n: two_processes[n % 2].claim_notice(planned.id, by=f"{n}", now=NOON, until=until))
    clicks = all_at_once(lambda n: two_processes[n % 2].respond(response(), keep=keep()))

    assert (leases.count(True), plans.count(True), clicks.count(True)) == (1, 1, 1)
    assert [claim.id for claim in claims if claim is not None] == [planned.id]


def test_a_lapsed_claim_and_lease_are_taken_over_by_one(two_processes: tuple[SqlCaseBook, ...]) -> None:
    """After a process has died, one of those that find out goes on."""
    two_processes[0].lease("check", "dead", now=NOON, until=NOON + MINUTE)
    two_processes[0].plan_notice(notice())
    two_processes[0].claim_notice(NoticeId("n1"), by="dead", now=NOON, until=NOON + MINUTE)
    later, until = NOON + MINUTE, NOON + 2 * MINUTE

    leases = all_at_once(lambda n: two_processes[n % 2].lease("check", f"{n}", now=later, until=until))
    claims = all_at_once(lambda n: two_processes[n % 2].claim_notice(NoticeId("n1"), by=f"{n}", now=later, until=until))

    assert leases.count(True) == 1
    assert len([claim for claim in claims if claim is not None]) == 1


def test_checks_that_overlap_save_the_same_episodes(two_processes: tuple[SqlCaseBook, ...]) -> None:
    """In whatever order each has them, none waits for the other for ever."""
    many = [episode(DeploymentId(f"d-{number}")) for number in range(200)]

    all_at_once(lambda n: two_processes[n % 2].save_episodes(many if n % 2 else many[::-1]))

    assert len(two_processes[0].open_episodes()) == 200


def test_a_mode_that_cannot_be_read_is_silent(engine: Engine) -> None:
    """What other code wrote, and this one does not understand, must not let owners hear anything."""
    book = SqlCaseBook(engine)

    book.remember("mode", '{"is_live": true, "volume": "loud"}')

    assert book.mode() == Mode()


def test_of_the_runs_of_a_job_the_newest_stay(sqlite_engine: Engine) -> None:
    """A job that runs every minute does not fill the disk; one that runs seldom keeps its runs."""
    often = [run(at=NOON + number * MINUTE, outcome=Outcome.DONE) for number in range(RUNS_MOST + 3)]
    seldom = run(outcome=Outcome.DONE, job="report")
    with sqlite_engine.begin() as connection:
        connection.execute(insert(RunRow), [encode(each) for each in (*often, seldom)])
    book = SqlCaseBook(sqlite_engine)

    assert book.prune(before=NOON) == 3
    assert book.last_runs() == {"check": often[-1], "report": seldom}
