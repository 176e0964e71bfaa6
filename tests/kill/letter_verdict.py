"""What reminders must be like in the end, whatever was killed: one letter, true, known, and answered once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from bot.domain.answers import Answer, Response
from bot.domain.base import DeploymentId
from bot.domain.episodes import Episode, Resolution
from bot.domain.notices import Notice, NoticeState
from bot.domain.operation import Outcome as RunOutcome
from bot.domain.operation import Run
from bot.domain.records import AuditEntry
from bot.domain.reminders import Delivery, Keep
from bot.store.case_book import SqlCaseBook
from bot.store.case_contents import contents
from bot.store.case_tables import NoticeRow, RunRow
from bot.store.engine import open_engine
from bot.store.ledger import SqlLedger
from bot.store.rows import columns_of, decode
from bot.store.transactions import reading
from handlers.messenger import LETTER
from playground.slack.person import Person
from playground.slack.screen import ShownMessage
from tests.kill.ground import JobSight
from tests.kill.town import House, KillTown
from tests.kill.verdict import Outcome

LIVE = "said to be live by the test"
"""The one entry of the audit log that is not the bot's."""

_SAYS = {
    Outcome.REMINDED: "no GPU activity has been seen",
    Outcome.KEPT: "Kept until",
    Outcome.IN_USE: "It is in use, as you said",
    Outcome.RESUMED: "It is used again",
    Outcome.STOPPED: "It was stopped",
}
_ANSWERS = {Outcome.KEPT: Answer.KEEP, Outcome.IN_USE: Answer.IN_USE, Outcome.STOPPED: Answer.STOP}
_AUDIT = {
    Answer.KEEP: "kept for 7 days",
    Answer.IN_USE: "called wrong: in use",
    Answer.STOP: "stopped from a reminder",
}
_OPEN = frozenset({Outcome.REMINDED, Outcome.KEPT})
"""How a finding ends that still is one, so that its letter may be edited again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSight:
    """Everything about one person's reminder that can be seen from outside the bot's process."""

    jobs: tuple[JobSight, ...]
    letters: tuple[ShownMessage, ...]
    notices: tuple[Notice, ...]
    episodes: tuple[Episode, ...]
    deliveries: tuple[Delivery, ...]
    responses: tuple[Response, ...]
    keeps: tuple[Keep, ...]
    runs: tuple[Run, ...]
    audit: tuple[AuditEntry, ...]
    is_settled: bool

    @property
    def outcome(self) -> Outcome:
        """Return what is the case, whatever the letter says."""
        if self.jobs and self.jobs[0].is_stopped:
            return Outcome.STOPPED
        if self.keeps:
            return Outcome.KEPT
        if any(each.answer is Answer.IN_USE for each in self.responses):
            return Outcome.IN_USE
        if any(each.resolution is Resolution.RESUMED for each in self.episodes):
            return Outcome.RESUMED
        return Outcome.REMINDED if self.letters else Outcome.NOTHING

    def complaints(self) -> list[str]:
        """Return what is not as it must be; empty once everything is."""
        return [
            *self._about_the_count(),
            *self._about_the_letter(),
            *self._about_the_outbox(),
            *self._about_the_answer(),
            *self._about_the_rest(),
        ]

    def _about_the_count(self) -> Iterator[str]:
        if len(self.jobs) != 1:
            yield f"there are {len(self.jobs)} jobs"
        if len(self.letters) != 1:
            yield f"there are {len(self.letters)} letters"
        if len(self.episodes) != 1:
            yield f"there are {len(self.episodes)} findings"
        if [each.step for each in self.deliveries] != [1]:
            yield f"it is recorded as told {len(self.deliveries)} times"

    def _about_the_letter(self) -> Iterator[str]:
        wanted = _SAYS.get(self.outcome, "")
        for letter in self.letters:
            if wanted not in letter.text:
                yield f"it is the case: {self.outcome}; the letter says: {letter.text[:200]!r}"
            if ("reminder.stop" in str(letter.blocks)) != (self.outcome is Outcome.REMINDED):
                yield f"its buttons do not fit: {self.outcome}"

    def _about_the_outbox(self) -> Iterator[str]:
        states = [each.state.value for each in self.notices]
        if states != [NoticeState.SENT]:
            yield f"the outbox has {states}"
        where = {(each.channel, each.timestamp) for each in self.notices}
        if where != {(each.channel, each.ts) for each in self.letters}:
            yield "the outbox does not know where the letter is"
        if any(each.is_closed is (self.outcome in _OPEN) for each in self.notices):
            yield f"the letter will {'not' if self.outcome in _OPEN else 'still'} be looked after: {self.outcome}"

    def _about_the_answer(self) -> Iterator[str]:
        answer = _ANSWERS.get(self.outcome)
        said = [each.answer for each in self.responses]
        # A stop is an intent in the ledger first: when a crash comes before the answer, that one is its record.
        if said != [answer] and not (answer in {None, Answer.STOP} and not said):
            yield f"the answers to what is {self.outcome} are {said}"
        if len(self.keeps) != (self.outcome is Outcome.KEPT):
            yield f"there are {len(self.keeps)} keeps"
        found = Counter(each.action for each in self.audit if each.actor != LIVE)
        wanted = Counter(["reminded", *(_AUDIT[each] for each in said)])
        wanted.update(["stop"] if self.outcome is Outcome.STOPPED else [])
        if found != wanted:
            yield f"the audit log of what is {self.outcome} has {dict(found)}"

    def _about_the_rest(self) -> Iterator[str]:
        if any(each.is_open is not (self.outcome in _OPEN) for each in self.episodes):
            yield f"the finding is {self.episodes[0].resolution or 'open'}: {self.outcome}"
        if not self.is_settled:
            yield "a stop is open in the ledger"
        for run in self.runs:
            yield f"a run never ended: {run.job}"


def look_at_letters(town: KillTown, house: House) -> LetterSight:
    """Look at everything from outside."""
    engine = open_engine(house.environment["DATABASE_URL"])
    try:
        book, ledger = SqlCaseBook(engine), SqlLedger(engine)
        jobs = tuple(job for job in town.ground.jobs() if job.owner_email == house.email)
        ids = [DeploymentId(job.id) for job in jobs]
        episodes = book.episodes_of(ids)
        told = book.deliveries([each.id for each in episodes])
        is_open = RunRow.outcome == RunOutcome.RUNNING.value
        with reading(engine) as connection:
            rows = connection.execute(select(*columns_of(RunRow, Run)).where(is_open)).mappings().all()
        return LetterSight(
            jobs=jobs,
            letters=letters_of(house.ada),
            notices=contents(engine, Notice, NoticeRow),
            episodes=episodes,
            deliveries=tuple(each for found in told.values() for each in found),
            responses=book.responses([each.id for each in episodes]),
            keeps=book.keeps(ids),
            runs=decode(Run, rows),
            audit=ledger.audit_log(),
            is_settled=not ledger.open_stops(),
        )
    finally:
        engine.dispose()


def letters_of(person: Person) -> tuple[ShownMessage, ...]:
    """Return the reminders that a person has."""
    return tuple(each for each in person.messages() if (each.metadata or {}).get("event_type") == LETTER)
