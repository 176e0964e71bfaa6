"""Whatever is found and settled: planning changes nothing, asks seldom, and never of what is unknown or settled."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.episodes import Episode, EpisodeId, Resolution, advance, dispute
from bot.domain.findings import Evidence, Judgement, Verdict, Watched
from bot.domain.office_hours import OfficeHours, is_open
from bot.domain.people import Owner
from bot.domain.policy import CADENCES, DAY, FOR_ADMINISTRATORS, HOUR, FindingKind
from bot.domain.reminders import (
    Delivery,
    Digest,
    Exemption,
    Keep,
    Recipient,
    next_slot,
    plan_digest,
    shown_of,
)

ADA = "ada@example.org"
MINUTE = timedelta(minutes=1)
START = datetime(2026, 6, 8, tzinfo=UTC)
ZONES = ("Europe/Madrid", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")

MOMENTS = st.integers(0, 3 * 366 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)
KINDS = st.sampled_from(list(FindingKind))
NAMES = st.sampled_from("abc")
ZONE = st.sampled_from(ZONES).map(ZoneInfo)


def never(_day: object) -> bool:
    """Know no holidays."""
    return False


@st.composite
def situations(draw: st.DrawFn) -> tuple[datetime, Recipient, list[Episode], dict[EpisodeId, list[Delivery]]]:
    """Draw a moment, a person, what is open about their deployments, and what they were told of it."""
    now = draw(MOMENTS)
    found = {
        (name, kind): _episode(name, kind, now - age * HOUR, now - silence * MINUTE)
        for name, kind, age, silence in draw(
            st.lists(st.tuples(NAMES, KINDS, st.integers(0, 900), st.integers(-20, 90)), max_size=8)
        )
    }
    told = {
        episode.id: [
            Delivery(episode=episode.id, step=step, at=now - ago * HOUR)
            for step, ago in enumerate(sorted(draw(st.lists(st.integers(1, 900), max_size=5)), reverse=True), start=1)
        ]
        for episode in found.values()
    }
    person = Recipient(
        email=ADA,
        zone=draw(ZONE),
        is_holiday=never,
        last_digest=draw(st.none() | st.integers(0, 200).map(lambda hours: now - hours * HOUR)),
        paused_until=draw(st.none() | st.integers(-100, 100).map(lambda hours: now + hours * HOUR)),
        is_disturbed=draw(st.sampled_from([False, False, False, True, None])),
    )
    return now, person, list(found.values()), told


@st.composite
def settlings(draw: st.DrawFn, now: datetime) -> list[Keep | Exemption]:
    """Draw keeps and exemptions that hold, are over, or are about another run."""
    until = now + draw(st.integers(-100, 100)) * HOUR
    kind = draw(st.none() | KINDS)
    deployment = draw(NAMES)
    keep = Keep(
        deployment=DeploymentId(deployment),
        instance=draw(st.sampled_from(["first", "second"])),
        kind=kind,
        by="UADA",
        since=until - 7 * DAY,
        until=until,
    )
    exemption = Exemption(
        deployment=draw(st.none() | st.just(DeploymentId(deployment))),
        owner_email=draw(st.sampled_from(["", "ADA@example.org", "bob@example.org"])),
        kind=kind,
        by="UADMIN",
        reason="project",
        since=until - 7 * DAY,
        until=until,
    )
    return draw(st.lists(st.sampled_from([keep, exemption]), max_size=2))


def plan(
    now: datetime,
    person: Recipient,
    episodes: Sequence[Episode],
    told: dict[EpisodeId, list[Delivery]],
    settled: Sequence[Keep | Exemption] = (),
) -> Digest | None:
    """Plan a digest."""
    return plan_digest(episodes, person, deliveries=told, settled=settled, cadences=CADENCES, now=now)


@given(situations())
def test_planning_twice_in_any_order_plans_the_same(
    situation: tuple[datetime, Recipient, list[Episode], dict[EpisodeId, list[Delivery]]],
) -> None:
    """A plan depends on what is known and on nothing else."""
    now, person, episodes, told = situation

    assert plan(now, person, episodes, told) == plan(now, person, episodes[::-1], told)


@given(st.data())
def test_what_is_told_is_open_fresh_due_and_not_settled(data: st.DataObject) -> None:
    """In office hours, once a day, one finding a deployment, the next step, and nothing for operators only."""
    now, person, episodes, told = data.draw(situations())
    settled = data.draw(settlings(now))

    digest = plan(now, person, episodes, told, settled)

    items = digest.items if digest else ()
    for item in items:
        assert item.episode.kind not in FOR_ADMINISTRATORS
        assert not any(each.covers(item.episode, now) for each in settled)
        assert abs(now - item.episode.last_true_at) <= 70 * MINUTE
        assert item.step == len(told[item.episode.id]) + 1
        assert item.step <= len(CADENCES[item.episode.kind].repeats) + 1
    about = [(item.episode.deployment, item.episode.kind is FindingKind.GPU_HEAVY) for item in items]
    assert len(about) == len(set(about))
    assert digest is None or is_open(now, OfficeHours(), zone=person.zone, is_holiday=never)
    assert digest is None or person.is_disturbed is False


@given(situations())
def test_after_a_digest_there_is_none_that_day(
    situation: tuple[datetime, Recipient, list[Episode], dict[EpisodeId, list[Delivery]]],
) -> None:
    """By the local calendar of whoever it is."""
    now, person, episodes, told = situation
    midnight = now.astimezone(person.zone).replace(hour=23, minute=59).astimezone(UTC)
    heard = Recipient(email=person.email, zone=person.zone, is_holiday=never, last_digest=now)
    fresh = [episode.model_copy(update={"last_true_at": midnight}) for episode in episodes]

    assert plan(midnight, heard, fresh, told) is None
    assert plan(now, heard, episodes, told) is None


@given(situations(), st.integers(11, 10_000))
def test_what_no_check_confirms_any_more_is_never_told(
    situation: tuple[datetime, Recipient, list[Episode], dict[EpisodeId, list[Delivery]]], minutes: int
) -> None:
    """However long it lasts: unknown does not become due with age."""
    now, person, episodes, told = situation
    usual = [episode for episode in episodes if episode.kind not in {FindingKind.CPU_IDLE, FindingKind.GPU_HEAVY}]
    stale = [episode.model_copy(update={"last_true_at": now - minutes * MINUTE}) for episode in usual]

    assert plan(now, person, stale, told) is None


@given(situations())
def test_what_is_promised_is_kept(
    situation: tuple[datetime, Recipient, list[Episode], dict[EpisodeId, list[Delivery]]],
) -> None:
    """At the moment that a letter names, and not before it, the finding is told if a check still confirms it."""
    now, person, episodes, told = situation
    undisturbed = Recipient(
        email=ADA,
        zone=person.zone,
        is_holiday=never,
        last_digest=person.last_digest,
        paused_until=person.paused_until,
    )
    for episode in shown_of(episodes, (), now)[:1]:
        slot = next_slot(episode, told[episode.id], undisturbed, CADENCES[episode.kind], now)
        early = episode.model_copy(update={"last_true_at": (slot or now) - MINUTE})
        on_time = episode.model_copy(update={"last_true_at": slot or now})
        assert (slot is None) == (len(told[episode.id]) > len(CADENCES[episode.kind].repeats))
        assert slot is None or plan(slot, undisturbed, [on_time], told) is not None
        assert slot is None or slot <= now or plan(slot - MINUTE, undisturbed, [early], told) is None


@settings(max_examples=60)
@given(st.lists(st.sampled_from(list(Verdict)), max_size=60), st.integers(0, 59))
def test_unknown_neither_opens_nor_ends_nor_confirms(verdicts: list[Verdict], disputed_at: int) -> None:
    """Checks with unknown answers put in between leave the same episodes as without them."""
    with_unknown = _run(verdicts, disputed_at, skips_unknown=False)
    without = _run(verdicts, disputed_at, skips_unknown=True)

    assert with_unknown == without


@settings(max_examples=60)
@given(st.lists(st.booleans(), min_size=30, max_size=60), st.integers(0, 20))
def test_a_window_that_was_called_wrong_never_opens_an_episode(answers: list[bool], disputed_at: int) -> None:
    """Only hours after the click count: with a window of a day there are 24 of them, without a question."""
    verdicts = [Verdict.YES if answer else Verdict.UNKNOWN for answer in answers]

    episodes = _run(verdicts, disputed_at, skips_unknown=False)

    wrong = [each.resolved_at for each in episodes if each.resolution is Resolution.WRONG and each.resolved_at]
    later = [each.opened_at for each in episodes if wrong and each.opened_at > wrong[0]]
    assert all(opened - wrong[0] >= DAY for opened in later)


def _run(verdicts: Sequence[Verdict], disputed_at: int, *, skips_unknown: bool) -> list[Episode]:
    """Check once an hour, and let the owner call what is open wrong once; return the episodes."""
    known: dict[EpisodeId, Episode] = {}
    one = _watched()
    for number, verdict in enumerate(verdicts):
        now = START + number * HOUR
        if not (skips_unknown and verdict is Verdict.UNKNOWN):
            changed = advance(
                tuple(known.values()),
                [_judgement(one, verdict, now)],
                watched={one.deployment: one},
                resumed=frozenset({one.deployment}),
                now=now,
            )
            known |= {each.id: each for each in changed}
        if number == disputed_at:
            still = [each for each in known.values() if each.is_open]
            known |= {each.id: each for one_open in still[:1] for each in dispute(one_open, still, now)}
    return list(known.values())


def _judgement(one: Watched, verdict: Verdict, now: datetime) -> Judgement:
    return Judgement(
        kind=FindingKind.GPU_IDLE,
        deployment=one.deployment,
        instance=one.instance,
        verdict=verdict,
        since=now - DAY,
        evidence=Evidence(window_start=now - DAY, window_end=now),
        policy="p1",
    )


def _watched() -> Watched:
    return Watched(
        deployment=DeploymentId("a"),
        namespace=Namespace("ai4eosc"),
        instance="first",
        title="a",
        owner=Owner(email=ADA),
        workload=None,
        phase=Phase.RUNNING,
        phase_since=START,
        started_at=START,
        gpus=1,
    )


def _episode(name: str, kind: FindingKind, opened: datetime, confirmed: datetime) -> Episode:
    return Episode(
        id=EpisodeId(f"{name}/first/{kind.name.lower()}/1"),
        kind=kind,
        deployment=DeploymentId(name),
        namespace=Namespace("ai4eosc"),
        instance="first",
        version=1,
        number=1,
        owner_email=ADA,
        title=name,
        since=opened,
        opened_at=opened,
        last_true_at=confirmed,
        policy="p1",
    )
