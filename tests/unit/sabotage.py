"""Weeks of telling in which something that must not be is done on purpose, to see whether the listener hears it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from benchmarks.telling import Weeks
from bot.domain.addressees import Addressee
from bot.domain.findings import Judgement, Verdict
from bot.domain.letters import Letter, UseOverTime
from bot.domain.notices import Notice, NoticeState
from bot.errors import SlackUnavailable
from bot.ports import Addressees, CaseBook, Messenger
from bot.services.reminding import Reminding
from tests.fakes.case_book import MemoryCaseBook


class Instead:
    """Stands in front of something and answers some calls differently."""

    def __init__(self, target: object, **others: Callable[..., Any]) -> None:
        self._target = target
        self._others = others

    def __getattr__(self, name: str) -> Any:
        return self._others.get(name) or getattr(self._target, name)


class Sabotage(Weeks):
    """Weeks in which one thing is done wrong in every process."""

    def __init__(self, what: str, *, start: datetime) -> None:
        """Draw two weeks in which nobody dies and many answer, and do one thing wrong in them."""
        self._wrong = SABOTAGES[what]
        super().__init__(seed=4, start=start, weeks=2, people=5, trouble=0, answers=0.2, step=20)

    def _process(self, name: str) -> Reminding:
        return self._wrong(super()._process(name))


def _twice(process: Reminding) -> Reminding:
    messenger = process.messenger

    def send(letter: Letter, use: Sequence[UseOverTime]) -> tuple[str, str, str]:
        messenger.send(letter, use)
        return messenger.send(letter, use)

    return replace(process, messenger=cast("Messenger", Instead(messenger, send=send)))


def _to_another(process: Reminding) -> Reminding:
    addressees = process.addressees

    def find(email: str) -> Addressee:
        return addressees.find("person-2@example.org").model_copy(update={"email": email})

    return replace(process, addressees=cast("Addressees", Instead(addressees, find=find)))


def _at_night(process: Reminding) -> Reminding:
    """Take everybody to live in Tokyo."""
    addressees = process.addressees

    def find(email: str) -> Addressee:
        return addressees.find(email).model_copy(update={"time_zone": "Asia/Tokyo"})

    return replace(process, addressees=cast("Addressees", Instead(addressees, find=find)))


def _without_a_common_database(process: Reminding) -> Reminding:
    """Let the second process plan by itself: it keeps the notices in a database of its own."""
    if process.holder == "first":
        return process
    book, own = process.case_book, MemoryCaseBook()
    kept = ("plan_notice", "claim_notice", "save_notice", "open_notices", "standing_notices", "notice_of", "last_told")
    return replace(process, case_book=cast("CaseBook", Instead(book, **{name: getattr(own, name) for name in kept})))


def _of_everything(process: Reminding) -> Reminding:
    """Let every check say yes, whatever is so."""
    checks: Any = process.checking
    judge: Callable[..., tuple[Judgement, ...]] = type(checks)._judgements

    def lie(plan: object) -> tuple[Judgement, ...]:
        return tuple(each.model_copy(update={"verdict": Verdict.YES}) for each in judge(checks, plan))

    checks._judgements = lie
    return process


def _in_spite_of_keeps(process: Reminding) -> Reminding:
    book = Instead(process.case_book, keeps=lambda _deployments: ())
    return replace(process, case_book=cast("CaseBook", book))


def _without_memory(process: Reminding) -> Reminding:
    book = Instead(process.case_book, deliveries=lambda _episodes: {})
    return replace(process, case_book=cast("CaseBook", book))


def _never(process: Reminding) -> Reminding:
    def send(letter: Letter, _use: Sequence[UseOverTime]) -> tuple[str, str, str]:
        raise SlackUnavailable(f"Nothing reaches {letter.slack_user}.")

    return replace(process, messenger=cast("Messenger", Instead(process.messenger, send=send)))


def _without_a_record(process: Reminding) -> Reminding:
    book = process.case_book

    def save(notice: Notice, **more: Any) -> bool:
        return notice.state is NoticeState.SENT or book.save_notice(notice, **more)

    return replace(process, case_book=cast("CaseBook", Instead(book, save_notice=save)))


SABOTAGES: dict[str, Callable[[Reminding], Reminding]] = {
    "duplicate": _twice,
    "wrong recipient": _to_another,
    "outside hours": _at_night,
    "second digest of a day": _without_a_common_database,
    "not so when told": _of_everything,
    "told though settled": _in_spite_of_keeps,
    "too soon or out of order": _without_memory,
    "lost": _never,
    "not recorded": _without_a_record,
}
"""What the listener has to hear, and how it is done."""
