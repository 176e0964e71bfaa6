"""Start a real Nomad of one server and several nodes, each of which can get lost and come back."""

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.agent import configuration, readiness
from tests.agent.api import AgentApi
from tests.agent.configuration import NodeShape
from tests.agent.equipment import Equipment
from tests.agent.machine import with_cores
from tests.agent.port_block import PortBlock, reserve_ports
from tests.agent.process import AgentProcess
from tests.agent.scenery import Gpu, ImageScript, Scenery
from tests.agent.single import LOGS

# A lost node is noticed after about five seconds; with less patience a busy machine loses nodes that are there.
_QUICK_HEARTBEATS = {"heartbeat_grace": "4s", "min_heartbeat_ttl": "1s"}


class AgentCluster:
    """A server and its nodes on loopback; `address` is the server's."""

    def __init__(self, equipment: Equipment, nodes: Mapping[str, NodeShape], *, ports_per_node: int = 1000) -> None:
        self._equipment = equipment
        self._shapes = dict(nodes)
        self._ports_per_node = ports_per_node
        self._cleanup = contextlib.ExitStack()
        self._processes: dict[str, AgentProcess] = {}
        self._sceneries: dict[str, Scenery] = {}
        self._lost: set[str] = set()
        self.address = ""
        self.node_ids: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.show_logs()
        self.stop()

    def start(self) -> None:
        """Start all agents and return when the server knows every node and takes jobs and secrets."""
        with self._cleanup:
            folder = Path(tempfile.mkdtemp(prefix="nomad-"))
            self._cleanup.callback(shutil.rmtree, folder)
            folder.chmod(0o755)
            try:
                self._launch_and_wait(folder)
            except BaseException:
                self.show_logs()
                raise
            self._cleanup = self._cleanup.pop_all()

    def stop(self) -> None:
        """End all agents with all their tasks and return when none of their processes is left."""
        self._cleanup.close()

    def clear(self) -> None:
        """Find every node again, remove every job and Variable, and go back to the first GPUs and images."""
        for name in sorted(self._lost):
            self.restore_node(name)
        readiness.remove_everything(self.api)
        for name, scenery in self._sceneries.items():
            scenery.reset()
            readiness.wait_for_node(self.api, name, scenery.gpus)

    def lose_node(self, name: str) -> str:
        """Freeze a node's agent, not its tasks; return the status that the server then gives it."""
        self._processes[name].suspend()
        self._lost.add(name)
        return readiness.wait_for_status(self.api, self.node_ids[name], {"down", "disconnected"})

    def restore_node(self, name: str) -> None:
        """Let a frozen agent go on; return when the server has its node back."""
        self._processes[name].resume()
        readiness.wait_for_status(self.api, self.node_ids[name], {"ready"})
        self._lost.discard(name)

    def set_gpus(self, name: str, *gpus: Gpu) -> None:
        """Let a node have these GPUs and no others; return when Nomad has noticed."""
        self._sceneries[name].set_gpus(gpus)
        readiness.wait_for_node(self.api, name, gpus)

    def set_usage(
        self, name: str, gpu_id: str, *, utilization: int | None, memory: int | None, power: int | None
    ) -> None:
        """Let a GPU of a node report per cent, MiB and W; None is "N/A"."""
        self._sceneries[name].set_usage(gpu_id, utilization=utilization, memory_mib=memory, power_w=power)

    def script_image(self, image: str, script: ImageScript) -> None:
        """Let containers of an image behave so on every node, from their next start on."""
        for scenery in self._sceneries.values():
            scenery.script_image(image, script)

    def show_logs(self) -> None:
        """Print how every agent's log ends."""
        for process in self._processes.values():
            process.show_log()

    def _launch_and_wait(self, folder: Path) -> None:
        server = self._ports(100)
        self._launch("server", _server(folder / "server", server), folder / "server")
        self.address = f"http://127.0.0.1:{server.http}"
        self.api = AgentApi(self.address)
        self._cleanup.callback(self.api.close)
        # A node whose first registration fails tries again only after 15 seconds or more, so the server comes first.
        readiness.wait_for_leader(self.api, self._processes["server"])
        readiness.wait_for_variables(self.api)
        for name, shape in self._shapes.items():
            self._launch_node(name, shape, folder / name, server)
        for name, shape in self._shapes.items():
            self.node_ids[name] = readiness.wait_for_node(self.api, name, shape.gpus)
        readiness.make_namespaces(self.api, configuration.NAMESPACES)

    def _launch_node(self, name: str, shape: NodeShape, folder: Path, server: PortBlock) -> None:
        folder.mkdir()
        scenery = self._sceneries[name] = Scenery(folder, shape.gpus)
        configuration.lay_out_plugins(self._equipment, shape, folder / "plugins")
        ports = self._ports(self._ports_per_node)
        settings = {
            **configuration.common(name, ports=ports, tls=None),
            **configuration.node(shape, ports=ports, folder=folder, scenery=scenery),
            "data_dir": str(folder / "data"),
        }
        settings["client"] |= {"servers": [f"127.0.0.1:{server.rpc}"], "cgroup_parent": folder.name}
        self._launch(name, settings, folder, cores=shape.cores)

    def _launch(self, name: str, settings: dict[str, Any], folder: Path, *, cores: int | None = None) -> None:
        folder.mkdir(exist_ok=True)
        command = [str(self._equipment.nomad), "agent", "-config", str(configuration.write(settings, folder))]
        if cores is not None:
            command = with_cores(command, cores=cores, folder=folder / "machine")
        process = AgentProcess(command=command, folder=folder, log=LOGS / f"{name}-{settings['ports']['http']}.log")
        self._processes[name] = process
        self._cleanup.callback(process.stop, patience=timedelta(seconds=20))
        process.start()

    def _ports(self, count: int) -> PortBlock:
        ports = reserve_ports(count)
        self._cleanup.callback(ports.release)
        return ports


def _server(folder: Path, ports: PortBlock) -> dict[str, Any]:
    return {
        **configuration.common("server", ports=ports, tls=None),
        "data_dir": str(folder / "data"),
        "server": {"enabled": True, "bootstrap_expect": 1, **_QUICK_HEARTBEATS},
    }
