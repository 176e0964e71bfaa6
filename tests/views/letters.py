"""Findings, letters and facts that the views of reminders are drawn from."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.base import DeploymentId, Namespace, SlackUserId
from bot.domain.episodes import Episode, EpisodeId
from bot.domain.facts import Facts, OwnReminders
from bot.domain.findings import Device, Evidence, Holding, Judgement, Verdict, Watched
from bot.domain.letters import Letter, Line, Settled, Settling, UseOverTime, Waiting
from bot.domain.notices import NoticeId
from bot.domain.policy import FindingKind, Policy
from bot.domain.reminders import Exemption, Keep
from bot.domain.usage import Bucket
from tests.unit.domain.watched import watched

UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
MADRID = "Europe/Madrid"
NOW = datetime(2026, 6, 11, 7, 30, tzinfo=UTC)
"""Thursday, 09:30 in Madrid."""
LAST_SEEN = datetime(2026, 6, 9, 16, 40, tzinfo=UTC)
AGAIN = datetime(2026, 6, 12, 7, 30, tzinfo=UTC)
POLICY = Policy()
VERSION = "4f1c2a9e"
"""What the policy is called, whatever its thresholds are by now."""
WINDOWS = {
    FindingKind.GPU_NEVER_USED: NOW - LAST_SEEN,
    FindingKind.ONE_GPU_IDLE: timedelta(hours=48),
    FindingKind.CPU_IDLE: timedelta(days=7),
    FindingKind.GPU_HEAVY: timedelta(days=28),
}
MEASURED = frozenset({FindingKind.GPU_NEVER_USED, FindingKind.GPU_IDLE, FindingKind.ONE_GPU_IDLE, FindingKind.CPU_IDLE})
WITHOUT_GPUS = frozenset({FindingKind.CPU_IDLE})
WITH_TWO = frozenset({FindingKind.ONE_GPU_IDLE, FindingKind.OVER_ETIQUETTE})
STARTED_LONG_AGO = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
SINCE = {
    FindingKind.LONG_RUNNING: STARTED_LONG_AGO,
    FindingKind.CPU_IDLE: NOW - timedelta(days=7),
    FindingKind.FAILED: NOW - timedelta(hours=3),
}


def evidence(kind: FindingKind = FindingKind.GPU_IDLE, **changes: Any) -> Evidence:
    """Return the numbers that a finding of a kind rests on."""
    window = WINDOWS.get(kind, timedelta(hours=24))
    minutes = round(window.total_seconds() / 60)
    is_measured = kind in MEASURED
    values: dict[str, Any] = {
        "window_start": NOW - window,
        "window_end": NOW,
        "present": minutes - minutes // 21 if is_measured else 0,
        "expected": minutes if is_measured else 0,
        "memory_mib": 3 if is_measured and kind not in WITHOUT_GPUS else None,
        "idle_gpus": 1 if is_measured else 0,
        "gpus": 0 if kind in WITHOUT_GPUS else 2 if kind in WITH_TWO else 1,
    }
    if kind is FindingKind.GPU_HEAVY:
        values |= {"gpu_hours": 1187.4, "share": 0.31, "gpus": 0}
    return Evidence(**(values | changes))


def episode(kind: FindingKind = FindingKind.GPU_IDLE, **changes: Any) -> Episode:
    """Return a finding about Ada's deployment."""
    is_about_her = kind is FindingKind.GPU_HEAVY
    values: dict[str, Any] = {
        "id": EpisodeId(f"{UUID}/9c1f.0.1780912800/{kind.name.lower()}/1"),
        "kind": kind,
        "deployment": DeploymentId("" if is_about_her else UUID),
        "namespace": Namespace("ai4eosc"),
        "instance": "9c1f.0.1780912800",
        "version": 1204,
        "number": 1,
        "owner_email": "ada@example.org",
        "title": "" if is_about_her else "plant-classifier",
        "since": SINCE.get(kind, LAST_SEEN),
        "opened_at": NOW - timedelta(minutes=5),
        "last_true_at": NOW,
        "evidence": evidence(kind),
        "policy": VERSION,
    }
    return Episode(**(values | changes))


def line(kind: FindingKind = FindingKind.GPU_IDLE, **changes: Any) -> Line:
    """Return a finding as it is told the first time."""
    told: dict[str, Any] = {
        "episode": episode(kind),
        "step": 1,
        "next_at": None if kind is FindingKind.GPU_HEAVY else AGAIN,
    }
    return Line(**(told | changes))


def letter(*lines: Line, **changes: Any) -> Letter:
    """Return a letter to Ada about these findings."""
    values: dict[str, Any] = {
        "notice": NoticeId("ada@example.org/2026-06-11"),
        "slack_user": SlackUserId("U1"),
        "time_zone": MADRID,
        "lines": lines or (line(),),
    }
    return Letter(**(values | changes))


def holding(title: str = "plant-classifier", *, at_rest_for: timedelta | None = None, **changes: Any) -> Holding:
    """Return what one of Ada's GPU deployments does: at work a minute ago unless it has been at rest since."""
    seen = NOW - timedelta(minutes=1)
    active = seen - (at_rest_for or timedelta(0))
    known: dict[str, Any] = {"is_running": True, "last_active_at": active, "seen_until": seen}
    return Holding(title=title, **(known | changes))


def waiting(people: int = 2, days: int = 3) -> Waiting:
    """Return people who wait."""
    return Waiting(people=people, longest=timedelta(days=days))


def settled(how: Settling) -> Settled:
    """Return how a finding came to rest."""
    until = NOW + timedelta(days=7) if how in {Settling.KEPT, Settling.EXEMPT} else None
    return Settled(how=how, at=NOW + timedelta(minutes=20), by="U1", until=until)


def keep(**changes: Any) -> Keep:
    """Return what Ada said to a reminder."""
    values: dict[str, Any] = {
        "deployment": DeploymentId(UUID),
        "instance": "first",
        "kind": FindingKind.GPU_IDLE,
        "by": "U1",
        "reason": "waits for the new images",
        "since": NOW,
        "until": NOW + timedelta(days=7),
    }
    return Keep(**(values | changes))


def exemption() -> Exemption:
    """Return an administrator's word."""
    return Exemption(
        deployment=DeploymentId(UUID),
        by="U2",
        reason="a workshop in July",
        since=NOW,
        until=NOW + timedelta(days=45),
    )


def running(**changes: Any) -> Watched:
    """Return Ada's deployment as a check sees it: at work until Tuesday evening."""
    start = NOW - timedelta(days=4)
    seen = Bucket(start=LAST_SEEN, present=5, active=1, first_at=LAST_SEEN, last_at=LAST_SEEN, last_active_at=LAST_SEEN)
    known: dict[str, Any] = {
        "title": "plant-classifier",
        "gpu_model": "Tesla T4",
        "started_at": start,
        "phase_since": start,
        "devices": (Device(id="gpu-0", buckets=(seen,)),),
        "cpu": (),
    }
    return watched(age=timedelta(days=4), **(known | changes))


def judgement(kind: FindingKind, verdict: Verdict, *, reason: str = "") -> Judgement:
    """Return one answer about Ada's deployment; of what is unknown, half of the readings are missing."""
    is_so = verdict is Verdict.YES
    return Judgement(
        kind=kind,
        deployment=DeploymentId(UUID),
        instance="first",
        verdict=verdict,
        since=SINCE.get(kind, LAST_SEEN) if is_so else None,
        reason=reason,
        evidence=evidence(kind, **({} if is_so else {"present": 720})) if is_so or reason else None,
        policy=VERSION,
    )


def facts(*judgements: Judgement, **changes: Any) -> Facts:
    """Return what is known about Ada's deployment."""
    values: dict[str, Any] = {
        "watched": running(),
        "judgements": judgements,
        "newest_reading_at": NOW - timedelta(minutes=1),
        "policy": VERSION,
        "thresholds": POLICY,
        "at": NOW,
    }
    return Facts(**(values | changes))


def own(*lines: Line, **changes: Any) -> OwnReminders:
    """Return what Ada sees of her reminders."""
    values: dict[str, Any] = {
        "lines": lines,
        "keeps": (),
        "titles": {UUID: "plant-classifier"},
        "hour": "09:30",
        "paused_until": None,
        "is_live": True,
        "time_zone": MADRID,
    }
    return OwnReminders(**(values | changes))


def use(*values: float | None, title: str = "plant-classifier") -> UseOverTime:
    """Return the use of a deployment in the hours before now."""
    step = timedelta(hours=1)
    return UseOverTime(
        deployment=DeploymentId(UUID), title=title, start=NOW - step * len(values), step=step, values=values
    )
