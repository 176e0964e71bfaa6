"""A simulated cluster of 200 machines with 300 GPUs and 2,000 running deployments, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from benchmarks.process import ROOT
from playground.clock import Clock
from playground.cluster import T4, NodeSpec, PapiJob, SimulatedCluster, papi_job
from playground.cluster.records import JsonObject

SITES = 100
GPUS_OF_A_SITE = 3
MACHINES = 2 * SITES
GPUS = SITES * GPUS_OF_A_SITE
DEPLOYMENTS = 2_000
NAMESPACE = "ai4eosc"

_LONG_AGO = timedelta(days=8)
_BEGINNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCluster:
    """The cluster as another process serves it."""

    address: str
    clock: Clock
    process: subprocess.Popen[str]

    def silence(self, machines: int) -> None:
        """Let so many of the machines with GPUs not answer any more."""
        self._tell({"silence": machines})

    def pass_time(self, delta: timedelta) -> None:
        """Let time pass, there and here."""
        self._tell({"seconds": delta.total_seconds()})
        self.clock.advance(delta)

    def _tell(self, what: JsonObject) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(what)}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextmanager
def measured_cluster() -> Iterator[MeasuredCluster]:
    """Start the process, and end it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.measured_cluster"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        clock = Clock(datetime.fromisoformat(told["now"]))
        yield MeasuredCluster(address=told["address"], clock=clock, process=process)
        assert process.stdin is not None
        process.stdin.close()


def main() -> None:
    """Fill the cluster, say where it is, and do as told until nobody tells anything any more."""
    with SimulatedCluster(clock=Clock(_BEGINNING, frozen=True), nodes=_nodes()) as cluster:
        for number in range(DEPLOYMENTS):
            cluster.register(_job(number), NAMESPACE)
        cluster.advance(_LONG_AGO)
        cluster.clock.run()
        print(json.dumps({"address": cluster.address, "now": cluster.clock.now().isoformat()}), flush=True)
        for line in sys.stdin:
            told = json.loads(line)
            for site in range(told.get("silence", 0)):
                cluster.silence_client(f"gpu-{site}")
            cluster.advance(timedelta(seconds=told.get("seconds", 0)))
            print("done", flush=True)


def _nodes() -> list[NodeSpec]:
    """Return two machines for each site: the simulated scheduler looks at all of those that it may choose from."""
    return [
        NodeSpec(name=f"{kind}-{site}", site=f"site-{site}", mhz=1_000_000, memory=10**9, disk=10**9, gpus=gpus)
        for site in range(SITES)
        for kind, gpus in (("gpu", {T4: GPUS_OF_A_SITE}), ("cpu", {}))
    ]


def _job(number: int) -> JsonObject:
    """Return a deployment of the Dashboard without ports, which a crowd would run out of; the first ones hold GPUs."""
    email = f"person-{number % 500}@example.org"
    identity = str(UUID(int=number + (1 << 100)))
    wanted = PapiJob(id=identity, owner=email, owner_email=email, title=f"Run {number}", gpus=int(number < GPUS))
    job = papi_job(wanted)
    (group,) = job["TaskGroups"]
    for task in group["Tasks"]:
        devices = task["Resources"].get("Devices")
        task["Resources"] = {"CPU": 1, "MemoryMB": 10} | ({"Devices": devices} if devices else {})
        task["Config"].pop("ports", None)
        task.pop("Services", None)
    group.pop("Networks", None)
    group.pop("Services", None)
    return {**job, "Datacenters": [f"site-{number % SITES}"]}


if __name__ == "__main__":
    main()
