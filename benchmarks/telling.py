"""Let the real reminding tell invented owners for weeks, with everything going wrong, and count what must not be.

`python -m benchmarks.telling [--weeks 6] [--seed N] [--people 18] [--write]`
"""

import argparse
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast

from benchmarks.lives import DAY, MINUTE
from benchmarks.page import Table, put_between
from benchmarks.planned_checks import PlannedChecks
from benchmarks.telling_judge import HOLIDAYS, MUST_NOT_BE, STEP, Listener, Told
from benchmarks.telling_world import (
    Died,
    Troubled,
    Weekdays,
    draw_people,
    draw_plans,
    draw_weather,
)
from bot.domain.addressees import Reach
from bot.domain.answers import Answer, Preferences, Response
from bot.domain.base import SlackUserId
from bot.domain.operation import Mode
from bot.domain.policy import Policy
from bot.domain.records import AuditEntry
from bot.domain.reminders import Keep
from bot.errors import BotError
from bot.ports import CaseBook, Messenger
from bot.services.reminding import Reminding
from tests.fakes.addressees import FakeAddressees
from tests.fakes.case_book import MemoryCaseBook
from tests.fakes.ledger import MemoryLedger
from tests.fakes.messenger import FakeMessenger

SEASONS = {
    "spring, summer time begins and ends": datetime(2026, 3, 2, tzinfo=UTC),
    "autumn, summer time begins and ends": datetime(2026, 9, 21, tzinfo=UTC),
    "leap day": datetime(2028, 2, 14, tzinfo=UTC),
    "year end": datetime(2026, 12, 14, tzinfo=UTC),
}
PAGE = Path(__file__).parents[1] / "docs" / "reminders.md"


class Weeks:
    """Some weeks of a platform; two processes on one database tell its owners."""

    def __init__(
        self,
        *,
        seed: int,
        start: datetime,
        weeks: float,
        people: int,
        trouble: float = 0.002,
        answers: float = 0.01,
        step: int = STEP,
    ) -> None:
        """Draw them.

        `trouble` is how likely each call to what is outside ends or interrupts the process, `answers` how likely
        somebody answers from one check to the next, which are `step` minutes apart.
        """
        self._answers, self._step = answers, step
        self._dice = Random(f"{seed}/{start.isoformat()}")  # noqa: S311 - invented weeks, no secret
        self._start, self._minutes, self._trouble = start, round(weeks * 7 * DAY), trouble
        self._minute = 0
        self._people = draw_people(self._dice, start=start, minutes=self._minutes, number=people)
        self._weather = draw_weather(self._dice, minutes=self._minutes - DAY)
        self._book, self._ledger = MemoryCaseBook(), MemoryLedger()
        self._messenger, self._addressees = FakeMessenger(clock=self._clock), FakeAddressees()
        self._plans = draw_plans(self._dice, self._people, minutes=self._minutes)
        self._checks = PlannedChecks(
            start=start,
            plans=self._plans,
            case_book=self._book,
            clock=self._clock,
            minute=lambda: self._minute,
            weather=self._weather,
        )
        self._listener = Listener(
            people=self._people,
            plans=self._plans,
            weather=self._weather,
            book=self._book,
            messenger=self._messenger,
            clock=self._clock,
            minute=lambda: self._minute,
            step=step,
        )
        self._is_nested = False
        self._settle_in()
        self._processes = [self._process("first"), self._process("second")]

    def live(self) -> Told:
        """Let the weeks pass; the last day is without faults, so that everything in doubt is settled."""
        for minute in range(0, self._minutes, self._step):
            self._minute = minute
            self._set_scene()
            if minute not in self._weather.stopped:
                self._work()
            self._listener.look_for_lost()
        self._listener.look_at_records()
        return self._listener.told

    # The world.

    def _clock(self) -> datetime:
        off = self._weather.off.get(self._minute, 0)
        return self._start + (self._minute + off) * MINUTE

    def _settle_in(self) -> None:
        mode = Mode(is_live=True, by="UADMIN", at=self._start)
        self._book.save_mode(mode, noting=AuditEntry(at=self._start, actor="UADMIN", action="go live"))
        for each in self._people:
            if each.reach is Reach.PERSON:
                self._addressees.add(each.email, each.slack_user, time_zone=each.zone)
            else:
                self._addressees.become(each.email, each.reach)
            self._book.save_preferences(Preferences(email=each.email, hour=each.hour, paused_until=each.paused_until))

    def _process(self, name: str) -> Reminding:
        return Reminding(
            checking=self._checks,
            watching=self._checks,
            case_book=cast("CaseBook", Troubled(self._book, self._maybe)),
            ledger=self._ledger,
            messenger=cast("Messenger", Troubled(self._messenger, self._maybe)),
            addressees=self._addressees,
            calendars=Weekdays(HOLIDAYS),
            clock=self._clock,
            holder=name,
            policy=Policy,
        )

    def _set_scene(self) -> None:
        minute, slack = self._minute, self._messenger
        slack.is_down = minute in self._weather.storms and self._chance(0.5)
        slack.answers_left = self._dice.randint(0, 3) if minute in self._weather.storms else None
        slack.hides_history = minute in self._weather.hidden
        slack.loses_answer = self._is_troubled() and self._chance(0.1)
        slack.loses_post = self._is_troubled() and self._chance(0.1)
        self._addressees.is_down = minute in self._weather.hidden and self._chance(0.3)
        self._addressees.disturbed = {SlackUserId(each.slack_user) for each in self._people if minute in each.disturbed}
        for each in self._people:
            if minute >= each.leaves:
                self._addressees.become(each.email, Reach.DEACTIVATED)

    def _is_troubled(self) -> bool:
        return self._minute < self._minutes - DAY

    def _work(self) -> None:
        with suppress(BotError):  # the check of five minutes later makes up for it
            self._checks.round()
        order = [0, 1]
        self._dice.shuffle(order)
        for number in order:
            self._round(number)
            self._listener.look_at_messages()
        self._answer()

    def _round(self, number: int) -> None:
        try:
            self._processes[number].round()
        except Died:
            self._listener.told.crashes += 1
            self._processes[number] = self._process(("first", "second")[number])
        except BotError:
            pass  # as the scheduler does: the next round is another chance

    def _maybe(self) -> None:
        """Die, or let the other process in between, at any call to what is outside."""
        if not self._is_troubled() or self._is_nested or not self._chance(self._trouble):
            return
        if self._chance(0.5):
            raise Died
        self._is_nested = True
        with suppress(BotError):  # as above
            self._process("third").round()
        self._is_nested = False

    def _chance(self, part: float) -> bool:
        return self._dice.random() < part

    def _answer(self) -> None:
        """Let somebody keep something that they were told of."""
        lines = [line for message in self._listener.seen[-20:] for line in message.said[0].lines]
        if not lines or not self._chance(self._answers):
            return
        line = self._dice.choice(lines)
        episode, now = line.episode, self._clock()
        days = self._dice.choice((1, 3, 7))
        response = Response(
            key=f"{episode.id} {now.isoformat()}", episode=episode.id, answer=Answer.KEEP, by=SlackUserId("U"), at=now
        )
        keep = Keep(
            deployment=episode.deployment,
            instance=episode.instance,
            kind=episode.kind,
            by="U",
            since=now,
            until=now + timedelta(days=days),
        )
        self._book.respond(response, keep=keep)


def table(results: dict[str, Told]) -> Table:
    """Return what must not be, one column for each season."""
    rows = [
        ("messages", *(f"{told.messages:,}" for told in results.values())),
        ("findings told in them", *(f"{told.lines:,}" for told in results.values())),
        ("processes that died", *(f"{told.crashes:,}" for told in results.values())),
        *((what, *(str(told.wrong[what]) for told in results.values())) for what in MUST_NOT_BE),
    ]
    return Table(headings=("", *results), rows=rows)


def main() -> None:
    """Print what happened in each season."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=float, default=6)
    parser.add_argument("--people", type=int, default=18)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into docs/reminders.md")
    arguments = parser.parse_args()
    results = {
        name: Weeks(seed=arguments.seed, start=start, weeks=arguments.weeks, people=arguments.people).live()
        for name, start in SEASONS.items()
    }
    print(table(results).as_text())
    for name, told in results.items():
        for what, example in told.examples.items():
            print(f"{name}: {what}: {example}")
    if arguments.write:
        span = f"{arguments.weeks:g} weeks of {arguments.people} owners each"
        how = f'`make telling ARGS="--seed={arguments.seed}"`, {span}:'
        put_between(PAGE, "telling", f"{how}\n\n{table(results).as_markdown()}")


if __name__ == "__main__":
    main()
