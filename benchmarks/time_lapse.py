"""Measure how long a day takes in the playground, with 40 deployments and all readings, checks and reminders."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import app
from benchmarks.machine import go_direct
from benchmarks.page import Table, today, write_section
from bot import logs
from bot.domain.operation import JobName
from playground.clock import Clock
from playground.cluster import SimulatedCluster
from playground.cluster.papi_jobs import PapiJob
from playground.cluster.world import NodeSpec, default_world
from playground.pace import POLICY, STEP
from playground.panel import SimulatedPanel
from playground.panel.behaviour import Behaviour
from playground.registry import LocalRegistry
from playground.slack.workspace import Workspace
from playground.time_lapse import TimeLapse
from tests.app.town import environment_of, start

DEPLOYMENTS = 40
WITH_GPU = 30
AT_WORK = 24
DAYS = 5
TARGET = timedelta(seconds=5)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
ZONE = "Europe/Madrid"
MORE_GPUS = tuple(NodeSpec(name=f"ifca-gpu-{number}", gpus={"Tesla T4": 8}) for number in (7, 8, 9))

_PAGE = """\
## A day in the playground

`python -m benchmarks.time_lapse`, {date}

| a day | took | of it processor |
| --- | ---: | ---: |
{rows}

{days} days pass one after the other on the page's clock, in steps of {step} minutes, with {deployments} deployments on
the simulated cluster, {gpus} of them with a GPU, and {work} of those at work. Bot, workspace, cluster and registry are
one process. A day had {readings} rounds of measuring and {checks} checks. The target is less than {target} s for each
day on a machine that does nothing else. **Processor** is what all threads of the process used together: what is beyond
it was waiting, for the disk or for a processor that others had. On the machine's {processors} processors {load:.0f}
threads wanted to run at the end, ours among them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What a day took, in seconds, by the wall and of the processor; and how often use was measured and judged."""

    took: float
    processor: float
    readings: int
    checks: int


def main() -> None:
    """Measure, print, and write the section of the page."""
    go_direct()
    logs.set_up(level=logs.LogLevel.ERROR, log_format=logs.LogFormat.JSON, secrets=[])
    with tempfile.TemporaryDirectory() as folder, _opened(Path(folder)) as (bot, lapse):
        passed = [_a_day(bot, lapse) for _ in range(DAYS)]
    rows = [(str(number), f"{each.took:.1f} s", f"{each.processor:.1f} s") for number, each in enumerate(passed, 1)]
    table = Table(headings=("a day", "took", "of it processor"), rows=rows)
    print(table.as_text())
    text = _PAGE.format(
        date=today(),
        rows="\n".join(f"| {' | '.join(row)} |" for row in rows),
        days=DAYS,
        step=int(STEP.total_seconds() // 60),
        deployments=DEPLOYMENTS,
        gpus=WITH_GPU,
        work=AT_WORK,
        target=TARGET.seconds,
        readings=round(statistics.median(each.readings for each in passed)),
        checks=round(statistics.median(each.checks for each in passed)),
        processors=os.cpu_count(),
        load=os.getloadavg()[0],
    )
    write_section("time_lapse", text)


def _a_day(bot: app.Bot, lapse: TimeLapse) -> Passed:
    before = _counts(bot)
    began, used = time.perf_counter(), time.process_time()
    lapse.pass_time(DAY.total_seconds())
    lapse.wait()
    took, processor = time.perf_counter() - began, time.process_time() - used
    after = _counts(bot)
    return Passed(took=took, processor=processor, readings=after[0] - before[0], checks=after[1] - before[1])


def _counts(bot: app.Bot) -> tuple[int, int]:
    """Return how many runs of measuring and of checking are written down."""
    with bot.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT job, count(*) FROM runs GROUP BY job").all()
    by_name = {str(name): int(count) for name, count in rows}
    return by_name.get(JobName.MEASURE, 0), by_name.get(JobName.CHECK, 0)


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[app.Bot, TimeLapse]]:
    """Open a playground as the page has it, with deployments that were made in the Dashboard."""
    clock = Clock(MONDAY)
    with (
        Workspace(clock=clock) as workspace,
        LocalRegistry() as registry,
        SimulatedCluster(clock=clock, nodes=(*default_world(), *MORE_GPUS)) as cluster,
    ):
        for number in range(DEPLOYMENTS):
            workspace.add_user(f"person{number}", email=f"person{number}@example.org", tz=ZONE)
        panel = SimulatedPanel(cluster=cluster, workspace=workspace, images=[])
        _deploy(cluster, panel)
        config = folder / "config.yaml"
        policy = "".join(f"    {line}\n" for line in POLICY.splitlines())
        config.write_text(f"reminders:\n  time_zone: {ZONE}\n  policy:\n{policy}", encoding="utf-8")
        environment = environment_of(workspace, registry, nomad=cluster.address, database=folder / "bot.sqlite3")
        bot = start({**environment, "AI4OS_BOT_CONFIG": str(config)}, clock=clock)
        try:
            with TimeLapse(
                clock=clock,
                state=workspace.state,
                scheduler=bot.scheduler,
                zone=ZONE,
                settle=cluster.settle,
                attend=panel.behaviours.attend,
            ) as lapse:
                yield bot, lapse
        finally:
            bot.stop()


def _deploy(cluster: SimulatedCluster, panel: SimulatedPanel) -> None:
    for number in range(DEPLOYMENTS):
        wanted = PapiJob(
            id=f"{number:08x}-2fa1-11d2-883f-0016d3cca427",
            owner=f"person{number}",
            owner_email=f"person{number}@example.org",
            gpus=1 if number < WITH_GPU else 0,
            cpus=2,
        )
        job = cluster.add_papi_job(wanted.owner_email, f"Work {number}", wanted=wanted)
        panel.behaviours.set(job.id, Behaviour.TRAINING if number < AT_WORK else Behaviour.RESTING)


if __name__ == "__main__":
    main()
