"""Idle GPUs are found after a whole covered window of the present run, and nothing is found without evidence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.deployment import Phase
from bot.domain.findings import Judgement, Verdict
from bot.domain.gpu_use import judge_cpu_idle, judge_idle, judge_never_used, judge_one_idle
from bot.domain.policy import DAY, HOUR, Policy, Workload
from bot.domain.usage import Rest, Sample, fold
from tests.unit.domain.usage_samples import MINUTE, buckets, busy_at, missing_between
from tests.unit.domain.watched import NOW, gpu, quiet_cpu, watched

POLICY = Policy()


def all_day(start: datetime, end: datetime) -> timedelta:
    """Call every hour a working hour."""
    return end - start


def at_night(_start: datetime, _end: datetime) -> timedelta:
    """Call none a working hour."""
    return timedelta(0)


def test_a_gpu_that_rested_for_a_day_is_idle_since_it_was_last_used() -> None:
    """What the owner is told begins with the last activity that was seen, even before the window."""
    last = NOW - 30 * HOUR
    start = NOW - 3 * DAY
    found = judge_idle(
        watched(age=3 * DAY, devices=(gpu(start, busy_at([last])),), cpu=quiet_cpu(start)), policy=POLICY, now=NOW
    )

    assert (found.verdict, found.since, found.is_mild) == (Verdict.YES, last, False)


def test_an_idle_finding_carries_its_evidence() -> None:
    """Numbers, window and policy are there for whoever asks why."""
    found = judge_idle(watched(age=3 * DAY), policy=POLICY, now=NOW)

    assert found.evidence is not None
    assert (found.evidence.present, found.evidence.expected) == (1440, 1440)
    assert (found.evidence.window_start, found.evidence.window_end) == (NOW - DAY, NOW)
    assert found.policy == POLICY.version


@pytest.mark.parametrize(
    ("workload", "hours"), [(Workload.BATCH, 12), (Workload.NOTEBOOK, 24), (Workload.SERVICE, 72), (None, 72)]
)
def test_the_window_fits_the_kind_of_work(workload: Workload | None, hours: int) -> None:
    """A service rests longer than a notebook before it is idle, and what nobody knows gets the longest window."""
    window = hours * HOUR
    almost = judge_idle(watched(age=window + 2 * HOUR - MINUTE, workload=workload), policy=POLICY, now=NOW)
    whole = judge_idle(watched(age=window + 2 * HOUR, workload=workload), policy=POLICY, now=NOW)

    assert (almost.verdict, whole.verdict) == (Verdict.NO, Verdict.YES)


def test_a_restart_begins_the_window_anew() -> None:
    """The run that rests is the present one: what came before it is no evidence against it."""
    found = judge_idle(watched(age=9 * DAY, started_at=NOW - 10 * HOUR), policy=POLICY, now=NOW)

    assert found.verdict is Verdict.NO


def test_a_busy_cpu_makes_the_finding_a_mild_one() -> None:
    """Data are prepared while the GPU rests: one may ask, but softly."""
    start = NOW - 3 * DAY
    found = judge_idle(watched(age=3 * DAY, cpu=quiet_cpu(start, lambda _at: 60.0)), policy=POLICY, now=NOW)

    assert (found.verdict, found.is_mild) == (Verdict.YES, True)


def test_a_cpu_of_which_nothing_is_known_leaves_it_open() -> None:
    """Without a second signal nothing is claimed."""
    found = judge_idle(watched(age=3 * DAY, cpu=()), policy=POLICY, now=NOW)

    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "nobody knows what the CPU did")


def test_a_hole_in_the_samples_leaves_it_open() -> None:
    """A collector that was down for an afternoon has not seen an idle GPU."""
    start = NOW - 3 * DAY
    device = gpu(start, missing_between(NOW - 9 * HOUR, NOW - 5 * HOUR))

    found = judge_idle(watched(age=3 * DAY, devices=(device,)), policy=POLICY, now=NOW)

    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "hole too long")


def test_a_gpu_that_nobody_sees_leaves_it_open() -> None:
    """Two were given, one reports: nothing is said about all of them."""
    found = judge_idle(watched(age=3 * DAY, gpus=2), policy=POLICY, now=NOW)

    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "a GPU cannot be seen")


@pytest.mark.parametrize("phase", [Phase.UNREACHABLE, Phase.UNKNOWN, Phase.QUEUED, Phase.RESTARTING, Phase.STOPPING])
def test_only_what_runs_is_idle(phase: Phase) -> None:
    """A deployment on its way is no idle one, and of one that is out of reach nobody knows."""
    expected = Verdict.UNKNOWN if phase in {Phase.UNREACHABLE, Phase.UNKNOWN} else Verdict.NO

    assert judge_idle(watched(age=9 * DAY, phase=phase), policy=POLICY, now=NOW).verdict is expected


def test_a_gpu_that_nobody_touched_is_never_used() -> None:
    """Six hours, three of them working hours, and nothing in its memory."""
    found = judge_never_used(watched(age=6 * HOUR), policy=POLICY, now=NOW, working=all_day)

    assert (found.verdict, found.since) == (Verdict.YES, NOW - 6 * HOUR)


def test_the_clock_starts_when_the_owner_was_told() -> None:
    """It started at three at night after a week in the queue; its owner read of it at half past nine."""
    told = watched(age=10 * HOUR, told_at=NOW - 5 * HOUR)

    assert judge_never_used(told, policy=POLICY, now=NOW, working=all_day).verdict is Verdict.NO


def test_hours_in_which_nobody_works_do_not_count() -> None:
    """Six hours of a night are not six hours in which somebody could have started."""
    found = judge_never_used(watched(age=6 * HOUR), policy=POLICY, now=NOW, working=at_night)

    assert found.verdict is Verdict.NO


def test_a_gpu_with_something_in_its_memory_was_used() -> None:
    """A model that was loaded and waits is another case than a card that nobody touched."""
    start = NOW - 6 * HOUR
    full = fold(
        [Sample(at=start + number * MINUTE, percent=0.0, memory_mib=9000) for number in range(360)], rest=Rest()
    )
    device = replace(gpu(start), buckets=full)

    found = judge_never_used(watched(age=6 * HOUR, devices=(device,)), policy=POLICY, now=NOW, working=all_day)

    assert found.verdict is Verdict.NO


def test_a_gpu_of_whose_memory_nobody_told_is_not_called_unused() -> None:
    """A driver that tells the use, but not the memory, leaves open whether a model waits there."""
    start = NOW - 6 * HOUR
    device = replace(gpu(start), buckets=buckets(start, NOW))

    found = judge_never_used(watched(age=6 * HOUR, devices=(device,)), policy=POLICY, now=NOW, working=all_day)

    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "nobody told its memory")


def test_a_long_life_does_not_make_a_long_hole_harmless() -> None:
    """A tenth of ten days is a day in which anybody may have worked; an hour is the limit, whatever the age."""
    start, hole = NOW - 9 * DAY, NOW - 4 * DAY
    short = gpu(start, missing_between(hole, hole + 50 * MINUTE))
    long = gpu(start, missing_between(hole, hole + 70 * MINUTE))

    verdicts = [
        judge_never_used(watched(age=9 * DAY, devices=(each,)), policy=POLICY, now=NOW, working=all_day).verdict
        for each in (short, long)
    ]

    assert verdicts == [Verdict.YES, Verdict.UNKNOWN]


def test_a_hole_in_working_hours_leaves_open_whether_a_gpu_rests() -> None:
    """Somebody's only session of the day fits into an hour that nobody saw; at night it does not matter."""
    start = NOW - 3 * DAY
    unseen = watched(age=3 * DAY, devices=(gpu(start, missing_between(NOW - 10 * HOUR, NOW - 9 * HOUR)),))

    at_work = judge_idle(unseen, policy=POLICY, now=NOW, working=all_day)
    asleep = judge_idle(unseen, policy=POLICY, now=NOW, working=at_night)

    assert (at_work.verdict, at_work.reason) == (Verdict.UNKNOWN, "it was not seen for a while in working hours")
    assert asleep.verdict is Verdict.YES


def test_a_hole_soon_after_work_leaves_open_whether_it_went_on() -> None:
    """At night an hour's silence does not matter, unless the GPU had worked shortly before it."""
    start, hole = NOW - 3 * DAY, NOW - 22 * HOUR
    silent = missing_between(hole, hole + HOUR)

    def look(*, hours_before: int) -> tuple[Verdict, str]:
        last = hole - hours_before * HOUR
        seen = gpu(start, lambda at: 80.0 if at == last else silent(at))
        found = judge_idle(watched(age=3 * DAY, devices=(seen,)), policy=POLICY, now=NOW, working=at_night)
        return found.verdict, found.reason

    assert look(hours_before=5) == (Verdict.YES, "")
    assert look(hours_before=4) == (Verdict.UNKNOWN, "it was not seen for a while soon after it had worked")


@pytest.mark.parametrize("judge", [judge_idle, judge_never_used])
def test_a_hole_just_before_the_check_is_waited_out(judge: Callable[..., Judgement]) -> None:
    """Somebody may have begun to work in it, which is seen soon; an hour later it says nothing any more."""
    start = NOW - 3 * DAY

    def look(*, ended: timedelta) -> tuple[Verdict, str]:
        seen = gpu(start, missing_between(NOW - ended - 15 * MINUTE, NOW - ended))
        found = judge(watched(age=3 * DAY, devices=(seen,)), policy=POLICY, now=NOW, working=all_day)
        return found.verdict, found.reason

    assert look(ended=20 * MINUTE) == (Verdict.UNKNOWN, "it was not seen for a while just now")
    assert look(ended=70 * MINUTE) == (Verdict.YES, "")


def test_one_of_two_gpus_that_rests_is_its_own_finding() -> None:
    """The other one works, so the deployment is not idle: a mild word about one card is enough."""
    start = NOW - 3 * DAY
    devices = (gpu(start, name="gpu-0"), gpu(start, lambda _at: 90.0, name="gpu-1"))
    two = watched(age=3 * DAY, gpus=2, devices=devices)

    assert judge_one_idle(two, policy=POLICY, now=NOW).verdict is Verdict.YES
    assert judge_idle(two, policy=POLICY, now=NOW).verdict is Verdict.NO


def test_a_deployment_without_gpus_rests_for_a_week_before_it_is_idle() -> None:
    """Idle CPUs are common and harm few: the window is long."""
    start = NOW - 8 * DAY
    idle = watched(age=8 * DAY, gpus=0, devices=(), cpu=quiet_cpu(start))
    busy = watched(age=8 * DAY, gpus=0, devices=(), cpu=quiet_cpu(start, lambda _at: 10.0))
    young = watched(age=7 * DAY, gpus=0, devices=(), cpu=quiet_cpu(start))

    verdicts = [judge_cpu_idle(each, policy=POLICY, now=NOW).verdict for each in (idle, busy, young)]

    assert verdicts == [Verdict.YES, Verdict.NO, Verdict.NO]
