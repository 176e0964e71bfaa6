"""Build jobs in the shape that PAPI gives them, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND
PORTS = {"api": 5000, "monitor": 6006, "ide": 8888}
BASE_DOMAIN = "deployments.cloud.ai4eosc.eu"


def fresh_id() -> str:
    """Return an id that no other job has."""
    return str(uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class PapiJob:
    """What differs between the deployments of a test; everything else is as the platform always sets it."""

    id: str = field(default_factory=fresh_id)
    namespace: str = "ai4eosc"
    image: str = "ai4oshub/ai4os-demo-app:cpu"
    gpu_model: str | None = None
    cores: int | None = None
    restarts: int = 2
    owner: str = "ada@example.org"
    more_config: Mapping[str, object] = field(default_factory=dict)

    def registration(self) -> dict[str, Any]:
        """Return the body that registers the job."""
        return {"Job": self._job()}

    def _job(self) -> dict[str, Any]:
        return {
            "ID": self.id,
            "Name": f"module-{self.id}",
            "Type": "service",
            "Priority": 50,
            "Region": "global",
            "Namespace": self.namespace,
            "Meta": {
                "owner": self.owner,
                "owner_name": "Ada",
                "owner_email": self.owner,
                "title": "Leaves",
                "description": "",
            },
            "Constraints": [
                {"LTarget": "${meta.status}", "Operand": "regexp", "RTarget": "ready"},
                {"LTarget": "${meta.type}", "Operand": "=", "RTarget": "compute"},
                {"LTarget": "${meta.namespace}", "Operand": "regexp", "RTarget": self.namespace},
            ],
            "Affinities": [{"LTarget": "${meta.tags}", "Operand": "regexp", "RTarget": "cpu", "Weight": 100}],
            "TaskGroups": [self._group()],
        }

    def _group(self) -> dict[str, Any]:
        return {
            "Name": "usergroup",
            "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
            "Disconnect": {"LostAfter": 48 * 3600 * SECOND, "Replace": False, "Reconcile": "keep_original"},
            "EphemeralDisk": {"SizeMB": 10_000},
            "RestartPolicy": {
                "Attempts": self.restarts,
                "Delay": 100 * MILLISECOND,
                "Interval": 1800 * SECOND,
                "Mode": "fail",
            },
            "Networks": [{"DynamicPorts": [{"Label": label, "To": to} for label, to in PORTS.items()]}],
            "Services": [self._service(label) for label in PORTS],
            "Tasks": [self._main()],
        }

    def _service(self, label: str) -> dict[str, Any]:
        name = f"{self.id}-{label}"
        host = f"{label}-{self.id}.${{meta.domain}}-{BASE_DOMAIN}"
        return {
            "Name": name,
            "PortLabel": label,
            "Provider": "nomad",
            "Tags": [
                "traefik.enable=true",
                f"traefik.http.routers.{name}.tls=true",
                f"traefik.http.routers.{name}.rule=Host(`{host}`, `www.{host}`)",
            ],
        }

    def _main(self) -> dict[str, Any]:
        secret = f'{{{{ with nomadVar "nomad/jobs/{self.id}" }}}}jupyterPASSWORD={{{{ .jupyterPASSWORD | toJSON }}}}'
        return {
            "Name": "main",
            "Driver": "docker",
            "KillTimeout": 5 * SECOND,
            "Config": {
                "image": self.image,
                "force_pull": True,
                "ports": list(PORTS),
                "command": "deep-start",
                "args": ["--jupyter"],
                "shm_size": 4_000_000_000,
                "memory_hard_limit": 8000,
                "storage_opt": {"size": "10000M"},
                "volumes": [f"/nomad-storage/{self.id}:/storage:shared"],
                **self.more_config,
            },
            "Templates": [
                {
                    "DestPath": "secrets/env",
                    "EmbeddedTmpl": f"{secret}\n{{{{ end }}}}",
                    "Envvars": True,
                    "ChangeMode": "noop",
                }
            ],
            "Resources": self._resources(),
        }

    def _resources(self) -> dict[str, Any]:
        resources: dict[str, Any] = {"MemoryMB": 8000, "MemoryMaxMB": 8000}
        if self.cores is None:
            resources["CPU"] = 1000
        else:
            resources["Cores"] = self.cores
        if self.gpu_model is not None:
            model = {"LTarget": "${device.model}", "Operand": "=", "RTarget": self.gpu_model}
            resources["Devices"] = [{"Name": "gpu", "Count": 1, "Constraints": [model]}]
        return resources
