"""An episode opens on yes, lasts through unknown, and ends when something is seen to have ended it."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import DeploymentId
from bot.domain.episodes import Episode, Resolution, advance
from bot.domain.findings import Judgement, Verdict, Watched
from bot.domain.policy import DAY, FindingKind
from tests.unit.domain.watched import NOW, watched

ONE = watched(age=timedelta(hours=30))
STEP = timedelta(minutes=30)


def judgement(verdict: Verdict, kind: FindingKind = FindingKind.GPU_IDLE, one: Watched = ONE) -> Judgement:
    """Return a judgement about the deployment."""
    return Judgement(
        kind=kind, deployment=one.deployment, instance=one.instance, verdict=verdict, since=NOW - DAY, policy="p1"
    )


def after(
    known: tuple[Episode, ...],
    *judgements: Judgement,
    one: Watched | None = ONE,
    resumed: bool = False,
    now: datetime = NOW,
) -> tuple[Episode, ...]:
    """Return all episodes after a check."""
    changed = advance(
        known,
        judgements,
        watched={one.deployment: one} if one else {},
        resumed=frozenset({ONE.deployment}) if resumed else frozenset(),
        now=now,
    )
    merged = {episode.id: episode for episode in (*known, *changed)}
    return tuple(merged.values())


def test_a_yes_opens_an_episode_and_another_confirms_it() -> None:
    """There is one episode, with the newest confirmation."""
    first = after((), judgement(Verdict.YES))
    (second,) = after(first, judgement(Verdict.YES), now=NOW + STEP)

    assert (second.opened_at, second.last_true_at, second.number) == (NOW, NOW + STEP, 1)


def test_unknown_neither_opens_nor_ages_nor_ends() -> None:
    """Nobody knows is no answer."""
    opened = after((), judgement(Verdict.YES))

    assert after((), judgement(Verdict.UNKNOWN)) == ()
    assert after(opened, judgement(Verdict.UNKNOWN), now=NOW + DAY) == opened


def test_a_flicker_does_not_end_idleness_and_a_burst_does() -> None:
    """The window is no longer silent, but only a real return closes the matter."""
    opened = after((), judgement(Verdict.YES))
    flickered = after(opened, judgement(Verdict.NO))
    (resumed,) = after(opened, judgement(Verdict.NO), resumed=True)

    assert flickered == opened
    assert resumed.resolution is Resolution.RESUMED


def test_a_state_that_is_over_ends_its_episode() -> None:
    """It waits no longer."""
    opened = after((), judgement(Verdict.YES, FindingKind.QUEUED))
    (cleared,) = after(opened, judgement(Verdict.NO, FindingKind.QUEUED))

    assert (cleared.resolution, cleared.is_open) == (Resolution.CLEARED, False)


def test_another_run_is_another_matter() -> None:
    """A restart ends the episode and begins the count anew."""
    opened = after((), judgement(Verdict.YES))
    restarted = watched(age=DAY, instance="second")
    (old, new) = after(opened, judgement(Verdict.YES, one=restarted), one=restarted)

    assert (old.resolution, new.number, new.is_open) == (Resolution.RESTARTED, 1, True)


def test_what_is_gone_is_resolved() -> None:
    """Nobody is asked about a deployment that does not exist."""
    (gone,) = after(after((), judgement(Verdict.YES)), one=None)

    assert gone.resolution is Resolution.ENDED


def test_a_second_idleness_in_one_run_is_a_second_episode() -> None:
    """It was used in between, so the person may be asked from the beginning."""
    opened = after((), judgement(Verdict.YES))
    ended = after(opened, judgement(Verdict.NO), resumed=True)
    both = after(ended, judgement(Verdict.YES), now=NOW + 3 * DAY)

    assert [(episode.number, episode.is_open) for episode in both] == [(1, False), (2, True)]


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.booleans()), max_size=30))
def test_whatever_checks_say_there_is_at_most_one_open_episode(said: list[tuple[Verdict, bool]]) -> None:
    """And the same check twice changes nothing more."""
    known: tuple[Episode, ...] = ()
    for number, (verdict, resumed) in enumerate(said):
        now = NOW + number * STEP
        known = after(known, judgement(verdict), resumed=resumed, now=now)
        again = after(known, judgement(verdict), resumed=resumed, now=now)

        assert again == known
        assert len([episode for episode in known if episode.is_open]) <= 1


def test_a_check_of_one_deployment_leaves_the_others_alone() -> None:
    """Episodes belong to deployments."""
    opened = after((), judgement(Verdict.YES))
    second = watched(age=DAY, deployment=DeploymentId("another"))
    changed = advance(
        opened,
        [judgement(Verdict.YES, one=second)],
        watched={ONE.deployment: ONE, second.deployment: second},
        resumed=frozenset(),
        now=NOW,
    )

    assert [episode.deployment for episode in changed] == ["another"]
