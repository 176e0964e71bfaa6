"""A click does exactly what its button says, to exactly what it was about, once, and for its owner only."""

from datetime import UTC, date, datetime, time

import pytest

from bot.domain.answers import Answer, EpisodeRef
from bot.domain.base import DeploymentId
from bot.domain.episodes import EpisodeId, Resolution
from bot.domain.findings import Verdict
from bot.domain.letters import Settling
from bot.domain.operation import Mode
from bot.domain.policy import DAY, FindingKind
from bot.errors import ClusterUnavailable, NotFound, NotYours, Refused, Unavailable
from bot.services.questions import Outdated
from tests.unit.services.reminder_house import ADA, BOB, HOUR, MINUTE, MONDAY, NAMESPACE, ReminderHouse

PLANKTON = DeploymentId("plankton")


@pytest.fixture
def house() -> ReminderHouse:
    """Give a house in which Ada was told on Monday that her GPU rests."""
    house = ReminderHouse()
    house.idle("plankton")
    house.work()
    house.now += MINUTE
    return house


def shown(house: ReminderHouse) -> list[Settling | None]:
    """Return how the lines of Ada's letters say that they were settled, the oldest first."""
    lines = [line for message in house.inbox() for line in message.letter.lines]
    return [line.settled.how if line.settled else None for line in lines]


def test_keeping_leaves_it_alone_until_then(house: ReminderHouse) -> None:
    """The letter says so at once, without buttons; the question comes again on the day after the last one."""
    settled = house.answering.keep(ADA, house.ref(PLANKTON), days=7, reason="", key="k1")
    at_once = shown(house)

    house.pass_time(9 * DAY)

    until = datetime(2026, 6, 15, 21, 59, 59, tzinfo=UTC)  # the end of that Monday in Madrid
    assert (settled.how, settled.by, settled.until) == (Settling.KEPT, ADA.slack_user, until)
    assert (at_once, shown(house)) == ([Settling.KEPT], [Settling.KEPT, None])
    assert [at for at, _ in house.told()] == ["Mon 08 09:30", "Tue 16 09:31"]


@pytest.mark.parametrize(
    ("kind", "days", "reason", "is_taken"),
    [
        (FindingKind.GPU_IDLE, 7, "", True),
        (FindingKind.GPU_IDLE, 8, " ", False),
        (FindingKind.GPU_IDLE, 14, "the paper is due", True),
        (FindingKind.GPU_IDLE, 15, "the paper is due", False),
        (FindingKind.GPU_IDLE, 0, "", False),
        (FindingKind.LONG_RUNNING, 30, "", True),
        (FindingKind.LONG_RUNNING, 31, "a project", False),
        (FindingKind.CPU_IDLE, 30, "", True),
        (FindingKind.OVER_ETIQUETTE, 3, "", False),
        (FindingKind.OVER_ETIQUETTE, 3, "two trainings", True),
    ],
)
def test_a_keep_has_a_longest_for_each_kind_of_finding(
    kind: FindingKind, days: int, reason: str, *, is_taken: bool
) -> None:
    """Two weeks, with a reason beyond one; thirty days where the question is whether it is still needed."""
    house = ReminderHouse()
    house.idle("plankton", kind=kind)
    house.work()

    try:
        house.answering.keep(ADA, house.ref(PLANKTON, kind), days=days, reason=reason, key="k1")
        outcome = True
    except Refused:
        outcome = False

    assert (outcome, len(house.book.keeps([PLANKTON]))) == (is_taken, int(is_taken))


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        (datetime(2026, 3, 26, 11, tzinfo=UTC), "Europe/Madrid", datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)),
        (datetime(2026, 10, 22, 10, tzinfo=UTC), "Europe/Madrid", datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),
        (datetime(2026, 6, 8, 20, tzinfo=UTC), "Pacific/Auckland", datetime(2026, 6, 12, 11, 59, 59, tzinfo=UTC)),
        (datetime(2026, 6, 9, 3, tzinfo=UTC), "America/Los_Angeles", datetime(2026, 6, 12, 6, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_keep_ends_with_a_day_of_its_giver(now: datetime, zone: str, until: datetime) -> None:
    """Three days later by their own clock, whatever that did meanwhile, and not at the hour of the click."""
    house = ReminderHouse(now=now)
    house.idle("plankton")
    house.work()

    ada = ADA.model_copy(update={"time_zone": zone})
    settled = house.answering.keep(ada, house.ref(PLANKTON), days=3, reason="", key="k1")

    assert (settled.until, [keep.until for keep in house.book.keeps([PLANKTON])]) == (until, [until])


@pytest.mark.parametrize(
    ("begins", "asked"),
    [
        (datetime(2026, 3, 23, 8, 30, tzinfo=UTC), ["Mon 23 09:30", "Tue 31 09:30"]),
        (datetime(2026, 10, 19, 7, 30, tzinfo=UTC), ["Mon 19 09:30", "Tue 27 09:30"]),
    ],
)
def test_nobody_is_asked_on_a_day_for_which_a_keep_still_holds(begins: datetime, asked: list[str]) -> None:
    """Kept until a Monday, on both sides of which clocks show another time: asked on Tuesday."""
    house = ReminderHouse(now=begins)
    house.idle("plankton")
    house.work()
    house.answering.keep(ADA, house.ref(PLANKTON), days=7, reason="", key="k1")

    house.pass_time(9 * DAY)

    assert [at for at, _ in house.told()] == asked


def test_whoever_wants_longer_is_told_who_can_grant_it(house: ReminderHouse) -> None:
    """A refusal says what an administrator can do."""
    with pytest.raises(Refused) as caught:
        house.answering.keep(ADA, house.ref(PLANKTON), days=60, reason="a project", key="k1")

    assert caught.value.sentence() == (
        "You can keep it for 14 days at most. Nothing was changed. "
        "For longer, ask an administrator of the platform, who can exempt it for up to 90 days."
    )


def test_keeps_in_a_row_are_counted(house: ReminderHouse) -> None:
    """Each that follows a question again is one more; a change of mind while one lasts is none."""
    counted = []
    for number in range(3):
        house.answering.keep(ADA, house.ref(PLANKTON), days=1, reason="", key=f"first {number}")
        house.answering.keep(ADA, house.ref(PLANKTON), days=3, reason="", key=f"second {number}")
        house.pass_time(4 * DAY)
        counted.append(house.inbox()[-1].letter.lines[0].keeps_in_a_row)

    assert counted == [1, 2, 3]


def test_a_keep_answers_the_lesser_questions_about_the_same_deployment(house: ReminderHouse) -> None:
    """That it runs for long is not asked while it is kept; that it has failed is told."""
    house.answering.keep(ADA, house.ref(PLANKTON), days=7, reason="", key="k1")
    house.find(PLANKTON, FindingKind.LONG_RUNNING)
    house.pass_time(DAY)
    before = len(house.inbox())
    house.find(PLANKTON, FindingKind.FAILED)

    house.pass_time(DAY)

    assert (before, [line.episode.kind for line in house.inbox()[-1].letter.lines]) == (1, [FindingKind.FAILED])


def test_a_keep_ends_with_the_run_that_it_was_given_for(house: ReminderHouse) -> None:
    """Started anew, it is another matter."""
    house.answering.keep(ADA, house.ref(PLANKTON), days=7, reason="", key="k1")
    house.cluster.start(PLANKTON)

    house.pass_time(DAY)

    assert shown(house) == [Settling.RESTARTED, None]


def test_a_wrong_finding_is_resolved_recorded_and_not_made_again_of_the_same_hours(house: ReminderHouse) -> None:
    """What else is said about the same use goes with it; a full window later it may be asked again."""
    house.find(PLANKTON, FindingKind.GPU_NEVER_USED)
    house.check.round(ADA)

    settled = house.answering.in_use(ADA, house.ref(PLANKTON), key="k1")
    house.pass_time(23 * HOUR)
    before = house.book.open_episodes()
    house.pass_time(2 * HOUR)

    assert (settled.how, shown(house)[0], before) == (Settling.IN_USE, Settling.IN_USE, ())
    resolutions = [each.resolution for each in house.book.episodes_of([PLANKTON]) if not each.is_open]
    assert resolutions == [Resolution.WRONG, Resolution.WRONG]
    assert [each.answer for each in house.book.responses_since(MONDAY)] == [Answer.IN_USE]
    assert {each.number for each in house.book.open_episodes()} == {2}


def test_a_check_that_overlaps_does_not_bring_a_wrong_finding_back(house: ReminderHouse) -> None:
    """The check has read the open episode before the click and writes it after it."""
    before = house.episode(PLANKTON)
    house.answering.in_use(ADA, house.ref(PLANKTON), key="k1")
    house.book.save_episodes([before.model_copy(update={"last_true_at": house.now})])

    house.pass_time(HOUR)

    assert house.episode(PLANKTON).resolution is Resolution.WRONG
    assert (len(house.inbox()), shown(house)) == (1, [Settling.IN_USE])


def test_stopping_stops_and_the_letter_says_so(house: ReminderHouse) -> None:
    """The intent is in the ledger, the deployment is over, and so is the question."""
    settled = house.answering.stop(ADA, house.ref(PLANKTON), key="k1")
    house.work()

    stop = house.ledger.stop_of(PLANKTON)
    assert stop is not None
    assert (stop.reason, stop.by_email, stop.purge) == ("reminder: GPU idle", ADA.owner.email, False)
    assert (settled.how, shown(house)) == (Settling.STOPPED, [Settling.STOPPED])
    assert house.episode(PLANKTON).resolution is Resolution.ENDED


def test_a_stop_elsewhere_is_told_as_what_it_is(house: ReminderHouse) -> None:
    """Whoever stops it with the command finds the letter settled."""
    house.answering.deployments.stop(ADA, NAMESPACE, PLANKTON)

    house.pass_time(HOUR)

    assert shown(house) == [Settling.STOPPED]


def test_a_stop_that_the_cluster_cannot_carry_out_now_is_noted(house: ReminderHouse) -> None:
    """The person is told that it is noted, and the letter has no button any more that could be pressed again."""
    deployments = house.answering.deployments
    cluster = _DeafToStops(house)
    object.__setattr__(deployments, "cluster", cluster)

    with pytest.raises(Unavailable) as caught:
        house.answering.stop(ADA, house.ref(PLANKTON), key="k1")
    house.work()

    assert caught.value.is_in_doubt
    assert (shown(house), len(house.ledger.open_stops())) == ([Settling.STOPPED], 1)


def test_two_stops_of_one_deployment_never_remove_it(house: ReminderHouse) -> None:
    """The second click, from another letter, explains itself; what was stopped is not purged."""
    house.answering.stop(ADA, house.ref(PLANKTON), key="k1")

    with pytest.raises(Outdated):
        house.answering.keep(ADA, house.ref(PLANKTON), days=1, reason="", key="k2")
    house.answering.stop(ADA, house.ref(PLANKTON), key="k3")

    assert house.cluster.deployment(NAMESPACE, PLANKTON) is not None


@pytest.mark.parametrize("answer", list(Answer))
def test_a_double_click_counts_once(house: ReminderHouse, answer: Answer) -> None:
    """The second delivery of one click settles nothing more and says the same."""
    ref = house.ref(PLANKTON)

    first, second = click(house, answer, ref), click(house, answer, ref)

    assert (first, len(house.book.responses([ref.episode]))) == (second, 1)
    assert len(house.book.keeps([PLANKTON])) == int(answer is Answer.KEEP)


@pytest.mark.parametrize("answer", list(Answer))
def test_nobody_answers_for_somebody_else(house: ReminderHouse, answer: Answer) -> None:
    """Whoever clicks is checked against the owner that the cluster names now."""
    with pytest.raises(NotYours):
        click(house, answer, house.ref(PLANKTON), by_bob=True)

    assert (house.book.responses([house.ref(PLANKTON).episode]), shown(house)) == ((), [None])


@pytest.mark.parametrize("answer", list(Answer))
def test_a_button_about_another_version_explains_itself(house: ReminderHouse, answer: Answer) -> None:
    """The job was changed after the letter: nothing is done."""
    ref = house.ref(PLANKTON)
    house.register_again(PLANKTON, modify_index=99)

    with pytest.raises(Outdated) as caught:
        click(house, answer, ref)

    assert caught.value.sentence() == (
        "It was changed since that reminder. Nothing was changed. See how it is now with `/ai4os why Plankton`."
    )
    found = house.cluster.deployment(NAMESPACE, PLANKTON)
    assert found is not None
    assert not found.is_stopped


@pytest.mark.parametrize("answer", list(Answer))
def test_a_button_about_what_is_over_explains_itself(house: ReminderHouse, answer: Answer) -> None:
    """It is used again, and somebody clicks on the letter that they still see."""
    ref = house.ref(PLANKTON)
    house.find(PLANKTON, verdict=Verdict.NO)
    house.check.round(ADA)

    with pytest.raises(Outdated) as caught:
        click(house, answer, ref)

    assert str(caught.value) == "It is used again, so there is nothing left to decide."


def test_a_button_about_a_deployment_that_is_gone_says_so(house: ReminderHouse) -> None:
    """Nothing is there to be decided upon."""
    house.cluster.forget(PLANKTON)

    with pytest.raises(NotFound):
        click(house, Answer.STOP, house.ref(PLANKTON))


def test_a_button_about_a_forgotten_finding_says_so(house: ReminderHouse) -> None:
    """Letters outlive the records."""
    with pytest.raises(NotFound) as caught:
        click(house, Answer.KEEP, EpisodeRef(episode=EpisodeId("long ago"), version=1))

    assert str(caught.value) == "That reminder is too old."


def test_a_cluster_that_does_not_answer_changes_nothing(house: ReminderHouse) -> None:
    """Without knowing the owner no click is heard."""
    house.cluster.go_down()

    with pytest.raises(ClusterUnavailable):
        click(house, Answer.KEEP, house.ref(PLANKTON))

    assert house.book.responses([house.ref(PLANKTON).episode]) == ()


def test_the_facts_are_the_same_with_and_without_a_finding(house: ReminderHouse) -> None:
    """`why` of a deployment with a finding and of one without."""
    other = house.deploy("birds")

    with_one = house.answering.why(ADA, NAMESPACE, PLANKTON)
    without = house.answering.why(ADA, NAMESPACE, other)

    assert ([each.kind for each in with_one.episodes], with_one.told) == ([FindingKind.GPU_IDLE], 1)
    assert with_one.next_at == MONDAY + DAY
    assert (without.episodes, without.told, without.next_at, without.keeps) == ((), 0, None, ())
    assert (without.watched.title, without.use is not None) == ("Birds", True)


def test_the_facts_know_what_holds_and_until_when(house: ReminderHouse) -> None:
    """Kept for three days from Monday: asked again on Friday morning, after the end of the keep."""
    house.answering.keep(ADA, house.ref(PLANKTON), days=3, reason="", key="k1")

    facts = house.answering.details(ADA, house.ref(PLANKTON))

    until = datetime(2026, 6, 11, 21, 59, 59, tzinfo=UTC)
    assert ([keep.until for keep in facts.keeps], facts.next_at) == ([until], MONDAY + 4 * DAY)


def test_nothing_is_promised_in_a_dry_run(house: ReminderHouse) -> None:
    """What will not be sent has no date."""
    house.set_mode(Mode())

    assert house.answering.why(ADA, NAMESPACE, PLANKTON).next_at is None


def test_nobody_asks_why_of_somebody_elses(house: ReminderHouse) -> None:
    """How somebody works is nobody else's business."""
    with pytest.raises(NotYours):
        house.answering.why(BOB, NAMESPACE, PLANKTON)
    with pytest.raises(NotYours):
        house.answering.details(BOB, house.ref(PLANKTON))


def test_a_person_sees_their_findings_keeps_and_wishes(house: ReminderHouse) -> None:
    """What `reminders` shows: nothing of other people."""
    house.idle("birds", BOB)
    house.answering.keep(ADA, house.ref(PLANKTON), days=3, reason="", key="k1")
    house.answering.set_hour(ADA, time(11, 15))
    house.answering.pause(ADA, date(2026, 6, 15))

    found = house.answering.reminders(ADA)

    assert [(line.episode.title, line.step) for line in found.lines] == [("Plankton", 1)]
    assert found.lines[0].settled is not None
    assert (found.lines[0].settled.how, len(found.keeps), found.hour) == (Settling.KEPT, 1, "11:15")
    assert found.paused_until == datetime(2026, 6, 14, 22, 0, tzinfo=UTC)
    assert found.lines[0].next_at == datetime(2026, 6, 15, 9, 15, tzinfo=UTC)
    assert (found.titles, found.is_live, found.time_zone) == ({"plankton": "Plankton"}, True, "Europe/Madrid")


def test_wishes_can_be_taken_back(house: ReminderHouse) -> None:
    """No hour and no pause is how it was before."""
    house.answering.set_hour(ADA, time(12, 0))
    house.answering.pause(ADA, date(2026, 6, 12))

    house.answering.set_hour(ADA, None)
    house.answering.pause(ADA, None)

    found = house.answering.reminders(ADA)
    assert (found.hour, found.paused_until) == ("09:30", None)


@pytest.mark.parametrize("hour", [time(9, 29), time(16, 31), time(0, 0), time(23, 0)])
def test_an_hour_outside_office_hours_is_refused(house: ReminderHouse, hour: time) -> None:
    """With the hours that can be chosen."""
    with pytest.raises(Refused) as caught:
        house.answering.set_hour(ADA, hour)

    assert caught.value.hint == "Choose an hour from 09:30 to 16:30."


@pytest.mark.parametrize("day", [date(2026, 6, 8), date(2026, 6, 1), date(2026, 8, 8)])
def test_a_pause_ends_on_a_day_to_come_and_not_too_far(house: ReminderHouse, day: date) -> None:
    """Every pause ends, by the person's own calendar."""
    with pytest.raises(Refused):
        house.answering.pause(ADA, day)


def test_a_keep_can_be_ended_early_by_its_owner(house: ReminderHouse) -> None:
    """Then the question comes back when it is due; nobody else can end it."""
    house.answering.keep(ADA, house.ref(PLANKTON), days=7, reason="", key="k1")
    with pytest.raises(NotFound):
        house.answering.end_keep(BOB, PLANKTON)

    ended = house.answering.end_keep(ADA, PLANKTON)
    house.pass_time(DAY)

    assert ([keep.deployment for keep in ended], len(house.inbox())) == ([PLANKTON], 2)
    with pytest.raises(NotFound):
        house.answering.end_keep(ADA, PLANKTON)


def test_an_answer_is_heard_though_slack_is_away(house: ReminderHouse) -> None:
    """The letter is brought up to date once Slack is back."""
    house.messenger.is_down = True
    settled = click(house, Answer.KEEP, house.ref(PLANKTON))
    before = shown(house)
    house.messenger.is_down = False

    house.pass_time(2 * HOUR)

    assert (settled, before, shown(house)) == (Settling.KEPT, [None], [Settling.KEPT])


def test_every_answer_is_in_the_audit_log(house: ReminderHouse) -> None:
    """Who, what, to which deployment, why, by which policy."""
    house.answering.keep(ADA, house.ref(PLANKTON), days=14, reason="the paper is due", key="k1")

    entry = house.book.audited[-1]

    assert (entry.actor, entry.action, entry.deployment) == (ADA.slack_user, "kept for 14 days", PLANKTON)
    assert entry.detail == "GPU idle; policy p1; the paper is due"


def click(house: ReminderHouse, answer: Answer, ref: EpisodeRef, *, by_bob: bool = False) -> Settling:
    """Click a button and return what it settled."""
    who = BOB if by_bob else ADA
    if answer is Answer.KEEP:
        return house.answering.keep(who, ref, days=1, reason="", key="one click").how
    if answer is Answer.IN_USE:
        return house.answering.in_use(who, ref, key="one click").how
    return house.answering.stop(who, ref, key="one click").how


class _DeafToStops:
    """A cluster that tells everything and does not answer to a stop."""

    def __init__(self, house: ReminderHouse) -> None:
        self._cluster = house.cluster

    def __getattr__(self, name: str) -> object:
        return getattr(self._cluster, name)

    def stop(self, *_args: object, purge: bool) -> None:  # noqa: ARG002  # the port's
        """Do not answer."""
        raise ClusterUnavailable("Nomad does not answer.")
