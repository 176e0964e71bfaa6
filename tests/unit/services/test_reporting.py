"""Reports to the administrators' channel: what is posted when, and that each is posted once whatever happens."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.operation import Breaker, JobName, Obstacle, Outcome
from bot.domain.policy import DAY
from bot.domain.review import ReportKind
from bot.errors import BotError
from bot.services.reviewing import Reviewing
from tests.unit.services.reminder_house import HOUR, MINUTE, MONDAY
from tests.unit.services.review_house import CHANNEL, GRACE, ReviewHouse

EARLY = MONDAY - HOUR
STEPS = 30
"""At how many calls to the database a process dies, one after the other."""


def live_house() -> ReviewHouse:
    """Return a house in which reminders are live, an hour before the digest of the week is due."""
    return ReviewHouse(now=EARLY)


def dry_house() -> ReviewHouse:
    """Return the same in a dry run."""
    return ReviewHouse(now=EARLY, is_live=False)


# What is posted when.


def test_the_digest_of_the_week_comes_on_monday_morning_once() -> None:
    """One for each week, at half past nine."""
    house = live_house()
    house.go_to(MONDAY - MINUTE)
    before = house.keys
    house.go_to(MONDAY)
    at = house.keys
    house.go_to(MONDAY + 14 * DAY, step=30 * MINUTE)

    assert before == []
    assert at == ["weekly/2026-W24"]
    assert house.keys == ["weekly/2026-W24", "weekly/2026-W25", "weekly/2026-W26"]
    assert {report.kind for report in house.reports} == {ReportKind.WEEKLY}


def test_the_digest_of_a_holiday_comes_on_the_next_working_day() -> None:
    """Not on the holiday, and not twice."""
    house = live_house()
    house.calendars.holidays.add(date(2026, 6, 8))
    house.go_to(MONDAY + DAY - MINUTE, step=10 * MINUTE)
    before = house.keys
    house.go_to(MONDAY + 2 * DAY, step=10 * MINUTE)

    assert (before, house.keys) == ([], ["weekly/2026-W24"])


def test_a_digest_that_was_missed_comes_once_in_its_week() -> None:
    """After a stop of three weeks only the present week's."""
    house = live_house()
    house.now = MONDAY + 22 * DAY
    house.finish_all()
    house.reviewing.round()
    house.go_to(house.now + DAY, step=10 * MINUTE)

    assert house.keys == ["weekly/2026-W27"]


def test_in_a_dry_run_the_plan_comes_each_working_day_instead() -> None:
    """From half past nine, not at weekends, and not on holidays."""
    house = dry_house()
    house.idle()
    house.calendars.holidays.add(date(2026, 6, 10))
    house.go_to(MONDAY + 7 * DAY, step=10 * MINUTE)

    assert house.keys == [f"plan/2026-06-{day:02}" for day in (8, 9, 11, 12, 15)]
    assert [each.email for each in house.reports[0].review.planned] == ["ada@example.org"]
    assert house.inbox() == []


def test_whoever_goes_live_in_the_middle_of_a_week_is_not_told_it_twice() -> None:
    """The plan was there already; the first digest comes on Monday."""
    house = dry_house()
    house.go_to(MONDAY + 2 * DAY, step=10 * MINUTE)
    house.reviewing.go_live(GRACE)
    house.go_to(MONDAY + 7 * DAY, step=10 * MINUTE)

    assert house.keys[2:] == ["plan/2026-06-10", "weekly/2026-W25"]


def test_without_a_channel_nothing_is_posted() -> None:
    """And nothing is counted as posted, so that it comes as soon as there is one."""
    house = live_house()
    mute = replace(house.reviewing, channel="")
    house.now = MONDAY
    counts = mute.round()
    house.finish_all()
    house.reviewing.round()

    assert counts == {"posted": 0}
    assert house.keys == ["weekly/2026-W24"]


def test_a_report_is_about_all_platforms() -> None:
    """Whoever reads the channel administers something."""
    house = live_house()
    house.idle("plankton")
    house.idle("owls")
    house.move_to("owls", "tutorials")
    house.go_to(MONDAY)

    assert {each.episode.title for each in house.reports[0].review.idle} == {"Plankton", "Owls"}


# Alarms.


def test_a_wave_calls_an_administrator_once() -> None:
    """At once, at any hour, and again only for another wave."""
    house = ReviewHouse(now=MONDAY + 12 * HOUR)
    house.go_to(house.now + MINUTE)
    first = Breaker(obstacle=Obstacle.WAVE, since=house.now, detail="7 of 20")
    house.book.trip(first)
    house.go_to(house.now + DAY, step=5 * MINUTE)
    house.book.trip(first.model_copy(update={"since": house.now}))
    house.go_to(house.now + HOUR, step=5 * MINUTE)

    alarms = [report for report in house.reports if report.kind is ReportKind.ALARM]
    assert [each.breaker.detail for each in alarms if each.breaker] == ["7 of 20", "7 of 20"]


def test_a_standstill_calls_an_administrator_once() -> None:
    """After a quarter of an hour without a reading; the next standstill is another one."""
    house = live_house()
    house.go_to(house.now + 5 * MINUTE)
    stand_still(house, JobName.MEASURE, HOUR)
    house.finish_all()
    stand_still(house, JobName.MEASURE, HOUR)

    late = [report.overdue for report in house.reports if report.overdue]
    assert [(each.job, each.detail) for each in late] == [(JobName.MEASURE, "no leader")] * 2


def test_a_bot_that_was_away_calls_nobody_when_it_comes_back() -> None:
    """Its jobs could not run: that is no standstill."""
    house = live_house()
    house.go_to(house.now + 5 * MINUTE)
    house.now += DAY
    house.reviewing.round()
    house.restart("second")
    house.now += DAY
    house.reviewing.round()

    assert [report.overdue for report in house.reports if report.overdue] == []


def stand_still(house: ReviewHouse, job: JobName, span: timedelta) -> None:
    """Let time go by in which one job fails and the others work."""
    end = house.now + span
    while house.now < end:
        house.now += MINUTE
        for each in JobName:
            house.finish(each, outcome=Outcome.FAILED if each is job else Outcome.DONE, detail="no leader")
        house.reviewing.round()


# Never twice, never lost.


def test_a_report_whose_answer_was_lost_is_looked_for_and_not_repeated() -> None:
    """It stands already."""
    house = live_house()
    house.messenger.loses_answer = True
    house.go_to(MONDAY + DAY, step=MINUTE * 5)

    assert house.keys == ["weekly/2026-W24"]


def test_a_report_that_surely_was_not_posted_is_posted_later() -> None:
    """After a quarter of an hour, when nothing can be on its way any more."""
    house = live_house()
    house.messenger.loses_post = True
    house.go_to(MONDAY + 14 * MINUTE)
    early = house.keys
    house.go_to(MONDAY + 20 * MINUTE)

    assert (early, house.keys) == ([], ["weekly/2026-W24"])


def test_a_doubtful_report_waits_while_the_channel_cannot_be_read() -> None:
    """Twice would be worse than late; the review tells of it."""
    house = live_house()
    house.messenger.loses_answer = True
    house.messenger.hides_history = True
    house.go_to(MONDAY + 2 * HOUR)
    trouble = house.reviewing.review(GRACE).channel_trouble
    house.messenger.hides_history = False
    house.go_to(MONDAY + 3 * HOUR)

    assert trouble == "The conversation cannot be read."
    assert house.keys == ["weekly/2026-W24"]
    assert house.reviewing.review(GRACE).channel_trouble == ""


def test_a_channel_that_cannot_be_read_is_looked_at_once_an_hour() -> None:
    """The right to read it may be missing for ever: neither Slack nor the log hear of it every minute."""
    house = live_house()
    house.messenger.loses_answer = True
    house.messenger.hides_history = True

    house.go_to(MONDAY + 5 * HOUR)

    assert house.messenger.searches in {4, 5}


def test_a_report_waits_while_slack_is_away() -> None:
    """It comes when Slack does."""
    house = live_house()
    house.messenger.is_down = True
    house.go_to(MONDAY + HOUR)
    house.messenger.is_down = False
    house.go_to(MONDAY + HOUR + 2 * MINUTE)

    assert house.keys == ["weekly/2026-W24"]


def test_a_channel_that_refuses_is_tried_once_an_hour() -> None:
    """The review says why nothing comes, and whoever invites the bot need not restart it."""
    house = live_house()
    house.messenger.refuses_channels.add(CHANNEL)
    house.go_to(MONDAY + 30 * MINUTE)
    trouble = house.reviewing.review(GRACE).channel_trouble
    house.messenger.refuses_channels.clear()
    house.go_to(MONDAY + 2 * HOUR)

    assert "refuses messages to this channel" in trouble
    assert house.keys == ["weekly/2026-W24"]


class Dies(BotError):
    """The process ends here."""


class DyingBook:
    """Passes calls to a case book until the process dies at one of them, before or after its effect."""

    def __init__(self, book: object, *, at: int, is_after: bool) -> None:
        self._book, self._at, self._is_after = book, at, is_after
        self.calls = 0

    def __getattr__(self, name: str) -> object:
        real = getattr(self._book, name)

        def call(*args: object, **options: object) -> object:
            self.calls += 1
            is_the_end = self.calls == self._at
            if is_the_end and not self._is_after:
                raise Dies("before")
            answer = real(*args, **options)
            if is_the_end:
                raise Dies("after")
            return answer

        return call


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("step", range(1, STEPS + 1))
@pytest.mark.parametrize("is_live", [True, False])
def test_a_crash_at_any_step_leads_to_one_report(step: int, is_after: bool, is_live: bool) -> None:  # noqa: FBT001  # parameters
    """Whichever call to the database was the last of the process, the next one posts it, or knows that it stands."""
    house = ReviewHouse(now=MONDAY, is_live=is_live)
    house.finish_all()
    dying = house.reviews(book=DyingBook(house.book, at=step, is_after=is_after))  # type: ignore[arg-type]  # passes everything on
    crash(dying)
    house.restart("second")
    house.go_to(MONDAY + HOUR)

    assert house.keys == ["weekly/2026-W24" if is_live else "plan/2026-06-08"]


def test_the_crashes_reach_through_a_whole_round() -> None:
    """A round that posts makes no more calls than there are places to die at."""
    house = ReviewHouse(now=MONDAY, is_live=False)
    counting = DyingBook(house.book, at=0, is_after=False)
    house.reviews(book=counting).round()  # type: ignore[arg-type]  # passes everything on

    assert len(house.keys) == 1
    assert 10 < counting.calls <= STEPS


def crash(desk: Reviewing) -> None:
    """Do a round, in which the process may die."""
    with suppress(Dies):
        desk.round()


class SleepyBook(DyingBook):
    """Lets the process sleep for ten minutes at one call."""

    def __init__(self, house: ReviewHouse, *, at: int) -> None:
        super().__init__(house.book, at=0, is_after=False)
        self._house, self._naps = house, at

    def __getattr__(self, name: str) -> object:
        real = getattr(self._house.book, name)

        def call(*args: object, **options: object) -> object:
            answer = real(*args, **options)
            if name == "remember" and self._naps:
                self._naps -= 1
                self._house.now += 10 * MINUTE
            return answer

        return call


def test_a_process_that_was_asleep_does_not_post() -> None:
    """Another one may have done so; it is looked for, and posted once."""
    house = ReviewHouse(now=MONDAY)
    house.finish_all()
    house.reviews(book=SleepyBook(house, at=1)).round()  # type: ignore[arg-type]  # passes everything on
    asleep = house.keys
    house.go_to(MONDAY + HOUR)

    assert (asleep, house.keys) == ([], ["weekly/2026-W24"])
