"""What is going on around a reminder when the bot is killed: it is sent, answered, or edited by itself."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import NAMESPACE_DNS, uuid5

from bot.domain.operation import Mode
from bot.domain.records import AuditEntry
from bot.domain.telemetry import Series
from bot.domain.usage import BUCKET, Bucket, condense, floor
from bot.store.case_book import SqlCaseBook
from bot.store.engine import open_engine
from bot.store.measurements import SqlMeasurements
from playground.cluster.papi_jobs import PapiJob
from playground.cluster.records import Job
from playground.cluster.usage import GpuUsage, TaskUsage
from playground.slack.screen import ShownMessage
from tests.kill.letter_verdict import LIVE, letters_of, look_at_letters
from tests.kill.scenarios import Scenario, Scene
from tests.kill.town import STEP
from tests.kill.verdict import Outcome

LONG_ENOUGH = timedelta(hours=27)
"""More than warm-up and window of an idle GPU together."""
LONGER_THAN_ANY_CLAIM = 7
"""So many steps of time, which no claim on a letter outlives: whoever would send it again does so in the next round."""

ALMOST = 2
"""Readings at work, one less than end a finding."""

AT_REST = GpuUsage(utilization=0, memory=9000)
AT_WORK = GpuUsage(utilization=85, memory=12000)
QUIET = TaskUsage(cpu_percent=1.0)
_TEN, _SATURDAY = 10, 5
_SAMPLES = 2


def rest(scene: Scene) -> None:
    """Let the person have a GPU that has rested for a day and more, in their office hours, and reminders be live.

    What was measured meanwhile is written as the collector would have, since it takes no part in what is killed.
    """
    cluster, house = scene.town.simulated, scene.house
    identity = str(uuid5(NAMESPACE_DNS, house.email))
    wanted = PapiJob(id=identity, owner=house.ada.name, owner_email=house.email, gpus=1, cpus=2)
    job = cluster.add_papi_job(house.email, "Mine", wanted=wanted)
    cluster.script_usage(job.id, gpu=lambda _now: AT_REST, task=lambda _now: QUIET)
    scene.town.ground.pass_time()
    begun = cluster.clock.now()
    cluster.clock.set(_ten_o_clock_after(begun + LONG_ENOUGH))
    cluster.settle()
    _write_history(scene, job, begun)


def be_reminded(scene: Scene) -> None:
    """Let the same be the case, and the person have the letter about it."""
    rest(scene)
    _wait_for_letter(scene)


def work_again(scene: Scene) -> None:
    """Let the person have the letter, and the GPU have worked almost long enough for it to be in use again."""
    be_reminded(scene)
    (job,) = (job for job in scene.town.ground.jobs() if job.owner_email == scene.house.email)
    scene.town.simulated.script_usage(job.id, gpu=lambda _now: AT_WORK)
    steps = count()
    scene.bot.until(lambda: next(steps) == ALMOST)


def _write_history(scene: Scene, job: Job, begun: datetime) -> None:
    cluster = scene.town.simulated
    now, allocation = cluster.clock.now(), cluster.allocation(job.id)
    devices = [each for task in allocation.grant.tasks.values() for group in task.devices for each in group.ids]
    fine = tuple(_buckets(begun, now))
    gpu = {Series(allocation=allocation.id, device=device): (*condense(fine), *fine) for device in devices}
    engine = open_engine(scene.house.environment["DATABASE_URL"])
    try:
        SqlMeasurements(engine).put_buckets({Series(allocation=allocation.id): (*condense(fine), *fine), **gpu})
        entry = AuditEntry(at=now, actor=LIVE, action="go live")
        SqlCaseBook(engine).save_mode(Mode(is_live=True, at=now), noting=entry)
    finally:
        engine.dispose()


def _buckets(begun: datetime, now: datetime) -> Iterator[Bucket]:
    start = floor(begun, BUCKET) + BUCKET
    while start + BUCKET <= now:
        yield Bucket(
            start=start,
            present=_SAMPLES,
            active=0,
            expected=_SAMPLES,
            first_at=start,
            last_at=start + STEP,
            memory_mib_max=AT_REST.memory,
        )
        start += BUCKET


def _ten_o_clock_after(moment: datetime) -> datetime:
    """Return the first ten o'clock of a working day from then on, where everybody lives."""
    found = moment.replace(hour=_TEN, minute=0, second=0, microsecond=0)
    while found < moment or found.weekday() >= _SATURDAY:
        found += timedelta(days=1)
    return found


def letter(scene: Scene) -> ShownMessage:
    """Return the person's one letter."""
    (found,) = letters_of(scene.house.ada)
    return found


def _wait_for_letter(scene: Scene) -> None:
    scene.bot.until(lambda: bool(letters_of(scene.house.ada)))


def _keep(scene: Scene) -> None:
    ada = scene.house.ada

    def answer() -> None:
        ada.click(letter(scene), "reminder.keep")
        ada.wait_for_modal(lambda view: "For how long" in view.text)
        ada.submit()

    scene.during(answer)
    scene.bot.until(lambda: scene.says("Kept until"))


def _stop(scene: Scene) -> None:
    scene.during(lambda: scene.house.ada.click(letter(scene), "reminder.stop", confirm=True))
    scene.bot.until(lambda: scene.says("It was stopped"))


def _call_in_use(scene: Scene) -> None:
    scene.during(lambda: scene.house.ada.click(letter(scene), "reminder.in_use"))
    scene.bot.until(lambda: scene.says("It is in use, as you said"))


def _wait_until_used_again(scene: Scene) -> None:
    scene.bot.until(lambda: scene.says("It is used again"))


def _scenario(name: str, act: Callable[[Scene], None], done: Outcome, *undone: Outcome) -> Scenario:
    return Scenario(
        name=name,
        prepare=be_reminded,
        act=act,
        done=done,
        undone=frozenset(undone),
        look=look_at_letters,
        word="remind",
        afterwards=LONGER_THAN_ANY_CLAIM,
    )


REMINDER = replace(_scenario("reminder", _wait_for_letter, Outcome.REMINDED), prepare=rest)
KEEP = _scenario("reminder answered: keep it", _keep, Outcome.KEPT, Outcome.REMINDED)
IN_USE = _scenario("reminder answered: it is in use", _call_in_use, Outcome.IN_USE, Outcome.REMINDED)
STOP_FROM_REMINDER = _scenario("reminder answered: stop it", _stop, Outcome.STOPPED, Outcome.REMINDED)
EDIT = replace(_scenario("reminder edited by itself", _wait_until_used_again, Outcome.RESUMED), prepare=work_again)
REMINDERS = (REMINDER, KEEP, IN_USE, STOP_FROM_REMINDER, EDIT)
