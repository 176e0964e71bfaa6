"""Real-shaped answers of Nomad, taken from the simulated cluster, and a Nomad that gives them back spoilt."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import requests
from requests.adapters import BaseAdapter

from bot.domain.base import DeploymentId, Site
from bot.domain.catalog import Service
from bot.nomad.client import NomadConnection, connect
from bot.nomad.gateway import NomadCluster
from bot.ports import NewDeployment
from playground.cluster import T4, ImageScript, NodeSpec, SimulatedCluster
from tests.unit.nomad.samples import AI4EOSC, new, platform

HERE = platform()
_ROLES = ("running", "failed", "waiting", "stopped")
_NODES = (
    NodeSpec(name="cpu-1", site="ifca-ai4eosc", cores=64, memory=400_000, consul=""),
    NodeSpec(name="gpu-1", site="ifca-ai4eosc", gpus={T4: 2}, consul=""),
)
_KINDS = (
    ("leader", re.compile(r"/v1/status/leader$")),
    ("jobs", re.compile(r"GET /v1/jobs$")),
    ("register", re.compile(r"POST /v1/jobs$")),
    ("plan", re.compile(r"/plan$")),
    ("evaluations of one", re.compile(r"/v1/job/[^/]+/evaluations$")),
    ("deregister", re.compile(r"DELETE /v1/job/")),
    ("job", re.compile(r"GET /v1/job/[^/]+$")),
    ("allocations", re.compile(r"/v1/allocations$")),
    ("evaluations", re.compile(r"/v1/evaluations$")),
    ("nodes", re.compile(r"/v1/nodes$")),
    ("node", re.compile(r"/v1/node/[^/]+$")),
    ("write variable", re.compile(r"PUT /v1/var/")),
    ("delete variable", re.compile(r"DELETE /v1/var/")),
    ("variable", re.compile(r"GET /v1/var/")),
)
NAMES = tuple(name for name, _ in _KINDS)
IDS = {name: f"00000000-0000-0000-0000-00000000000{number}" for number, name in enumerate(_ROLES)}
"""The deployments that there are, by what they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a healthy Nomad answers, by kind and path."""

    answers: Mapping[tuple[str, str], bytes]

    def of(self, kind: str, about: str = "") -> Any:
        """Return a decoded answer of a kind, about something in its path."""
        found = next(body for (known, path), body in self.answers.items() if known == kind and about in path)
        return json.loads(found or "null")


@dataclass(slots=True)
class SpoiltNomad(BaseAdapter):
    """Answers as recorded, except for one kind of call; stands where requests would open a connection."""

    recording: Recording
    kind: str = ""
    status: int = 200
    body: bytes = b""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer without a network."""
        path = (request.path_url or "").partition("?")[0]
        kind = kind_of(request.method or "", path)
        response = requests.Response()
        response.url, response.request = request.url or "", request
        is_spoilt = kind == self.kind
        known = self.recording.answers.get((kind, path))
        response.status_code = self.status if is_spoilt else 200 if known is not None else 404
        response.raw = io.BytesIO(self.body if is_spoilt else known or b"")
        return response

    def close(self) -> None:
        """Have nothing to close."""


def kind_of(method: str, path: str) -> str:
    """Return the kind of a call."""
    return next(name for name, pattern in _KINDS if pattern.search(f"{method} {path}"))


def spoilt(kind: str, body: bytes, *, status: int = 200) -> NomadCluster:
    """Return the adapter on a Nomad that answers one kind of call with this body."""
    client = connect(NomadConnection(address="http://nomad.invalid"))
    client.session.mount("http://", SpoiltNomad(recorded(), kind=kind, status=status, body=body))
    return NomadCluster(client)


def deployments(names: Mapping[str, str] = IDS) -> dict[str, NewDeployment]:
    """Return what is submitted: one that runs, one whose image is missing, one that waits, one to be stopped."""
    return {
        "running": new(identity=names["running"], service=Service.JUPYTER),
        "failed": new(identity=names["failed"], image="ai4oshub/missing"),
        "waiting": new(identity=names["waiting"], site=Site("no-such-site")),
        "stopped": new(identity=names["stopped"]),
    }


@cache
def recorded() -> Recording:
    """Let the adapter submit, read and stop on the simulated cluster, and keep what that answers."""
    answers: dict[tuple[str, str], bytes] = {}

    def keep(response: requests.Response, **_: object) -> None:
        method, path = response.request.method or "", (response.request.path_url or "").partition("?")[0]
        answers[kind_of(method, path), path] = response.content

    with SimulatedCluster(nodes=_NODES) as simulated:
        simulated.script_image("ai4oshub/missing", ImageScript(pull_error="manifest unknown", recoverable=False))
        client = connect(NomadConnection(address=simulated.address))
        client.session.hooks["response"].append(keep)
        cluster = NomadCluster(client)
        cluster.refresh_nodes()
        cluster.is_reachable()
        for each in deployments().values():
            cluster.store_secrets(AI4EOSC, each.id, {"jupyterPASSWORD": "never-shown"})
            cluster.plan(each, HERE)
            cluster.submit(each, HERE)
        simulated.advance(timedelta(minutes=1))
        cluster.stop(AI4EOSC, DeploymentId(IDS["stopped"]), purge=False)
        simulated.advance(timedelta(minutes=1))
        for name in IDS.values():
            cluster.deployment(AI4EOSC, DeploymentId(name))
            cluster.secrets(AI4EOSC, DeploymentId(name))
        for listing in ("jobs?meta=true&", "allocations?resources=true&", "evaluations?"):
            client.session.get(f"{simulated.address}/v1/{listing}namespace=*", timeout=(3, 3))
        cluster.stop(AI4EOSC, DeploymentId(IDS["running"]), purge=True)
        cluster.delete_secrets(AI4EOSC, DeploymentId(IDS["running"]))
        client.close()
    return Recording(answers=answers)
