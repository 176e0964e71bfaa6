"""People hear of a finding once a working day at most, in office hours, ever more seldom, and then no more."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.base import DeploymentId, Namespace
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.office_hours import OfficeHours, closing, is_open
from bot.domain.policy import CADENCES, DAY, HOUR, FindingKind
from bot.domain.reminders import (
    Delivery,
    Digest,
    Exemption,
    Keep,
    Recipient,
    is_due,
    is_escalated,
    next_slot,
    plan_digest,
)

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = datetime(2026, 6, 8, 8, 0, tzinfo=UTC)  # ten o'clock in Madrid
QUARTER = timedelta(minutes=15)


def ada(**changes: object) -> Recipient:
    """Return a person in Madrid who works on weekdays."""
    known: dict[str, object] = {"email": "ada@example.org", "zone": MADRID, "is_holiday": lambda _day: False}
    return Recipient(**(known | changes))  # type: ignore[arg-type]  # the tests' own shorthand


def episode(
    name: str = "a",
    kind: FindingKind = FindingKind.GPU_IDLE,
    *,
    opened: datetime = MONDAY - HOUR,
    confirmed: datetime = MONDAY,
    owner: str = "ada@example.org",
) -> Episode:
    """Return an open episode that was confirmed just now."""
    return Episode(
        id=EpisodeId(f"{name}/{kind.name}"),
        kind=kind,
        deployment=DeploymentId(name),
        namespace=Namespace("ai4eosc"),
        instance="first",
        version=1,
        number=1,
        owner_email=owner,
        title=name,
        since=opened - DAY,
        opened_at=opened,
        last_true_at=confirmed,
        policy="p1",
    )


def plan(
    episodes: Sequence[Episode],
    recipient: Recipient | None = None,
    *,
    deliveries: Mapping[EpisodeId, Sequence[Delivery]] | None = None,
    settled: Sequence[Keep | Exemption] = (),
    now: datetime = MONDAY,
) -> Digest | None:
    """Plan a digest."""
    return plan_digest(
        episodes,
        recipient or ada(),
        deliveries=deliveries or {},
        settled=settled,
        cadences=CADENCES,
        now=now,
    )


def kinds(digest: Digest | None) -> list[tuple[str, FindingKind, int]]:
    """Return what is told, in order."""
    return [(item.episode.deployment, item.episode.kind, item.step) for item in digest.items] if digest else []


def keep(**changes: object) -> Keep:
    """Return a keep of the first deployment for three days."""
    known: dict[str, object] = {
        "deployment": DeploymentId("a"),
        "instance": "first",
        "kind": None,
        "by": "U1",
        "since": MONDAY,
        "until": MONDAY + 3 * DAY,
    }
    return Keep(**(known | changes))  # type: ignore[arg-type]  # the tests' own shorthand


def test_one_digest_has_all_that_is_due_the_most_urgent_first() -> None:
    """One finding for each deployment, in the order of the policy."""
    found = plan(
        [
            episode("a", FindingKind.CPU_IDLE),
            episode("b", FindingKind.GPU_IDLE),
            episode("b", FindingKind.LONG_RUNNING),
            episode("c", FindingKind.FAILED),
        ]
    )

    assert kinds(found) == [
        ("c", FindingKind.FAILED, 1),
        ("b", FindingKind.GPU_IDLE, 1),
        ("a", FindingKind.CPU_IDLE, 1),
    ]


def test_nobody_is_told_of_others_or_of_what_only_operators_can_repair() -> None:
    """Somebody else's deployment, a zombie and a hole in the telemetry are not for this person."""
    others = [
        episode("a", owner="bob@example.org"),
        episode("b", FindingKind.ZOMBIE),
        episode("c", FindingKind.TELEMETRY_HOLE),
    ]

    assert plan(others) is None


def test_a_finding_that_no_check_confirms_any_more_is_not_told() -> None:
    """The newest answer was unknown, or the checks have stopped: silence."""
    assert plan([episode(confirmed=MONDAY - timedelta(minutes=11))]) is None


def test_the_steps_come_after_one_three_and_seven_days_and_then_no_more() -> None:
    """Four tellings in eleven days are enough; then it is the administrators' turn."""
    told: list[Delivery] = []
    at = [MONDAY, MONDAY + DAY, MONDAY + 4 * DAY, MONDAY + 11 * DAY, MONDAY + 60 * DAY]
    for moment in at:
        one = episode(confirmed=moment)
        digest = plan([one], deliveries={one.id: told}, now=moment)
        told += [Delivery(episode=one.id, step=item.step, at=moment) for item in (digest.items if digest else ())]

    assert [(delivery.step, delivery.at) for delivery in told] == list(zip(range(1, 5), at[:4], strict=True))


def test_a_step_is_not_due_before_its_time() -> None:
    """Told on Monday at ten, again on Tuesday at ten and not at half past nine."""
    one = episode(confirmed=MONDAY + DAY - QUARTER)
    told = [Delivery(episode=one.id, step=1, at=MONDAY)]

    assert plan([one], deliveries={one.id: told}, now=MONDAY + DAY - QUARTER) is None


def test_a_person_hears_once_a_day_by_their_own_clock() -> None:
    """A second finding of the day waits for the next one."""
    assert plan([episode()], ada(last_digest=MONDAY - 25 * timedelta(minutes=1))) is None
    assert plan([episode()], ada(last_digest=MONDAY - DAY)) is not None


def test_nobody_is_told_while_they_rest() -> None:
    """At night, at the week-end, on a holiday, in a pause, with notifications off."""
    saturday, night = MONDAY + 5 * DAY, MONDAY + 12 * HOUR
    silent = [
        plan([episode(confirmed=saturday)], now=saturday),
        plan([episode(confirmed=night)], now=night),
        plan([episode()], ada(is_holiday=lambda _day: True)),
        plan([episode()], ada(paused_until=MONDAY + DAY)),
        plan([episode()], ada(is_disturbed=True)),
    ]

    assert silent == [None] * 5


def test_a_kept_deployment_is_left_alone_until_then() -> None:
    """The keep ends by itself, and it binds the run that it was given for."""
    later = MONDAY + 3 * DAY
    during = plan([episode()], settled=[keep()])
    after = plan([episode(confirmed=later)], settled=[keep()], now=later)
    other_run = plan([episode()], settled=[keep(instance="second")])

    assert (during, kinds(after), kinds(other_run)) == (
        None,
        [("a", FindingKind.GPU_IDLE, 1)],
        [("a", FindingKind.GPU_IDLE, 1)],
    )


def test_an_exemption_fits_a_deployment_a_person_or_a_kind() -> None:
    """Whatever is empty in it fits everything."""
    everything = Exemption(by="U9", reason="project", since=MONDAY, until=MONDAY + DAY)
    exempt = [
        everything.model_copy(update={"deployment": DeploymentId("a")}),
        everything.model_copy(update={"owner_email": "ADA@example.org"}),
        everything.model_copy(update={"kind": FindingKind.GPU_IDLE}),
    ]
    other = everything.model_copy(update={"kind": FindingKind.CPU_IDLE})

    assert [plan([episode()], settled=[each]) for each in exempt] == [None] * 3
    assert plan([episode()], settled=[other]) is not None


def test_the_next_telling_is_known_in_advance() -> None:
    """What the message promises: told on Thursday, the next one is on Friday; after the third on the week after."""
    one = episode()
    thursday = MONDAY + 3 * DAY
    once = [Delivery(episode=one.id, step=1, at=thursday)]
    twice = [*once, Delivery(episode=one.id, step=2, at=thursday + DAY)]
    often = [Delivery(episode=one.id, step=step, at=MONDAY) for step in range(1, 5)]
    cadence = CADENCES[one.kind]

    slots = [next_slot(one, told, ada(), cadence, thursday + DAY) for told in (once, twice, often)]

    assert slots == [thursday + DAY, thursday + 4 * DAY, None]


@pytest.mark.parametrize(
    ("told_at", "again_at"),
    [
        (datetime(2026, 3, 24, 8, 40, tzinfo=UTC), datetime(2026, 3, 31, 7, 40, tzinfo=UTC)),
        (datetime(2026, 10, 20, 14, 50, tzinfo=UTC), datetime(2026, 10, 27, 15, 50, tzinfo=UTC)),
    ],
)
def test_a_week_later_is_the_same_hour_by_the_readers_clock(told_at: datetime, again_at: datetime) -> None:
    """Told at 09:40, or at 16:50, before the clocks change: due at that hour again, and not an hour off it."""
    one = episode(kind=FindingKind.OVER_ETIQUETTE, opened=told_at - HOUR)
    told = [Delivery(episode=one.id, step=1, at=told_at)]
    cadence = CADENCES[one.kind]

    slot = next_slot(one, told, ada(last_digest=told_at), cadence, told_at)

    due = [is_due(one, told, cadence, moment, zone=MADRID) for moment in (again_at - QUARTER, again_at)]
    assert (slot, due) == (again_at, [False, True])


@given(
    day=st.dates(date(2026, 1, 1), date(2027, 12, 1)),
    minutes=st.integers(min_value=0, max_value=449),
    zone=st.sampled_from(("Europe/Madrid", "America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati")),
)
def test_the_day_that_is_promised_is_kept(day: date, minutes: int, zone: str) -> None:
    """The next telling comes on the local day that the letter names, however early that day a digest is made."""
    opens = datetime.combine(day, OfficeHours().opens, tzinfo=ZoneInfo(zone))
    told_at = (opens + timedelta(minutes=minutes)).astimezone(UTC)
    here = ada(zone=ZoneInfo(zone), last_digest=told_at)
    assume(is_open(told_at, here.hours, zone=here.zone, is_holiday=_never))
    one = episode(opened=told_at - HOUR)
    told, cadence = [Delivery(episode=one.id, step=1, at=told_at)], CADENCES[one.kind]

    promised = next_slot(one, told, here, cadence, told_at)

    assert promised is not None
    closes = closing(promised, here.hours, zone=here.zone)
    before = closing(promised - DAY, here.hours, zone=here.zone)
    is_at_work = is_open(before - QUARTER, here.hours, zone=here.zone, is_holiday=_never)
    due = [is_due(one, told, cadence, moment, zone=here.zone) for moment in (before, closes)]
    assert due[1]
    assert not (is_at_work and due[0])


def _never(_day: date) -> bool:
    return False


def test_what_stays_unanswered_goes_to_the_administrators() -> None:
    """After two tellings and three days; an answer stops that."""
    one = episode()
    told = [Delivery(episode=one.id, step=1, at=MONDAY), Delivery(episode=one.id, step=2, at=MONDAY + DAY)]
    cadence = CADENCES[one.kind]

    answers = [
        is_escalated(one, told[:1], [], cadence, MONDAY + 9 * DAY),
        is_escalated(one, told, [], cadence, MONDAY + 2 * DAY),
        is_escalated(one, told, [], cadence, MONDAY + 3 * DAY),
        is_escalated(one, told, [keep(until=MONDAY + 9 * DAY)], cadence, MONDAY + 3 * DAY),
    ]

    assert answers == [False, False, True, False]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from([FindingKind.GPU_IDLE, FindingKind.FAILED, FindingKind.CPU_IDLE, FindingKind.QUEUED]),
            st.integers(0, 20 * 24),
        ),
        max_size=8,
    ),
    st.sampled_from(["Europe/Madrid", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"]),
)
def test_three_weeks_of_any_findings_never_bother_anybody(found: list[tuple[str, FindingKind, int]], zone: str) -> None:
    """At most one digest a local day, in office hours only, each step once, and planning twice plans the same."""
    local = ZoneInfo(zone)
    deliveries: dict[EpisodeId, list[Delivery]] = {}
    digests: list[datetime] = []
    for number in range(21 * 24):
        now = MONDAY + number * HOUR
        episodes = [
            episode(name, kind, opened=MONDAY + hour * HOUR, confirmed=now)
            for name, kind, hour in found
            if hour <= number
        ]
        who = ada(zone=local, last_digest=digests[-1] if digests else None)
        digest = plan(episodes, who, deliveries=deliveries, now=now)
        assert plan(episodes, who, deliveries=deliveries, now=now) == digest
        if digest is None:
            continue
        digests.append(now)
        for item in digest.items:
            deliveries.setdefault(item.episode.id, []).append(Delivery(episode=item.episode.id, step=item.step, at=now))

    days = [moment.astimezone(local).date() for moment in digests]
    assert len(days) == len(set(days))
    assert all(is_open(moment, OfficeHours(), zone=local, is_holiday=lambda _day: False) for moment in digests)
    assert all([delivery.step for delivery in told] == list(range(1, len(told) + 1)) for told in deliveries.values())
