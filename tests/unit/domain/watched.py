"""A deployment as a check sees it, for the tests: running with one idle GPU unless a test says otherwise."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.domain.findings import Device, Watched
from bot.domain.people import Owner
from bot.domain.policy import Workload
from bot.domain.usage import Bucket
from tests.unit.domain.usage_samples import MONDAY, Percent, buckets

ADA = Owner(email="ada@example.org", name="Ada")
NOW = MONDAY + timedelta(days=9)


def gpu(
    start: datetime,
    percent: Percent = lambda _at: 0.0,
    *,
    end: datetime = NOW,
    name: str = "gpu-0",
) -> Device:
    """Return a GPU whose samples begin at the start of its deployment, and that has next to nothing in its memory."""
    seen = buckets(start, end, percent)
    return Device(id=name, buckets=tuple(replace(bucket, memory_mib_max=3) for bucket in seen))


def quiet_cpu(start: datetime, percent: Percent = lambda _at: 1.0, *, end: datetime = NOW) -> tuple[Bucket, ...]:
    """Return the use of a CPU that does next to nothing."""
    return buckets(start, end, percent)


def watched(*, age: timedelta, **changes: Any) -> Watched:
    """Return a deployment that has run for so long."""
    start = NOW - age
    known: dict[str, Any] = {
        "deployment": DeploymentId("1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
        "namespace": Namespace("ai4eosc"),
        "instance": "first",
        "title": "Plankton run",
        "owner": ADA,
        "workload": Workload.NOTEBOOK,
        "phase": Phase.RUNNING,
        "phase_since": start,
        "started_at": start,
        "gpus": 1,
        "holds": True,
        "is_node_connected": True,
    }
    if "devices" not in changes:
        known["devices"] = (gpu(start),)
    if "cpu" not in changes:
        known["cpu"] = quiet_cpu(start)
    return Watched(**(known | changes))
