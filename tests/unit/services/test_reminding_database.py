"""Reminders on a real database: a fortnight is remembered as in memory, and of two processes one sends."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine

from bot.domain.base import DeploymentId
from bot.domain.findings import Verdict
from bot.domain.letters import Settling
from bot.domain.operation import Mode
from bot.domain.policy import DAY
from bot.domain.records import AuditEntry
from bot.store.case_book import SqlCaseBook
from bot.store.ledger import SqlLedger
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MINUTE, MONDAY, ReminderHouse, SteeredCheck

pytest_plugins = ("tests.databases",)

LIVE = Mode(is_live=True, by="UADMIN", at=MONDAY)


@pytest.fixture
def house(sqlite_engine: Engine) -> ReminderHouse:
    """Give the use cases on a database, with two owners who are to be told."""
    kept = SqlCaseBook(sqlite_engine)
    kept.save_mode(LIVE, noting=AuditEntry(at=MONDAY, actor="UADMIN", action="go live"))
    house = ReminderHouse(ledger=SqlLedger(sqlite_engine))
    house.book = kept  # type: ignore[assignment]  # another case book than the one in memory
    house.check = SteeredCheck(house.watch, kept, house.clock)
    house.restart()
    house.idle("plankton", ADA)
    house.idle("birds", BOB)
    return house


def test_a_fortnight_is_remembered(house: ReminderHouse) -> None:
    """Told, kept, told again, used: with a restart every day."""
    house.work()
    house.answering.keep(ADA, house.ref(DeploymentId("plankton")), days=3, reason="", key="k1")
    for number in range(14):
        house.restart(f"process {number}")
        house.pass_time(DAY, step=4 * HOUR)
    house.find(DeploymentId("plankton"), verdict=Verdict.NO)
    house.pass_time(HOUR)

    assert house.told(ADA) == [
        ("Mon 08 09:30", [("Plankton", 1)]),
        ("Fri 12 09:30", [("Plankton", 2)]),
        ("Mon 15 09:30", [("Plankton", 3)]),
        ("Mon 22 09:30", [("Plankton", 4)]),
    ]
    assert [len(titles) for _, titles in house.told(BOB)] == [1, 1, 1, 1]
    how = [line.settled.how for message in house.inbox() for line in message.letter.lines if line.settled]
    assert how == [Settling.RESUMED] * 4


def test_of_processes_at_once_one_sends(house: ReminderHouse) -> None:
    """Four of them begin at the same moment; each owner has one letter, and it is recorded."""
    processes = [house.process(f"process {number}") for number in range(4)]
    barrier = Barrier(len(processes))

    def work(number: int) -> None:
        barrier.wait()
        for _ in range(5):
            processes[number].round()

    with ThreadPoolExecutor(len(processes)) as pool:
        list(pool.map(work, range(len(processes))))
    house.pass_time(HOUR, step=5 * MINUTE)

    assert [len(house.inbox(each)) for each in (ADA, BOB)] == [1, 1]
    assert house.book.open_notices() == ()
    assert len(house.book.standing_notices()) == 2
