"""A finding that was told has come to rest by an answer, or by what happened; and some answers go further."""

from datetime import datetime, timedelta

import pytest

from bot.domain.answers import Answer, Response, keep_choices, longest_keep, needs_reason
from bot.domain.base import DeploymentId, Namespace, SlackUserId
from bot.domain.episodes import Episode, Resolution, dispute
from bot.domain.letters import Settled, Settling
from bot.domain.policy import CADENCES, DAY, HOUR, FindingKind
from bot.domain.records import StopRecord
from bot.domain.reminders import Delivery, Exemption, Keep, is_escalated, keeps_in_a_row
from bot.domain.settling import is_final, settled_of
from tests.unit.domain.test_reminders import MONDAY, episode, keep

ADA = SlackUserId("UADA")


def resolved(resolution: Resolution, kind: FindingKind = FindingKind.GPU_IDLE) -> Episode:
    """Return an episode that ended on Monday at eleven."""
    return episode(kind=kind).model_copy(update={"resolution": resolution, "resolved_at": MONDAY + HOUR})


def answer(what: Answer, about: Episode) -> Response:
    """Return an answer of Monday, a quarter past ten."""
    return Response(key=f"{what}", episode=about.id, answer=what, by=ADA, at=MONDAY + timedelta(minutes=15))


def settled(
    about: Episode,
    *responses: Response,
    holding: tuple[Keep | Exemption, ...] = (),
    stop: StopRecord | None = None,
    told_at: datetime | None = MONDAY,
    now: datetime = MONDAY + 2 * HOUR,
) -> Settled | None:
    """Return how a finding came to rest."""
    return settled_of(about, responses=responses, settled=holding, stop=stop, told_at=told_at, now=now)


@pytest.mark.parametrize(
    ("resolution", "expected"),
    [
        (Resolution.RESUMED, Settling.RESUMED),
        (Resolution.CLEARED, Settling.CLEARED),
        (Resolution.RESTARTED, Settling.RESTARTED),
        (Resolution.ENDED, Settling.GONE),
        (Resolution.WRONG, Settling.IN_USE),
    ],
)
def test_whatever_ends_a_finding_settles_it_for_good(resolution: Resolution, expected: Settling) -> None:
    """Nothing more can come of it."""
    found = settled(resolved(resolution))

    assert found is not None
    assert (found.how, found.at, is_final(found)) == (expected, MONDAY + HOUR, True)


def test_who_answered_is_named() -> None:
    """An answer in use, and a stop, are somebody's."""
    wrong = settled(resolved(Resolution.WRONG), answer(Answer.IN_USE, episode()))
    stopped = settled(episode(), answer(Answer.STOP, episode()))

    assert wrong is not None
    assert stopped is not None
    assert [(each.how, each.by) for each in (wrong, stopped)] == [(Settling.IN_USE, ADA), (Settling.STOPPED, ADA)]


def test_a_deployment_that_was_stopped_elsewhere_is_not_merely_gone() -> None:
    """A stop in the ledger after the finding was made tells why it is gone; an older one does not."""
    stop = StopRecord(deployment=DeploymentId("a"), namespace=Namespace("ai4eosc"), slack_user=ADA, at=MONDAY)
    gone = resolved(Resolution.ENDED)

    found = [settled(gone, stop=stop), settled(gone, stop=stop.model_copy(update={"at": MONDAY - DAY}))]

    assert [each.how if each else None for each in found] == [Settling.STOPPED, Settling.GONE]


def test_a_keep_that_is_over_answers_what_was_told_before_it() -> None:
    """And not what is told after it, which is a new question."""
    over = keep(since=MONDAY + HOUR, until=MONDAY + DAY)
    later = MONDAY + 2 * DAY

    before = settled(episode(), holding=(over,), told_at=MONDAY, now=later)
    after = settled(episode(), holding=(over,), told_at=MONDAY + DAY, now=later)

    assert before is not None
    assert (before.how, is_final(before), after) == (Settling.KEPT, False, None)


def test_an_exemption_settles_while_it_holds() -> None:
    """Its administrator and its end are named."""
    exemption = Exemption(by="UADMIN", reason="project", since=MONDAY, until=MONDAY + DAY)

    during = settled(episode(), holding=(exemption,))
    after = settled(episode(), holding=(exemption,), now=MONDAY + DAY)

    assert during is not None
    assert (during.how, during.by, during.until, after) == (Settling.EXEMPT, "UADMIN", MONDAY + DAY, None)


def test_keeps_in_a_row_go_to_the_administrators_list() -> None:
    """The third one, also while it holds; overlapping ones are one."""
    one = episode(opened=MONDAY)
    first = keep(kind=FindingKind.GPU_IDLE, since=MONDAY, until=MONDAY + 3 * DAY)
    changed = keep(kind=FindingKind.GPU_IDLE, since=MONDAY + DAY, until=MONDAY + 7 * DAY)
    second = keep(kind=FindingKind.GPU_IDLE, since=MONDAY + 8 * DAY, until=MONDAY + 9 * DAY)
    third = keep(kind=FindingKind.GPU_IDLE, since=MONDAY + 9 * DAY, until=MONDAY + 19 * DAY)
    earlier_episode = keep(kind=FindingKind.GPU_IDLE, since=MONDAY - DAY, until=MONDAY - HOUR)
    keeps = [earlier_episode, first, changed, second, third]

    counts = [keeps_in_a_row(keeps[:number], one) for number in range(1, 6)]
    listed = [is_escalated(one, (), keeps[:number], CADENCES[one.kind], MONDAY + 10 * DAY) for number in range(1, 6)]

    assert (counts, listed) == ([0, 1, 1, 2, 3], [False, False, False, False, True])


def test_what_was_told_before_an_answer_does_not_count_as_unanswered() -> None:
    """Kept once, told twice before it and once after it: the administrators are not bothered."""
    one = episode()
    told = [Delivery(episode=one.id, step=step, at=MONDAY + day * DAY) for step, day in ((1, 0), (2, 1), (3, 9))]
    kept = keep(since=MONDAY + 2 * DAY, until=MONDAY + 9 * DAY)
    cadence = CADENCES[one.kind]

    assert not is_escalated(one, told, [kept], cadence, MONDAY + 15 * DAY)
    assert is_escalated(one, told, [], cadence, MONDAY + 15 * DAY)


def test_whoever_says_in_use_has_answered_all_questions_about_the_use() -> None:
    """Not those about its age, nor those about another run."""
    asked = episode("a", FindingKind.GPU_NEVER_USED)
    others = [
        episode("a", FindingKind.GPU_IDLE),
        episode("a", FindingKind.LONG_RUNNING),
        episode("b", FindingKind.GPU_IDLE),
        episode("a", FindingKind.CPU_IDLE).model_copy(update={"instance": "second"}),
    ]

    answered = dispute(asked, [asked, *others], MONDAY)

    assert [each.id for each in answered] == [asked.id, others[0].id]
    assert {each.resolution for each in answered} == {Resolution.WRONG}


def test_a_keep_answers_lesser_questions_and_no_greater_ones() -> None:
    """One's share of the GPUs is asked about in its own right."""
    given = keep(kind=FindingKind.LONG_RUNNING)

    covered = [kind for kind in FindingKind if given.covers(episode(kind=kind), MONDAY)]

    assert covered == [
        FindingKind.LONG_RUNNING,
        FindingKind.ONE_GPU_IDLE,
        FindingKind.QUEUED,
        FindingKind.CPU_IDLE,
    ]


@pytest.mark.parametrize(
    ("kind", "choices", "longest", "with_reason"),
    [
        (FindingKind.GPU_IDLE, (1, 3, 7), 14, [14]),
        (FindingKind.CPU_IDLE, (30,), 30, []),
        (FindingKind.LONG_RUNNING, (30,), 30, []),
        (FindingKind.OVER_ETIQUETTE, (1, 3, 7), 14, [1, 7, 14]),
    ],
)
def test_how_long_something_is_kept_depends_on_what_is_asked(
    kind: FindingKind, choices: tuple[int, ...], longest: int, with_reason: list[int]
) -> None:
    """What is offered, what is the most, and for what a reason is needed."""
    assert (keep_choices(kind), longest_keep(kind)) == (choices, longest)
    assert [days for days in (1, 7, 14) if needs_reason(kind, days)] == with_reason
