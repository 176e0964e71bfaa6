"""What administrators see of reminders, what they may do about them, and that others may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.addressees import Reach
from bot.domain.answers import Answer, Response
from bot.domain.base import DeploymentId, NodeId, PlatformKey, SlackUserId
from bot.domain.findings import Evidence
from bot.domain.operation import Breaker, JobName, Mode, Obstacle, Outcome
from bot.domain.people import Person
from bot.domain.policy import DAY, FindingKind, Policy
from bot.domain.records import AuditEntry
from bot.domain.telemetry import NodeHealth
from bot.errors import NotFound, Refused, UsageError
from bot.services.reviewing import Reviewing
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MINUTE, MONDAY, NAMESPACE
from tests.unit.services.review_house import CHANNEL, GRACE, TIM, ReviewHouse

TOMORROW = date(2026, 6, 9)


@pytest.fixture
def house() -> ReviewHouse:
    """Give a house in which reminders are live."""
    return ReviewHouse()


def shadow() -> ReviewHouse:
    """Return a house in which nobody has said anything yet."""
    return ReviewHouse(is_live=False)


def measure(house: ReviewHouse, name: str, *, gpus: int, since: timedelta) -> None:
    """Let the finding about a deployment rest on so many GPUs, for so long."""
    found = [each for each in house.book.open_episodes() if each.deployment == name]
    start = house.now - since
    evidence = Evidence(window_start=start, window_end=house.now, gpus=gpus, idle_gpus=1)
    house.book.save_episodes([each.model_copy(update={"since": start, "evidence": evidence}) for each in found])


# Who may.


ACTS: dict[str, Callable[[Reviewing, Person], object]] = {
    "review": lambda desk, who: desk.review(who),
    "note review": lambda desk, who: desk.note_review(who),
    "facts": lambda desk, who: desk.facts(who, NAMESPACE, DeploymentId("plankton")),
    "exempt": lambda desk, who: desk.exempt(who, deployment="plankton", until=TOMORROW, reason="demo"),
    "end": lambda desk, who: desk.end_exemption(who, deployment="plankton"),
    "pause": lambda desk, who: desk.pause(who),
    "resume": lambda desk, who: desk.resume(who),
    "go live": lambda desk, who: desk.go_live(who),
    "go dry": lambda desk, who: desk.go_dry(who),
    "audit": lambda desk, who: desk.audit(who),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nobody_but_administrators_may_do_any_of_it(
    house: ReviewHouse, act: Callable[[Reviewing, Person], object]
) -> None:
    """The refusal tells nothing more, and nothing is changed or noted."""
    house.idle()
    before = house.book.mode()

    with pytest.raises(Refused, match="Only administrators") as refused:
        act(house.reviewing, ADA)

    assert refused.value.hint == ""
    assert (house.book.mode(), house.actions, house.ledger.audit_log()) == (before, [], ())


def test_whoever_administers_a_platform_that_is_gone_is_no_administrator(house: ReviewHouse) -> None:
    """Its key alone opens nothing."""
    left = GRACE.model_copy(update={"administers": (PlatformKey("imagine"),)})

    with pytest.raises(Refused, match="Only administrators"):
        house.reviewing.review(left)


def test_an_administrator_sees_the_deployments_of_their_platforms_alone(house: ReviewHouse) -> None:
    """Counts are of all platforms, lists are not."""
    house.idle("plankton")
    house.idle("owls", BOB)
    house.move_to("owls", "tutorials")

    seen, everything = house.reviewing.review(TIM), house.reviewing.review(GRACE)

    assert [each.episode.title for each in seen.idle] == ["Owls"]
    assert [each.email for each in seen.planned] == ["bob@example.org"]
    assert {each.episode.title for each in everything.idle} == {"Owls", "Plankton"}
    assert (seen.people_planned, seen.covers_all, everything.covers_all) == (2, False, True)


# What is seen.


def test_what_rests_is_there_with_the_hours_that_it_has_held(house: ReviewHouse) -> None:
    """The most first; of one idle GPU of two only that one counts."""
    for name, kind in (("long", FindingKind.GPU_IDLE), ("pair", FindingKind.ONE_GPU_IDLE)):
        house.idle(name, kind=kind)
    measure(house, "long", gpus=1, since=30 * HOUR)
    measure(house, "pair", gpus=2, since=48 * HOUR)

    review = house.reviewing.review(GRACE)

    assert [(each.episode.title, each.gpu_hours) for each in review.idle] == [("Pair", 48.0), ("Long", 30.0)]
    assert review.idle_gpu_hours == 78.0


def test_a_deployment_rests_once_whatever_is_found_about_it(house: ReviewHouse) -> None:
    """Two findings about the same GPUs are no two deployments."""
    house.idle("plankton", kind=FindingKind.GPU_IDLE)
    house.find(house.book.open_episodes()[0].deployment, FindingKind.GPU_NEVER_USED)
    house.check.round(ADA)

    assert [each.episode.kind for each in house.reviewing.review(GRACE).idle] == [FindingKind.GPU_NEVER_USED]


def test_owners_who_do_not_answer_are_listed_after_two_reminders_and_three_days(house: ReviewHouse) -> None:
    """Not before, and not once they have answered."""
    house.idle()
    house.pass_time(2 * DAY)
    early = house.reviewing.review(GRACE).unanswered
    house.pass_time(2 * DAY)
    late = house.reviewing.review(GRACE).unanswered
    house.answering.keep(ADA, house.ref(late[0].episode.deployment), days=7, reason="", key="k")

    assert early == ()
    assert [(each.episode.title, each.told, each.reach) for each in late] == [("Plankton", 2, Reach.PERSON)]
    assert house.reviewing.review(GRACE).unanswered == ()


@pytest.mark.parametrize("reach", [Reach.NO_ACCOUNT, Reach.DEACTIVATED, Reach.SHARED])
def test_owners_who_cannot_be_asked_are_listed_at_once(house: ReviewHouse, reach: Reach) -> None:
    """With the reason; nothing is ever sent to them."""
    house.addressees.become(ADA.owner.email, reach)
    house.idle()
    house.pass_time(HOUR)

    assert [(each.told, each.reach) for each in house.reviewing.review(GRACE).unanswered] == [(0, reach)]


def test_owners_of_whom_slack_does_not_tell_are_not_accused(house: ReviewHouse) -> None:
    """Unknown is not nobody."""
    house.idle()
    house.addressees.is_down = True

    assert house.reviewing.review(GRACE).unanswered == ()


def test_owners_whom_slack_refuses_are_listed_with_its_reason(house: ReviewHouse) -> None:
    """They have an account, and still nothing reaches them."""
    house.messenger.refuses.add(ADA.slack_user)
    house.idle()
    house.pass_time(HOUR)

    assert "Slack refuses" in house.reviewing.review(GRACE).unanswered[0].detail


def test_what_only_operators_can_repair_is_for_them(house: ReviewHouse) -> None:
    """Zombies, holes and lost machines; and whoever holds three GPUs, which should not be possible."""
    for kind in (FindingKind.ZOMBIE, FindingKind.TELEMETRY_HOLE, FindingKind.LOST_NODE):
        house.idle(kind.name.lower(), kind=kind)
    for name, gpus in (("two", 2), ("three", 3)):
        house.idle(name, kind=FindingKind.OVER_ETIQUETTE)
        measure(house, name, gpus=gpus, since=DAY)

    titles = {each.title for each in house.reviewing.review(GRACE).for_operators}

    assert titles == {"Zombie", "Telemetry_Hole", "Lost_Node", "Three"}


def test_the_review_knows_what_may_end_in_a_stop() -> None:
    """By the settings; none, unless they say so."""
    kinds = frozenset({FindingKind.GPU_IDLE, FindingKind.FAILED})
    stops = [ReviewHouse(stops=each).reviewing.review(GRACE).stops for each in (kinds, frozenset[FindingKind]())]

    assert stops == [(FindingKind.FAILED, FindingKind.GPU_IDLE), ()]


def test_machines_that_are_silent_now_are_there(house: ReviewHouse) -> None:
    """Not those that answer, nor those that nobody has asked for long because nothing runs there."""
    house.measurements.note_health(
        [
            NodeHealth(node=NodeId("gpu-1"), at=MONDAY, silent_since=MONDAY - HOUR, trouble="no answer"),
            NodeHealth(node=NodeId("gpu-2"), at=MONDAY),
            NodeHealth(node=NodeId("gpu-3"), at=MONDAY - 2 * HOUR, silent_since=MONDAY - DAY, trouble="no answer"),
        ]
    )

    assert [each.node for each in house.reviewing.review(GRACE).silent_nodes] == ["gpu-1"]


def test_the_share_of_wrong_findings_is_counted_over_four_weeks(house: ReviewHouse) -> None:
    """Answers per finding that was told; none told is no share, not zero."""
    before = house.reviewing.review(GRACE).wrong_per_hundred
    for name, owner in (("plankton", ADA), ("owls", BOB)):
        house.idle(name, owner)
    house.pass_time(HOUR)
    house.answering.in_use(ADA, house.first_ref, key="click")

    review = house.reviewing.review(GRACE)
    house.now += 29 * DAY

    assert (before, review.told, review.answers, review.wrong_per_hundred) == (None, 2, {"in use": 1}, 50.0)
    assert house.reviewing.review(GRACE).told == 0


def test_the_newest_measuring_tells_how_much_is_watched(house: ReviewHouse) -> None:
    """Of the last that succeeded."""
    house.finish(JobName.MEASURE, deployments=30, gpus_held=12, gpus_told=11)
    house.now += MINUTE
    house.finish(JobName.MEASURE, outcome=Outcome.FAILED, detail="no leader")

    review = house.reviewing.review(GRACE)

    assert (review.watched, review.gpus_held, review.gpus_told) == (30, 12, 11)
    assert [run.detail for run in review.runs] == ["no leader"]


def test_who_waits_for_longest_is_there(house: ReviewHouse) -> None:
    """Of what is queued too long."""
    house.idle("queued", kind=FindingKind.QUEUED)
    measure(house, "queued", gpus=1, since=50 * HOUR)

    assert house.reviewing.review(GRACE).longest_wait == 50 * HOUR


def test_what_is_kept_or_exempt_still_rests(house: ReviewHouse) -> None:
    """It says until when, and is not planned."""
    episode = house.idle()
    house.answering.keep(ADA, house.ref(episode.deployment), days=7, reason="", key="k")

    review = house.reviewing.review(GRACE)

    assert [each.kept_until for each in review.idle] == [datetime(2026, 6, 15, 21, 59, 59, tzinfo=UTC)]
    assert review.planned == ()


def test_details_are_those_that_the_owner_sees(house: ReviewHouse) -> None:
    """For administrators of the platform alone, and of what is there alone."""
    house.idle()

    facts = house.reviewing.facts(GRACE, NAMESPACE, house.book.open_episodes()[0].deployment)

    assert facts.watched.owner == ADA.owner
    assert [each.kind for each in facts.episodes] == [FindingKind.GPU_IDLE]
    with pytest.raises(Refused, match="do not administer"):
        house.reviewing.facts(TIM, NAMESPACE, facts.watched.deployment)
    with pytest.raises(NotFound):
        house.reviewing.facts(GRACE, NAMESPACE, DeploymentId("nowhere"))


def test_looking_is_noted(house: ReviewHouse) -> None:
    """Other people's deployments were looked at."""
    house.reviewing.note_review(TIM)

    assert [(each.actor, each.action) for each in house.ledger.audit_log()] == [("UTIM", "reminders reviewed")]


# Dry run and live.


def test_it_is_a_dry_run_until_somebody_says_otherwise() -> None:
    """Owners hear nothing, and the plan is there to be looked at."""
    house = shadow()
    house.idle()
    house.pass_time(HOUR)

    review = house.reviewing.review(GRACE)

    assert house.inbox() == []
    assert review.is_held_back
    assert [(each.email, each.at) for each in review.planned] == [("ada@example.org", house.now)]


def test_going_live_lets_owners_hear_and_is_recorded_with_the_policy() -> None:
    """An administrator of any platform may decide it, because the digest is one for all."""
    house = shadow()
    house.idle()

    mode = house.reviewing.go_live(TIM, reason=" two weeks were fine ")
    house.pass_time(MINUTE)

    assert (mode.is_live, mode.by, mode.reason, mode.at) == (True, "UTIM", "two weeks were fine", MONDAY)
    assert len(house.inbox()) == 1
    assert house.actions[0] == (
        "UTIM",
        "reminders gone live",
        f"policy {Policy().version}: two weeks were fine",
    )


def test_going_live_twice_is_refused(house: ReviewHouse) -> None:
    """So is going dry twice; neither is noted."""
    with pytest.raises(Refused, match="live already"):
        house.reviewing.go_live(GRACE)
    house.reviewing.go_dry(GRACE)
    with pytest.raises(Refused, match="dry run already"):
        house.reviewing.go_dry(GRACE)

    assert [action for _, action, _ in house.actions] == ["reminders gone dry"]


def test_going_live_does_not_end_a_pause() -> None:
    """Whoever has paused had a reason."""
    house = shadow()
    house.idle()
    house.reviewing.pause(GRACE)
    house.reviewing.go_live(TIM)
    house.pass_time(HOUR)

    assert house.inbox() == []


# Pause and resume.


def test_a_pause_holds_everything_back_until_the_end_of_its_day(house: ReviewHouse) -> None:
    """By the platform's clock; what was due is told once after it."""
    mode = house.reviewing.pause(GRACE, until=TOMORROW, reason="maintenance")
    house.idle()
    house.pass_time(DAY)
    quiet = house.inbox()
    house.pass_time(DAY)

    assert mode.paused_until == datetime(2026, 6, 9, 21, 59, 59, tzinfo=UTC)
    assert quiet == []
    assert [at for at, _ in house.told()] == ["Wed 10 09:30"]
    assert house.actions[0] == ("UGRACE", "reminders paused", "until 2026-06-09: maintenance")


def test_a_pause_without_an_end_lasts_until_somebody_resumes(house: ReviewHouse) -> None:
    """Any administrator may."""
    house.reviewing.pause(GRACE)
    house.idle()
    house.pass_time(8 * DAY)
    quiet = house.inbox()

    resumed = house.reviewing.resume(TIM)
    house.pass_time(MINUTE)

    assert quiet == []
    assert (resumed.mode.is_paused, resumed.mode.is_live) == (False, True)
    assert len(house.inbox()) == 1


def test_a_pause_cannot_end_in_the_past(house: ReviewHouse) -> None:
    """Nothing is changed then."""
    with pytest.raises(UsageError, match="in the past"):
        house.reviewing.pause(GRACE, until=date(2026, 6, 7))

    assert not house.book.mode().is_paused


def test_there_must_be_something_to_resume(house: ReviewHouse) -> None:
    """A pause that is over is none."""
    with pytest.raises(Refused, match="not paused"):
        house.reviewing.resume(GRACE)
    house.reviewing.pause(GRACE, until=TOMORROW)
    house.now += 3 * DAY
    with pytest.raises(Refused, match="not paused"):
        house.reviewing.resume(GRACE)


def test_resuming_releases_the_wave_that_was_looked_at(house: ReviewHouse) -> None:
    """It stays recorded who has said so; what no person can resume remains."""
    wave = Breaker(obstacle=Obstacle.WAVE, since=MONDAY, detail="7 of 20 deployments")
    blind = Breaker(obstacle=Obstacle.BLIND, since=MONDAY)
    house.book.trip(wave)
    house.book.trip(blind)

    resumed = house.reviewing.resume(TIM, wave=MONDAY)

    assert [each.released_by for each in resumed.released] == ["UTIM"]
    assert resumed.remaining == (blind,)
    assert {each.obstacle: each.released_by for each in house.book.breakers()} == {
        Obstacle.WAVE: "UTIM",
        Obstacle.BLIND: "",
    }
    assert house.actions == [
        ("UTIM", "reminders released after a wave", f"since {MONDAY.isoformat()}: 7 of 20 deployments")
    ]


@pytest.mark.parametrize("looked_at", [None, MONDAY - DAY])
def test_a_wave_that_nobody_has_looked_at_is_not_released(house: ReviewHouse, looked_at: datetime | None) -> None:
    """Nor is a pause ended on the way."""
    house.book.trip(Breaker(obstacle=Obstacle.WAVE, since=MONDAY))
    house.reviewing.pause(GRACE)

    with pytest.raises(Refused, match="turned idle at once"):
        house.reviewing.resume(GRACE, wave=looked_at)

    assert [each.released_by for each in house.book.breakers()] == [""]
    assert house.book.mode().is_paused


# The audit log.


def test_the_audit_log_is_read_newest_first_and_so_far(house: ReviewHouse) -> None:
    """By whoever administers everything, as it is."""
    for number in range(5):
        house.ledger.audit(AuditEntry(at=MONDAY + number * MINUTE, actor="UADA", action=f"step {number}"))

    assert [each.action for each in house.reviewing.audit(GRACE, limit=2)] == ["step 4", "step 3"]


def test_an_administrator_of_some_platforms_reads_what_concerns_these(house: ReviewHouse) -> None:
    """What was done about all of them at once, about their deployments, and by themselves."""
    house.idle("plankton")
    house.idle("owls", BOB)
    house.move_to("owls", "tutorials")
    entries = [
        ("UGRACE", "reminders gone live", ""),
        ("UGRACE", "catalogue refreshed", ""),
        ("UADA", "stopped", "plankton"),
        ("UBOB", "stopped", "owls"),
        ("UBOB", "stopped", "forgotten"),
        ("reminders", "reminded", ""),
        ("UTIM", "exempted", ""),
    ]
    for actor, action, deployment in entries:
        house.ledger.audit(AuditEntry(at=MONDAY, actor=actor, action=action, deployment=deployment))

    seen = [(each.actor, each.action, each.deployment) for each in reversed(house.reviewing.audit(TIM))]

    assert seen == [entries[0], entries[1], entries[3], entries[6]]


def test_the_channel_is_named_in_the_review(house: ReviewHouse) -> None:
    """So that its absence is seen."""
    nowhere = replace(house.reviewing, channel="")

    assert house.reviewing.review(GRACE).channel == CHANNEL
    assert nowhere.review(GRACE).channel == ""


def test_an_answer_by_mistake_of_somebody_else_counts_once(house: ReviewHouse) -> None:
    """A click that is delivered twice is one answer."""
    episode = house.idle()
    for _ in range(2):
        house.book.respond(
            Response(key="click", episode=episode.id, answer=Answer.KEEP, by=SlackUserId("UADA"), at=house.now)
        )

    assert house.reviewing.review(GRACE).answers == {"keep": 1}


def test_the_mode_is_shown_as_it_is(house: ReviewHouse) -> None:
    """With who has changed it."""
    house.set_mode(Mode(is_live=True, by="UGRACE", reason="tried", at=MONDAY))

    assert house.reviewing.review(TIM).mode.reason == "tried"
