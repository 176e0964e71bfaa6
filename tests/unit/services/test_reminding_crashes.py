"""Whatever step a process dies at, or another process comes in between: a letter is sent once, and that is known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.answers import Answer
from bot.domain.base import DeploymentId
from bot.domain.episodes import Resolution
from bot.domain.findings import Verdict
from bot.domain.letters import Settling
from bot.ports import CaseBook, Messenger
from bot.services.reminding import Reminding
from tests.unit.services.reminder_house import ADA, MINUTE, MONDAY, ReminderHouse

BEFORE, AFTER = "before", "after"
PLANKTON = DeploymentId("plankton")


class Died(BaseException):
    """The end of a process: nothing in it can catch that."""


@dataclass
class Steps:
    """Counts the calls to what is outside; at one of them, before or after its effect, something happens."""

    at: int = 0
    when: str = BEFORE
    happening: Callable[[], None] = lambda: None
    count: int = 0
    last: str = ""

    def call(self, name: str, method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Pass a call on."""
        self.count += 1
        is_it = self.count == self.at
        if is_it and self.when == BEFORE:
            self.last = name
            self.happening()
        result = method(*args, **kwargs)
        if is_it and self.when == AFTER:
            self.last = name
            self.happening()
        return result


class Watched:
    """Stands in front of something outside and counts the calls to it."""

    def __init__(self, target: object, steps: Steps) -> None:
        self._target = target
        self._steps = steps

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._target, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._steps.call(name, method, args, kwargs)

        return call


def die() -> None:
    """End the process."""
    raise Died


def process(house: ReminderHouse, steps: Steps, holder: str = "first") -> Reminding:
    """Return a process each of whose steps is counted."""
    return house.process(
        holder,
        book=cast("CaseBook", Watched(house.book, steps)),
        messenger=cast("Messenger", Watched(house.messenger, steps)),
    )


def two_idle() -> ReminderHouse:
    """Return a house in which Ada is to be told of two deployments."""
    house = ReminderHouse()
    house.idle("plankton")
    house.idle("birds")
    return house


def told_and_idle() -> ReminderHouse:
    """Return a house in which Ada was told of two deployments, and one of them is used again."""
    house = two_idle()
    house.reminding.round()
    house.find(PLANKTON, verdict=Verdict.NO)
    house.now += 5 * MINUTE
    house.check.round(ADA)
    return house


def number_of_steps(made: Callable[[], ReminderHouse]) -> int:
    """Return how many steps a round has that nothing disturbs."""
    steps = Steps()
    process(made(), steps).round()
    return steps.count


def end_of(house: ReminderHouse) -> tuple[object, ...]:
    """Return all that is left after another process has done its rounds for half an hour."""
    house.restart("second")
    house.pass_time(timedelta(minutes=30), step=MINUTE)
    notice = house.book.notice_of(ADA.owner.email, MONDAY.date())
    assert notice is not None
    ids = [item.episode.id for item in notice.items]
    deliveries = house.book.deliveries(ids)
    return (
        [
            [(line.episode.title, line.settled.how if line.settled else None) for line in message.letter.lines]
            for message in house.inbox()
        ],
        (notice.state, notice.channel, notice.timestamp, notice.claimed_by, notice.shown != ""),
        sorted((str(each), [delivery.step for delivery in told]) for each, told in deliveries.items()),
        [entry.action for entry in house.book.audited if entry.actor == "reminders"],
    )


def ends_of_crashes(made: Callable[[], ReminderHouse]) -> dict[tuple[int, str, str], tuple[object, ...]]:
    """Return what is left for a crash at every step, before and after its effect."""
    ends = {}
    for at in range(1, number_of_steps(made) + 1):
        for when in (BEFORE, AFTER):
            house, steps = made(), Steps(at=at, when=when, happening=die)
            with pytest.raises(Died):
                process(house, steps).round()
            ends[at, when, steps.last] = end_of(house)
    return ends


def test_a_crash_at_any_step_of_sending_leads_to_one_letter_that_is_known() -> None:
    """Exactly what is left without a crash: one message, recorded with where it stands, each step delivered once."""
    undisturbed = two_idle()
    undisturbed.reminding.round()
    expected = end_of(undisturbed)

    ends = ends_of_crashes(two_idle)

    assert len(ends) > 40
    assert {step: end for step, end in ends.items() if end != expected} == {}


def test_a_crash_at_any_step_of_an_edit_leads_to_a_true_letter() -> None:
    """The line says that it is used again, the other one is still a question, and nothing new was posted."""
    undisturbed = told_and_idle()
    undisturbed.reminding.round()
    expected = end_of(undisturbed)

    ends = ends_of_crashes(told_and_idle)

    assert expected[0] == [[("Birds", None), ("Plankton", Settling.RESUMED)]] or expected[0] == [
        [("Plankton", Settling.RESUMED), ("Birds", None)]
    ]
    assert {step: end for step, end in ends.items() if end != expected} == {}


def test_another_process_that_comes_in_at_any_step_sends_nothing_twice() -> None:
    """Two processes on one database: whoever claims a notice sends it."""
    expected = end_of(two_idle())
    ends = {}
    for at in range(1, number_of_steps(two_idle) + 1):
        for when in (BEFORE, AFTER):
            house = two_idle()
            other = house.process("other")
            steps = Steps(at=at, when=when, happening=lambda other=other: other.round() and None)  # type: ignore[misc]
            process(house, steps).round()
            ends[at, when, steps.last] = end_of(house)

    assert {step: end for step, end in ends.items() if end != expected} == {}


def test_a_process_that_slept_does_not_wake_up_and_send() -> None:
    """Asleep for an hour at any step but the call to Slack itself, while another one has done the work."""
    expected = end_of(two_idle())
    ends = {}
    for at in range(1, number_of_steps(two_idle) + 1):
        house = two_idle()
        steps = Steps(at=at, when=BEFORE, happening=lambda house=house: _sleep(house))  # type: ignore[misc]
        process(house, steps).round()
        ends[at, steps.last] = end_of(house)

    wrong = {step: end for step, end in ends.items() if end != expected and step[1] != "send"}
    assert wrong == {}


def _sleep(house: ReminderHouse) -> None:
    other = house.process("other")
    for _ in range(60):
        house.now += MINUTE
        house.check.round(ADA)
        other.round()


@pytest.mark.parametrize("answer", list(Answer))
def test_a_crash_at_any_step_of_an_answer_leaves_a_click_that_can_be_made_again(answer: Answer) -> None:
    """The same click after a crash settles the matter once, and the letter says how."""
    ends = {}
    for at in range(1, 60):
        for when in (BEFORE, AFTER):
            house, steps = _told(), Steps(at=at, when=when, happening=die)
            is_over = _click_and_crash(house, steps, answer)
            house.restart("second")
            _click(house, answer)
            house.pass_time(timedelta(minutes=10), step=MINUTE)
            ends[at, when, steps.last, is_over] = _settled(house)

    assert {step: end for step, end in ends.items() if end != _SETTLED[answer]} == {}
    assert any(is_over for *_, is_over in ends)


_SETTLED = {
    Answer.KEEP: ([Settling.KEPT], 1, 1, None),
    Answer.IN_USE: ([Settling.IN_USE], 1, 0, Resolution.WRONG),
    Answer.STOP: ([Settling.STOPPED], 1, 0, Resolution.ENDED),
}


def _told() -> ReminderHouse:
    house = ReminderHouse()
    house.idle("plankton")
    house.reminding.round()
    house.now += MINUTE
    return house


def _settled(house: ReminderHouse) -> tuple[object, ...]:
    episode = house.episode(PLANKTON)
    lines = [line.settled.how if line.settled else None for message in house.inbox() for line in message.letter.lines]
    responses, keeps = house.book.responses([episode.id]), house.book.keeps([episode.deployment])
    return lines, len(responses), len(keeps), episode.resolution


def _click_and_crash(house: ReminderHouse, steps: Steps, answer: Answer) -> bool:
    """Click, and tell whether it was over before the process could die."""
    book = cast("CaseBook", Watched(house.book, steps))
    house.answering = house.answers(book, process(house, steps))
    try:
        _click(house, answer)
    except Died:
        return False
    return True


def _click(house: ReminderHouse, answer: Answer) -> None:
    ref = house.first_ref
    if answer is Answer.KEEP:
        house.answering.keep(ADA, ref, days=7, reason="", key="click")
    elif answer is Answer.IN_USE:
        house.answering.in_use(ADA, ref, key="click")
    else:
        house.answering.stop(ADA, ref, key="click")
