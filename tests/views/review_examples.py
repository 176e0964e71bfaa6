"""Reviews that the administrators' views are drawn from: a quiet one, one of a bad week, and the greatest."""

from datetime import UTC, datetime, timedelta

from bot.domain.addressees import Reach
from bot.domain.base import DeploymentId, Namespace, NodeId, SlackUserId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.findings import Evidence
from bot.domain.operation import Breaker, JobName, Mode, Obstacle, Outcome, Run
from bot.domain.policy import FindingKind
from bot.domain.reminders import Exemption
from bot.domain.review import Idle, Overdue, Planned, Review, Unanswered
from bot.domain.telemetry import NodeHealth
from tests.views.examples import HOSTILE

MONDAY = datetime(2026, 6, 8, 7, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONE = "Europe/Madrid"


def found(
    title: str,
    kind: FindingKind = FindingKind.GPU_IDLE,
    *,
    owner: str = "ada@example.org",
    gpus: int = 1,
    age: timedelta = 3 * DAY,
) -> Episode:
    """Return a finding that began so long ago."""
    since = MONDAY - age
    return Episode(
        id=EpisodeId(f"{title}/run/{kind.name.lower()}/1"),
        kind=kind,
        deployment=DeploymentId("1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
        namespace=Namespace("ai4eosc"),
        instance="run",
        version=41,
        number=1,
        owner_email=owner,
        title=title,
        since=since,
        opened_at=MONDAY - 5 * MINUTE,
        last_true_at=MONDAY,
        evidence=Evidence(window_start=since, window_end=MONDAY, gpus=gpus, idle_gpus=1),
        policy="1a2b3c4d",
    )


def run(job: JobName, *, outcome: Outcome = Outcome.DONE, ago: timedelta = 2 * MINUTE, detail: str = "") -> Run:
    """Return a run that ended so long ago."""
    at = MONDAY - ago
    return Run(job=job, due_at=at, started_at=at, ended_at=at, outcome=outcome, detail=detail)


PLANKTON = found("Plankton run 3")
PAIR = found("Two cards", FindingKind.ONE_GPU_IDLE, owner="bob@example.org", gpus=2, age=50 * HOUR)
WAVE = Breaker(
    obstacle=Obstacle.WAVE, since=MONDAY - 10 * MINUTE, detail="7 of 20 running deployments turned idle in one check"
)
BLIND = Breaker(obstacle=Obstacle.BLIND, since=MONDAY - 2 * HOUR, detail="4 of 12 GPUs tell their use")
EXEMPT = Exemption(
    deployment=PLANKTON.deployment,
    title="Plankton run 3",
    by="UGRACE",
    reason="paper deadline, agreed with the project",
    since=MONDAY - DAY,
    until=MONDAY + 30 * DAY,
)
EXEMPT_OWNER = Exemption(
    owner_email="bob@example.org",
    kind=FindingKind.LONG_RUNNING,
    by="UGRACE",
    reason="workshop",
    since=MONDAY - DAY,
    until=MONDAY + 5 * DAY,
)
FRESH = Review(
    at=MONDAY,
    mode=Mode(),
    policy="1a2b3c4d",
    time_zone=ZONE,
    done=tuple(run(job) for job in JobName),
    runs=tuple(run(job) for job in JobName),
)
QUIET = FRESH.model_copy(
    update={
        "mode": Mode(is_live=True, by="UGRACE", at=MONDAY - 30 * DAY, reason="two weeks of dry run were fine"),
        "channel": "CADMINS",
        "watched": 30,
        "gpus_held": 12,
        "gpus_told": 12,
        "told": 40,
        "answers": {"keep": 22, "stop": 9, "in use": 1},
        "judged_since": MONDAY - 45 * DAY,
        "exemptions": (EXEMPT, EXEMPT_OWNER),
    }
)
BUSY = QUIET.model_copy(
    update={
        "gpus_told": 7,
        "breakers": (BLIND, WAVE.model_copy(update={"released_by": "UGRACE"})),
        "idle": (
            Idle(episode=PLANKTON, gpu_hours=72.0, kept_until=MONDAY + 3 * DAY),
            Idle(episode=PAIR, gpu_hours=50.0),
            Idle(episode=found("Quiet service", FindingKind.CPU_IDLE, age=8 * DAY), gpu_hours=0.0),
        ),
        "unanswered": (
            Unanswered(episode=PAIR, told=2, first_told_at=MONDAY - 4 * DAY, reach=Reach.PERSON),
            Unanswered(
                episode=found("Old training", owner="left@example.org"),
                told=0,
                first_told_at=None,
                reach=Reach.DEACTIVATED,
            ),
            Unanswered(
                episode=found("Kept and kept"),
                told=4,
                first_told_at=MONDAY - 20 * DAY,
                reach=Reach.PERSON,
                keeps_in_a_row=3,
            ),
            Unanswered(
                episode=found("Unreachable", owner="mute@example.org"),
                told=0,
                first_told_at=None,
                reach=Reach.PERSON,
                detail="Slack refuses the message: cannot_dm_bot",
            ),
        ),
        "for_operators": (
            found("Stopped, but alive", FindingKind.ZOMBIE, age=HOUR),
            found("Unseen", FindingKind.TELEMETRY_HOLE, age=2 * HOUR),
            found("Out of reach", FindingKind.LOST_NODE, age=5 * HOUR),
            found("Three of them", FindingKind.OVER_ETIQUETTE, gpus=3, age=4 * HOUR),
        ),
        "silent_nodes": (
            NodeHealth(
                node=NodeId("gpu-4"), at=MONDAY, silent_since=MONDAY - 2 * HOUR, trouble="did not answer in 8 s"
            ),
        ),
        "planned": (
            Planned(email="ada@example.org", reach=Reach.PERSON, episodes=(PLANKTON,), at=MONDAY + 5 * MINUTE),
            Planned(
                email="bob@example.org",
                reach=Reach.PERSON,
                episodes=(PAIR, *(found(f"Old {n}", FindingKind.LONG_RUNNING, age=40 * DAY) for n in range(5))),
                at=MONDAY + 2 * HOUR,
            ),
            Planned(email="left@example.org", reach=Reach.DEACTIVATED, episodes=(found("Old training"),)),
        ),
        "people_planned": 3,
        "runs": (
            run(JobName.MEASURE, outcome=Outcome.FAILED, ago=MINUTE, detail="Nomad cannot be reached."),
            *(run(job) for job in (JobName.CHECK, JobName.REMIND, JobName.REPORT)),
        ),
        "done": (run(JobName.MEASURE, ago=20 * MINUTE), *(run(job) for job in (JobName.CHECK, JobName.REMIND))),
        "overdue": (Overdue(job=JobName.MEASURE, since=MONDAY - 20 * MINUTE, detail="Nomad cannot be reached."),),
        "longest_wait": 50 * HOUR,
        "channel_trouble": "Slack refuses the message: not_in_channel.",
        "covers_all": False,
    }
)
DRY = BUSY.model_copy(
    update={
        "mode": Mode(),
        "breakers": (),
        "channel_trouble": "",
        "covers_all": True,
        "overdue": (),
        "silent_nodes": (),
        "gpus_told": 12,
        "told": 0,
        "answers": {},
        "judged_since": MONDAY - 3 * DAY,
    }
)
_WORST = found(HOSTILE, owner=HOSTILE[:200], gpus=9999, age=9999 * DAY)
GREATEST = BUSY.model_copy(
    update={
        "mode": Mode(is_live=True, is_paused=True, by=HOSTILE, reason=HOSTILE, at=MONDAY),
        "breakers": tuple(
            Breaker(obstacle=each, since=MONDAY, detail=HOSTILE, released_by=HOSTILE if each is Obstacle.WAVE else "")
            for each in Obstacle
        ),
        "idle": tuple(Idle(episode=_WORST, gpu_hours=1e9, kept_until=MONDAY) for _ in range(100)),
        "unanswered": tuple(
            Unanswered(episode=_WORST, told=9999, first_told_at=MONDAY, reach=Reach.PERSON, detail=HOSTILE)
            for _ in range(100)
        ),
        "for_operators": (_WORST,) * 100,
        "silent_nodes": tuple(
            NodeHealth(node=NodeId(HOSTILE), at=MONDAY, silent_since=MONDAY, trouble=HOSTILE) for _ in range(200)
        ),
        "planned": tuple(
            Planned(email=HOSTILE, reach=reach, episodes=(_WORST,) * 50, at=MONDAY)
            for reach in (Reach.PERSON, Reach.NO_ACCOUNT)
            for _ in range(100)
        ),
        "exemptions": tuple(
            EXEMPT.model_copy(update={"title": HOSTILE, "reason": HOSTILE, "by": SlackUserId(HOSTILE)})
            for _ in range(100)
        ),
        "runs": tuple(run(job, outcome=Outcome.FAILED, detail=HOSTILE) for job in JobName),
        "overdue": tuple(Overdue(job=job, since=None, detail=HOSTILE) for job in JobName),
        "channel": HOSTILE,
        "channel_trouble": HOSTILE,
        "policy": HOSTILE,
    }
)
