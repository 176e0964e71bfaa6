"""Start one real Nomad agent, server and node at once, that keeps nothing."""

import contextlib
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.agent import build, configuration, readiness
from tests.agent.api import AgentApi
from tests.agent.certificates import TlsFiles, make_certificates
from tests.agent.configuration import NodeShape
from tests.agent.equipment import Equipment
from tests.agent.machine import with_cores
from tests.agent.port_block import reserve_ports
from tests.agent.process import AgentProcess
from tests.agent.scenery import Gpu, ImageScript, Scenery

LOGS = build.CACHE / "logs"


class NomadAgent:
    """A real Nomad on loopback ports of its own, with GPUs and docker images that tests script."""

    def __init__(
        self,
        equipment: Equipment,
        *,
        node: NodeShape | None = None,
        name: str = "agent",
        acl: bool = False,
        tls: bool = False,
        ports: int = 1000,
    ) -> None:
        self._equipment = equipment
        self._shape = node or NodeShape()
        self._name = name
        self._acl = acl
        self._with_tls = tls
        self._ports = ports
        self._cleanup = contextlib.ExitStack()
        self.address = ""
        self.token: str | None = None
        self.tls: TlsFiles | None = None
        self.node_id = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.process.show_log()
        self.stop()

    def start(self) -> None:
        """Start the agent and return when jobs can be registered, placed and given secrets."""
        with self._cleanup:
            self._launch()
            try:
                self._make_ready()
            except BaseException:
                self.process.show_log()
                raise
            self._cleanup = self._cleanup.pop_all()

    def stop(self) -> None:
        """End the agent with all its tasks and return when none of its processes is left."""
        self._cleanup.close()

    def clear(self) -> None:
        """Remove every job and Variable, and go back to the first GPUs and to well-behaved images."""
        readiness.remove_everything(self.api)
        self.scenery.reset()
        readiness.wait_for_node(self.api, self._name, self.scenery.gpus)

    def set_gpus(self, *gpus: Gpu) -> None:
        """Let the node have these GPUs and no others; return when Nomad has noticed."""
        self.scenery.set_gpus(gpus)
        readiness.wait_for_node(self.api, self._name, gpus)

    def set_usage(self, gpu_id: str, *, utilization: int | None, memory: int | None, power: int | None) -> None:
        """Let a GPU report per cent, MiB and W; None is "N/A". Nomad shows it a second or two later."""
        self.scenery.set_usage(gpu_id, utilization=utilization, memory_mib=memory, power_w=power)

    def crash_gpu_plugin(self) -> None:
        """Let the GPUs' statistics grow old, until `set_gpus` or `clear`."""
        self.scenery.crash_gpu_plugin()

    def script_image(self, image: str, script: ImageScript) -> None:
        """Let containers of an image ("repo:tag", "repo:*" or "*") behave so, from their next start on."""
        self.scenery.script_image(image, script)

    @property
    def log(self) -> Path:
        """The file that the agent logs to."""
        return self.process.log

    def _launch(self) -> None:
        ports = reserve_ports(self._ports)
        self._cleanup.callback(ports.release)
        folder = Path(tempfile.mkdtemp(prefix="nomad-"))
        self._cleanup.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        if self._with_tls:
            self.tls = make_certificates(folder, now=datetime.fromtimestamp(time.time(), UTC))
        self.scenery = Scenery(folder, self._shape.gpus)
        configuration.lay_out_plugins(self._equipment, self._shape, folder / "plugins")
        settings: dict[str, Any] = {
            **configuration.common(self._name, ports=ports, tls=self.tls),
            **configuration.node(self._shape, ports=ports, folder=folder, scenery=self.scenery),
            "acl": {"enabled": self._acl},
        }
        command = [str(self._equipment.nomad), "agent", "-dev", "-config", str(configuration.write(settings, folder))]
        if not self._shape.docker_engine:
            command = with_cores(command, cores=self._shape.cores, folder=folder / "machine")
        self.process = AgentProcess(command=command, folder=folder, log=LOGS / f"{self._name}-{ports.first}.log")
        self._cleanup.callback(self.process.stop, patience=timedelta(seconds=60))
        self.process.start()
        self.address = f"{'https' if self.tls else 'http'}://127.0.0.1:{ports.http}"
        self.api = AgentApi(self.address, tls=self.tls)
        self._cleanup.callback(self.api.close)

    def _make_ready(self) -> None:
        readiness.wait_for_leader(self.api, self.process)
        if self._acl:
            self.token = self.api.token = readiness.bootstrap(self.api)
        self.node_id = readiness.wait_for_node(self.api, self._name, self._shape.gpus)
        readiness.wait_for_variables(self.api)
        readiness.make_namespaces(self.api, configuration.NAMESPACES)
