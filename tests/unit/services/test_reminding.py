"""Owners are told once a working day at most, of what holds at that moment, while nothing speaks against it."""

from datetime import UTC, datetime, time

import pytest

from bot.domain.addressees import Reach
from bot.domain.answers import Preferences
from bot.domain.findings import Verdict
from bot.domain.notices import NoticeState
from bot.domain.operation import Breaker, Mode, Obstacle
from bot.domain.policy import DAY, FindingKind
from bot.domain.records import AuditEntry
from bot.domain.reminders import Exemption
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MINUTE, MONDAY, ReminderHouse, person


@pytest.fixture
def house() -> ReminderHouse:
    """Give the use cases on a Monday in June, at half past nine in Madrid, live."""
    return ReminderHouse()


def test_an_owner_is_told_of_all_findings_in_one_letter(house: ReminderHouse) -> None:
    """The most urgent first, one for each deployment, each with when it is told next."""
    house.idle("plankton")
    house.idle("birds", kind=FindingKind.FAILED)

    counts = house.work()

    letter = house.inbox()[0].letter
    assert [(line.episode.title, line.step) for line in letter.lines] == [("Birds", 1), ("Plankton", 1)]
    assert [line.next_at for line in letter.lines] == [MONDAY + DAY, MONDAY + DAY]
    assert (counts["planned"], counts["sent"], len(house.inbox()), house.inbox(BOB)) == (1, 1, 1, [])


def test_the_first_letter_of_all_explains_itself(house: ReminderHouse) -> None:
    """Only the very first one does."""
    house.idle()

    house.pass_time(2 * DAY)

    assert [message.letter.is_first for message in house.inbox()] == [True, False]


def test_the_letter_says_who_waits_and_carries_the_use_of_the_gpus(house: ReminderHouse) -> None:
    """What the reader needs to decide is in it; a deployment without a GPU has no curve."""
    house.idle("plankton")
    cpu = house.deploy("birds", gpus=0)
    house.find(cpu, FindingKind.CPU_IDLE)

    house.work()

    message = house.inbox()[0]
    assert [line.waiting.people if line.waiting else None for line in message.letter.lines] == [2, None]
    assert [use.title for use in message.use] == ["Plankton"]


def test_a_letter_about_a_second_gpu_names_every_gpu_deployment_and_goes_on_to(house: ReminderHouse) -> None:
    """Also once it was edited; a deployment without a GPU, and somebody else's, are none of them."""
    house.deploy("plankton")
    house.deploy("birds", gpus=0)
    house.deploy("bats", BOB)
    owl = house.idle("owl", kind=FindingKind.OVER_ETIQUETTE)
    house.work()
    house.answering.keep(ADA, house.ref(owl.deployment, owl.kind), days=1, reason="two trainings", key="k1")

    told = [letter.lines[0].holdings for letter in house.inbox()[0].said]

    assert [sorted(each.title for each in holdings) for holdings in told] == [["Owl", "Plankton"]] * 2


def test_an_unanswered_finding_is_told_after_one_three_and_seven_days_and_then_no_more(house: ReminderHouse) -> None:
    """Four letters in eleven days; the rest is for the administrators."""
    house.idle()

    house.pass_time(40 * DAY)

    assert house.told() == [
        ("Mon 08 10:00", [("Plankton", 1)]),
        ("Tue 09 10:00", [("Plankton", 2)]),
        ("Fri 12 10:00", [("Plankton", 3)]),
        ("Fri 19 10:00", [("Plankton", 4)]),
    ]


def test_a_second_finding_of_the_day_waits_for_the_next_one(house: ReminderHouse) -> None:
    """What comes up after the digest is told tomorrow, together with what is due then."""
    house.idle("plankton")
    house.work()
    house.now += HOUR
    house.idle("birds")

    house.pass_time(DAY)

    assert [titles for _, titles in house.told()] == [[("Plankton", 1)], [("Plankton", 2), ("Birds", 1)]]


def test_a_chosen_hour_is_kept(house: ReminderHouse) -> None:
    """Whoever wants to hear in the afternoon does."""
    house.book.save_preferences(Preferences(email=ADA.owner.email, hour=time(14, 0)))
    house.idle()

    house.pass_time(DAY)

    assert [at for at, _ in house.told()] == ["Mon 08 14:00"]


def test_nobody_hears_on_holidays_in_a_pause_or_at_the_week_end(house: ReminderHouse) -> None:
    """Monday is a holiday, Ada is away until Thursday, and Bob is not."""
    house.calendars.holidays.add(MONDAY.date())
    house.book.save_preferences(Preferences(email=ADA.owner.email, paused_until=MONDAY + 3 * DAY))
    house.idle("plankton", ADA)
    house.idle("birds", BOB)

    house.pass_time(4 * DAY)

    assert [at for at, _ in house.told(ADA)] == ["Thu 11 09:30", "Fri 12 09:30"]
    assert [at for at, _ in house.told(BOB)] == ["Tue 09 09:30", "Wed 10 09:30"]


def test_whoever_must_not_be_disturbed_is_told_later(house: ReminderHouse) -> None:
    """And while nobody knows whether they may be, it waits as well."""
    house.idle()
    house.addressees.disturbed.add(ADA.slack_user)
    house.pass_time(HOUR)
    house.addressees.disturbed.clear()
    house.addressees.is_down = True
    house.pass_time(HOUR)
    during = house.told()
    house.addressees.is_down = False

    house.pass_time(HOUR)

    assert (during, [at for at, _ in house.told()]) == ([], ["Mon 08 12:00"])


def test_what_is_settled_while_it_waits_is_dropped_without_a_word(house: ReminderHouse) -> None:
    """The last look before sending sees that it is used again: no message, and the episode has ended."""
    house.addressees.disturbed.add(ADA.slack_user)
    episode = house.idle()
    house.work()
    house.addressees.disturbed.clear()
    house.find(episode.deployment, verdict=Verdict.NO)

    house.reminding.round()

    notice = house.book.notice_of(ADA.owner.email, MONDAY.date())
    assert notice is not None
    assert (notice.state, house.inbox()) == (NoticeState.DROPPED, [])
    assert not house.episode(episode.deployment).is_open


def test_lines_that_do_not_hold_any_more_are_trimmed(house: ReminderHouse) -> None:
    """The others are told."""
    house.addressees.disturbed.add(ADA.slack_user)
    first = house.idle("plankton")
    house.idle("birds")
    house.work()
    house.addressees.disturbed.clear()
    house.find(first.deployment, verdict=Verdict.NO)

    house.reminding.round()

    assert [titles for _, titles in house.told()] == [[("Birds", 1)]]


def test_a_dropped_digest_does_not_use_up_the_day(house: ReminderHouse) -> None:
    """What comes up later that day is told that day."""
    episode = house.idle("plankton")
    house.check.before_recheck = lambda: house.find(episode.deployment, verdict=Verdict.NO)
    house.reminding.round()
    house.now += HOUR
    house.idle("birds")

    house.pass_time(HOUR)

    assert house.told() == [("Mon 08 11:00", [("Birds", 1)])]


def test_what_nobody_can_confirm_at_the_last_look_waits(house: ReminderHouse) -> None:
    """Unknown is not told, and it is not dropped either."""
    episode = house.idle()
    house.now += MINUTE
    house.check.before_recheck = lambda: house.find(episode.deployment, verdict=Verdict.UNKNOWN)
    house.reminding.round()
    notice = house.book.notice_of(ADA.owner.email, MONDAY.date())
    house.check.before_recheck = lambda: None
    house.find(episode.deployment)
    before = house.inbox()

    house.pass_time(HOUR)

    assert notice is not None
    assert (notice.state, before, len(house.inbox())) == (NoticeState.PLANNED, [], 1)


def test_a_cluster_that_does_not_answer_at_the_last_look_delays(house: ReminderHouse) -> None:
    """Nothing is told on the word of an old look."""
    house.idle()
    house.check.is_down = True
    house.reminding.round()
    before = house.inbox()
    house.check.is_down = False

    house.pass_time(HOUR)

    assert (before, len(house.inbox())) == ([], 1)


def test_a_dry_run_tells_owners_nothing_and_keeps_nothing_for_later(house: ReminderHouse) -> None:
    """Three weeks of it, then live: one letter, with step one, and no burst."""
    house.set_mode(Mode())
    house.idle("plankton")
    house.idle("birds")
    house.pass_time(21 * DAY)
    before = (house.inbox(), house.book.open_notices())

    house.set_mode(Mode(is_live=True))
    house.pass_time(2 * HOUR)

    assert before == ([], ())
    assert house.told() == [("Mon 29 10:00", [("Birds", 1), ("Plankton", 1)])]


def test_a_pause_holds_back_even_what_was_planned_already(house: ReminderHouse) -> None:
    """Planned on Monday, paused until Wednesday: Monday's notice is dropped, and Wednesday has one letter."""
    house.addressees.disturbed.add(ADA.slack_user)
    house.idle()
    house.work()
    house.addressees.disturbed.clear()
    house.set_mode(Mode(is_live=True, is_paused=True, paused_until=MONDAY + 2 * DAY))

    house.pass_time(3 * DAY)

    monday = house.book.notice_of(ADA.owner.email, MONDAY.date())
    assert monday is not None
    assert monday.state is NoticeState.DROPPED
    assert house.told() == [("Wed 10 09:30", [("Plankton", 1)]), ("Thu 11 09:30", [("Plankton", 2)])]


@pytest.mark.parametrize("obstacle", list(Obstacle))
def test_whatever_is_in_the_way_holds_everything_back_until_it_is_released(
    house: ReminderHouse, obstacle: Obstacle
) -> None:
    """An administrator who says to go on in spite of it is heard."""
    house.idle()
    house.book.trip(Breaker(obstacle=obstacle, since=MONDAY))
    counts = house.work()
    before = house.inbox()
    house.book.trip(Breaker(obstacle=obstacle, since=MONDAY, released_by="UADMIN"))

    house.work()

    assert (counts["held back"], before, len(house.inbox())) == (1, [], 1)


def test_a_long_stop_of_the_bot_is_followed_by_one_letter(house: ReminderHouse) -> None:
    """What was planned before it is dropped and merged into the day's."""
    house.addressees.disturbed.add(ADA.slack_user)
    house.idle("plankton")
    house.work()
    house.addressees.disturbed.clear()
    house.idle("birds")
    house.now += 9 * DAY
    house.restart("second")

    house.pass_time(2 * HOUR)

    assert [len(titles) for _, titles in house.told()] == [2]


@pytest.mark.parametrize("reach", [Reach.NO_ACCOUNT, Reach.DEACTIVATED, Reach.SHARED])
def test_an_owner_who_is_nobody_in_slack_is_a_finding_for_administrators(house: ReminderHouse, reach: Reach) -> None:
    """Nobody is told, nothing is done, and the plan for administrators names the reason."""
    episode = house.idle()
    house.addressees.become(ADA.owner.email, reach)

    house.pass_time(DAY)

    assert house.messenger.messages() == []
    assert [(each.reach, [one.id for one in each.episodes]) for each in house.reminding.planned()] == [
        (reach, [episode.id])
    ]


def test_an_account_that_vanishes_before_its_letter_is_sent_gets_none(house: ReminderHouse) -> None:
    """What was planned for it is dropped."""
    house.addressees.disturbed.add(ADA.slack_user)
    house.idle()
    house.work()
    house.addressees.become(ADA.owner.email, Reach.DEACTIVATED)

    house.reminding.round()

    assert (house.messenger.messages(), house.book.open_notices()) == ([], ())


def test_a_kept_and_an_exempt_deployment_are_never_told(house: ReminderHouse) -> None:
    """Until the exemption ends."""
    episode = house.idle()
    exemption = Exemption(
        deployment=episode.deployment, by="UADMIN", reason="project", since=MONDAY, until=MONDAY + 2 * DAY
    )
    house.book.exempt(exemption, noting=AuditEntry(at=MONDAY, actor="UADMIN", action="exempt"))

    house.pass_time(2 * DAY)

    assert [at for at, _ in house.told()] == ["Wed 10 09:30"]


def test_a_heavy_user_is_told_apart_from_the_findings_of_a_deployment(house: ReminderHouse) -> None:
    """It is about the person: it does not hide what is about the deployment, nor the other way round."""
    deployment = house.deploy("plankton")
    house.find(deployment, FindingKind.GPU_IDLE)
    house.find(deployment, FindingKind.GPU_HEAVY)
    house.find(deployment, FindingKind.CPU_IDLE)

    house.work()

    kinds = [line.episode.kind for line in house.inbox()[0].letter.lines]
    assert kinds == [FindingKind.GPU_IDLE, FindingKind.GPU_HEAVY]


def test_the_plan_names_everybody_with_their_hour(house: ReminderHouse) -> None:
    """What a dry run shows to administrators: who would hear of what, and when."""
    house.set_mode(Mode())
    tokyo = person("chie", time_zone="Asia/Tokyo")
    house.addressees.add(tokyo.owner.email, tokyo.slack_user, time_zone=tokyo.time_zone)
    house.idle("plankton", ADA)
    house.idle("birds", tokyo)
    house.now = datetime(2026, 6, 8, 10, 0, tzinfo=UTC)

    planned = {each.email: each.at for each in house.reminding.planned()}

    assert planned == {
        "ada@example.org": house.now,
        "chie@example.org": datetime(2026, 6, 9, 0, 30, tzinfo=UTC),
    }


def test_the_audit_log_has_what_was_told_by_which_policy(house: ReminderHouse) -> None:
    """Who, what, which step, which thresholds."""
    episode = house.idle()

    house.work()

    entry = house.book.audited[-1]
    assert (entry.actor, entry.action) == ("reminders", "reminded")
    assert entry.detail == f"UADA: {episode.id} step 1 by policy p1"


def test_rounds_far_from_office_hours_plan_nothing(house: ReminderHouse) -> None:
    """At night the book stays as it is."""
    house.now = MONDAY - 3 * HOUR
    house.idle()

    house.pass_time(2 * HOUR, step=30 * MINUTE)

    assert (house.book.open_notices(), house.inbox()) == ((), [])
