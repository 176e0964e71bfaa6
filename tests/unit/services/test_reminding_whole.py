"""The real watching and checking under reminding and answering: what they say is what owners hear."""

from datetime import timedelta

import pytest

from bot.domain.answers import EpisodeRef
from bot.domain.base import DeploymentId
from bot.domain.episodes import Resolution
from bot.domain.letters import Settling
from bot.domain.policy import DAY, FindingKind, Policy
from bot.services.answering import Answering
from bot.services.checking import Checking
from bot.services.reminding import Reminding
from bot.services.watching import Watching
from tests.fakes.measurements import MemoryMeasurements
from tests.unit.services.reminder_house import ADA, HOUR, MONDAY, NAMESPACE, PLATFORMS, ReminderHouse

PLANKTON = DeploymentId("plankton")


class WholeHouse(ReminderHouse):
    """A house in which nothing is steered but the cluster."""

    def restart(self, holder: str = "first") -> None:
        """Build the use cases anew, with those that look and judge."""
        self.watching = Watching(
            platforms=PLATFORMS,
            cluster=self.cluster,
            ledger=self.ledger,
            measurements=(measurements := MemoryMeasurements()),
            case_book=self.book,
            clock=self.clock,
        )
        self.checking = Checking(
            watching=self.watching,
            case_book=self.book,
            measurements=measurements,
            addressees=self.addressees,
            calendars=self.calendars,
            policy=Policy,
            version="1",
            clock=self.clock,
        )
        super().restart(holder)
        self.reminding = Reminding(
            checking=self.checking,
            watching=self.watching,
            case_book=self.book,
            ledger=self.ledger,
            messenger=self.messenger,
            addressees=self.addressees,
            calendars=self.calendars,
            clock=self.clock,
            holder=holder,
            policy=Policy,
        )
        self.answering = Answering(
            deployments=self.answering.deployments,
            watching=self.watching,
            checking=self.checking,
            reminding=self.reminding,
            case_book=self.book,
            ledger=self.ledger,
            clock=self.clock,
            policy=Policy,
        )

    def work(self) -> dict[str, int]:
        """Check everybody and do a round."""
        self.checking.round()
        return self.reminding.round()


@pytest.fixture
def house() -> WholeHouse:
    """Give a house in which Ada's deployment without a GPU has run for 91 days."""
    house = WholeHouse(now=MONDAY - 91 * DAY)
    house.deploy("plankton", gpus=0)
    house.now = MONDAY
    house.pass_time(HOUR)
    return house


def ref(house: WholeHouse) -> EpisodeRef:
    """Return what the newest letter's first button is about."""
    episode = house.inbox()[-1].letter.lines[0].episode
    return EpisodeRef(episode=episode.id, version=episode.version)


def test_an_owner_hears_what_the_checks_have_found_and_may_say_no(house: WholeHouse) -> None:
    """Still needed: a month of rest, and the letter says so."""
    kinds = [line.episode.kind for line in house.inbox()[0].letter.lines]

    house.answering.keep(ADA, ref(house), days=30, reason="", key="k1")
    house.pass_time(29 * DAY, step=2 * HOUR)
    quiet = len(house.inbox())
    house.pass_time(3 * DAY, step=2 * HOUR)

    assert (kinds, quiet, len(house.inbox())) == ([FindingKind.LONG_RUNNING], 1, 2)
    assert house.inbox()[1].letter.lines[0].keeps_in_a_row == 1


def test_a_restart_settles_the_letter(house: WholeHouse) -> None:
    """The finding was about the run before."""
    house.cluster.start(PLANKTON)

    house.pass_time(HOUR)

    assert [line.settled.how for line in house.inbox()[0].letter.lines if line.settled] == [Settling.RESTARTED]


def test_a_wrong_finding_is_not_made_again_by_the_next_check(house: WholeHouse) -> None:
    """A month of checks."""
    house.answering.in_use(ADA, ref(house), key="k1")

    house.pass_time(29 * DAY, step=2 * HOUR)

    assert [each.resolution for each in house.book.episodes_of([PLANKTON])] == [Resolution.WRONG]
    assert len(house.inbox()) == 1


def test_a_stop_ends_it(house: WholeHouse) -> None:
    """Two lists without it, and the episode is over; nobody hears of it again."""
    house.answering.stop(ADA, ref(house), key="k1")

    house.pass_time(14 * DAY, step=2 * HOUR)

    assert [each.resolution for each in house.book.episodes_of([PLANKTON])] == [Resolution.ENDED]
    assert [line.settled.how for line in house.inbox()[0].letter.lines if line.settled] == [Settling.STOPPED]


def test_the_facts_are_those_of_the_check(house: WholeHouse) -> None:
    """Each question with its answer, and what comes next."""
    facts = house.answering.why(ADA, NAMESPACE, PLANKTON)

    assert FindingKind.LONG_RUNNING in {each.kind for each in facts.judgements}
    assert (facts.told, facts.newest_reading_at, facts.policy) == (1, None, Policy().version)
    assert facts.next_at == house.inbox()[0].posted_at + timedelta(days=7)
