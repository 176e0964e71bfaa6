"""The panel of a real Nomad: its nodes and GPUs to look at, without a clock and without the world's buttons."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import requests

from playground.page.panel import WorldRefused
from playground.panel.words import amount, reason, wants, whose
from playground.slack.wire import Json

FRESH = timedelta(seconds=3)
"""A picture is drawn anew when it is older, however many pages are open."""
_TIMEOUT = 3.0
_ASKED_ABOUT = 10
"""Of so many that wait it is asked what they want."""
_NANOSECONDS = 1e9
_OVER = frozenset({"complete", "failed", "lost"})
_NO_WORLD = "On a real Nomad there is nothing to play with: it is only looked at."
_EMPTY: Json = {"sites": [], "queue": [], "deployments": []}


def _nobody(_email: str) -> str | None:
    return None


@dataclass(kw_only=True)
class RealPanel:
    """Shows the Nomad at an address; use it as a context manager. `who` gives the Slack user of an owner's address."""

    address: str
    token: str = field(default="", repr=False)
    verify: bool | str = True
    cert: tuple[str, str] | None = None
    who: Callable[[str], str | None] = _nobody
    _drawn: Json = field(default_factory=lambda: dict(_EMPTY), repr=False)
    _drawn_at: float | None = None
    _is_away: bool = False

    def __post_init__(self) -> None:
        """Open a session that follows none of the environment's proxies."""
        self._lock = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = self.verify
        self._session.cert = self.cert
        if self.token:
            self._session.headers["X-Nomad-Token"] = self.token

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, who: Callable[[str], str | None] = _nobody) -> Self:
        """Return the panel of the Nomad that the variables NOMAD_* name, as Nomad's own tools read them."""
        file = environ.get("NOMAD_TOKEN_FILE", "")
        token = environ.get("NOMAD_TOKEN") or (Path(file).read_text(encoding="utf-8").strip() if file else "")
        cert, key = environ.get("NOMAD_CLIENT_CERT", ""), environ.get("NOMAD_CLIENT_KEY", "")
        return cls(
            address=environ["NOMAD_ADDR"].rstrip("/"),
            token=token,
            verify=environ.get("NOMAD_CACERT") or True,
            cert=(cert, key) if cert and key else None,
            who=who,
        )

    def __enter__(self) -> Self:
        """Nothing is asked before somebody looks."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def snapshot(self) -> Json:
        """Return the picture; the last one, marked so, while Nomad does not answer."""
        with self._lock:
            if self._drawn_at is None or time.monotonic() - self._drawn_at > FRESH.total_seconds():
                self._draw()
            return {
                "real": True,
                "place": f"the Nomad at {self.address}",
                **self._drawn,
                "is_away": self._is_away,
                "world": [],
                "tour": [],
            }

    def do(self, name: str, wanted: Json) -> str:  # noqa: ARG002 - the page's seam has buttons, and here are none
        """Refuse: nobody plays with a real cluster. Raises WorldRefused."""
        raise WorldRefused(_NO_WORLD)

    def _draw(self) -> None:
        self._drawn_at = time.monotonic()
        try:
            self._drawn = _Look(ask=self._ask, who=self.who).drawn()
            self._is_away = False
        except (requests.RequestException, ValueError):
            self._is_away = True

    def _ask(self, path: str, **query: str) -> Any:
        answer = self._session.get(f"{self.address}/v1/{path}", params=query, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at a Nomad: what is there, who holds it, and what it does."""

    ask: Callable[..., Any]
    who: Callable[[str], str | None]

    def drawn(self) -> Json:
        """Return sites, queue and deployments. Raises requests.RequestException."""
        nodes: list[Json] = self.ask("nodes", resources="true")
        live = [
            each
            for each in self.ask("allocations", namespace="*", resources="true", task_states="false")
            if each["ClientStatus"] not in _OVER
        ]
        jobs = {(job["Namespace"], job["ID"]): job for job in self.ask("jobs", namespace="*", meta="true")}
        holders = {id_: self._of(each, jobs) for each in live for id_ in _gpus_of(each)}
        sites: dict[str, list[Json]] = {}
        for node in sorted(nodes, key=lambda each: str(each["Name"])):
            here = [each for each in live if each["NodeID"] == node["ID"]]
            sites.setdefault(str(node["Datacenter"]), []).append(self._node(node, here, holders))
        return {
            "sites": [{"name": name, "nodes": found} for name, found in sorted(sites.items())],
            "queue": self._queue(jobs, live),
            "deployments": [self._deployment(each, jobs) for each in live],
        }

    def _node(self, node: Json, here: Sequence[Json], holders: Mapping[str, Json]) -> Json:
        resources = node.get("NodeResources") or {}
        cpu, memory = resources.get("Cpu") or {}, resources.get("Memory") or {}
        cores, mhz = int(cpu.get("TotalCpuCores") or 0), int(cpu.get("CpuShares") or 0)
        devices = [each for each in resources.get("Devices") or [] if each.get("Type") == "gpu"]
        use = self._use(node) if devices else {}
        return {
            "name": node["Name"],
            "status": node["Status"],
            "cpu": amount(mhz, _held(here, "Cpu", "CpuShares"), unit=cores / mhz if mhz else 1),
            "ram_mb": amount(int(memory.get("MemoryMB") or 0), _held(here, "Memory", "MemoryMB")),
            "gpus": [
                {
                    "id": instance["ID"],
                    "model": group["Name"],
                    "healthy": bool(instance.get("Healthy")),
                    "held_by": holders.get(instance["ID"]),
                    **use.get(instance["ID"], {"use": None, "memory_mb": None}),
                }
                for group in devices
                for instance in group.get("Instances") or []
            ],
        }

    def _use(self, node: Json) -> dict[str, Json]:
        """Return what a node's GPUs do, by their ids; nothing where the node does not tell."""
        try:
            told = self.ask("client/stats", node_id=str(node["ID"]))
        except (requests.RequestException, ValueError):
            return {}
        return {
            id_: {"use": _figure(stats, "GPU utilization"), "memory_mb": _figure(stats, "Memory state")}
            for group in told.get("DeviceStats") or []
            for id_, stats in (group.get("InstanceStats") or {}).items()
        }

    def _of(self, allocation: Json, jobs: Mapping[tuple[str, str], Json]) -> Json:
        job = jobs.get((allocation["Namespace"], allocation["JobID"])) or {}
        found = whose(str(allocation["JobID"]), job.get("Meta"))
        return {**found, "is_mine_of": self.who(found["owner"])}

    def _deployment(self, allocation: Json, jobs: Mapping[tuple[str, str], Json]) -> Json:
        gpus = len(_gpus_of(allocation))
        state, node = allocation["ClientStatus"], allocation["NodeName"]
        return {**self._of(allocation, jobs), "state": state, "node": node, "gpus": gpus, "behaviour": ""}

    def _queue(self, jobs: Mapping[tuple[str, str], Json], live: Sequence[Json]) -> list[Json]:
        placed = {(each["Namespace"], each["JobID"]) for each in live}
        waiting = [job for key, job in jobs.items() if key not in placed and job["Status"] == "pending"]
        if not waiting:
            return []
        blocked = self.ask("evaluations", namespace="*", status="blocked")
        return [self._waiting(job, blocked, is_asked=place < _ASKED_ABOUT) for place, job in enumerate(waiting)]

    def _waiting(self, job: Json, blocked: Sequence[Json], *, is_asked: bool) -> Json:
        spec = self.ask(f"job/{job['ID']}", namespace=job["Namespace"]) if is_asked else {}
        own = [each for each in blocked if each["JobID"] == job["ID"] and each["Namespace"] == job["Namespace"]]
        failures = [failure for each in reversed(own) for failure in (each.get("FailedTGAllocs") or {}).values()]
        found = whose(str(job["ID"]), job.get("Meta"))
        return {
            **found,
            "is_mine_of": self.who(found["owner"]),
            "wants": wants(spec),
            "since": job["SubmitTime"] / _NANOSECONDS,
            "reason": reason(failures),
        }


def _tasks(allocation: Json) -> list[Json]:
    return list(((allocation.get("AllocatedResources") or {}).get("Tasks") or {}).values())


def _gpus_of(allocation: Json) -> list[str]:
    devices = [device for task in _tasks(allocation) for device in task.get("Devices") or []]
    return [id_ for device in devices if device.get("Type") == "gpu" for id_ in device.get("DeviceIDs") or []]


def _held(here: Sequence[Json], kind: str, name: str) -> int:
    return sum(int((task.get(kind) or {}).get(name) or 0) for each in here for task in _tasks(each))


def _figure(stats: Json, name: str) -> int | None:
    attribute = ((stats.get("Stats") or {}).get("Attributes") or {}).get(name) or {}
    found = attribute.get("IntNumeratorVal")
    return int(found) if found is not None else None
