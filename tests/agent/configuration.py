"""Write the configuration of an agent as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.agent.certificates import TlsFiles
from tests.agent.equipment import Equipment
from tests.agent.port_block import PortBlock
from tests.agent.scenery import Gpu, Scenery

NAMESPACES = ("ai4eosc", "imagine", "tutorials")
USABLE = {"status": "ready", "type": "compute", "namespace": ",".join(NAMESPACES), "tags": "cpu", "domain": "ifca"}

# Those of the cloud providers ask addresses outside of this machine; the others only take time.
_FINGERPRINTS_LEFT_OUT = "env_aws,env_gce,env_azure,env_digitalocean,consul,vault,cni,bridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeShape:
    """What a node offers and where it says it is.

    Cores beyond the machine's need root; `docker_engine` gives the node Nomad's own docker driver and a running engine
    instead of the stand-in, and then only the cores that there are.
    """

    datacenter: str = "ifca-ai4eosc"
    meta: Mapping[str, str] = field(default_factory=lambda: dict(USABLE))
    gpus: tuple[Gpu, ...] = ()
    cores: int = 64
    memory_mb: int = 400_000
    disk_mb: int = 4_000_000
    docker_engine: bool = False


def common(name: str, *, ports: PortBlock, tls: TlsFiles | None) -> dict[str, Any]:
    """Return what every agent is told."""
    settings: dict[str, Any] = {
        "name": name,
        "log_level": "INFO",
        "disable_update_check": True,
        "bind_addr": "127.0.0.1",
        "addresses": {"http": "127.0.0.1", "rpc": "127.0.0.1", "serf": "127.0.0.1"},
        "advertise": {"http": "127.0.0.1", "rpc": "127.0.0.1", "serf": "127.0.0.1"},
        "ports": {"http": ports.http, "rpc": ports.rpc, "serf": ports.serf},
        "consul": {"auto_advertise": False, "client_auto_join": False, "server_auto_join": False},
    }
    if tls is not None:
        settings["tls"] = {
            "http": True,
            "rpc": True,
            "ca_file": str(tls.ca),
            "cert_file": str(tls.certificate),
            "key_file": str(tls.key),
            "verify_server_hostname": True,
            "verify_https_client": True,
        }
    return settings


def node(shape: NodeShape, *, ports: PortBlock, folder: Path, scenery: Scenery) -> dict[str, Any]:
    """Return what an agent that runs tasks is told besides."""
    first, last = ports.dynamic
    plugins: dict[str, Any] = {
        "gpu_plugin": {"config": {"file": str(scenery.gpus_file)}},
        "raw_exec": {"config": {"enabled": True}},
    }
    if shape.docker_engine:
        plugins["docker"] = {"config": {"allow_privileged": True, "volumes": {"enabled": True}}}
    else:
        plugins["docker_plugin"] = {"config": {"script": str(scenery.images_file)}}
    return {
        "datacenter": shape.datacenter,
        "plugin_dir": str(folder / "plugins"),
        "plugin": plugins,
        "telemetry": {"publish_allocation_metrics": True},  # without it Nomad takes no statistics of tasks
        "client": {
            "enabled": True,
            "alloc_dir": str(folder / "a"),  # short, because a task's socket lies deep below it
            "network_interface": "lo",
            "gc_max_allocs": 20_000,
            "cpu_disable_dmidecode": True,
            "memory_total_mb": shape.memory_mb,
            "disk_total_mb": shape.disk_mb,
            "min_dynamic_port": first,
            "max_dynamic_port": last,
            "reserved": {"reserved_ports": ",".join(map(str, ports.marked))},
            "options": {"fingerprint.denylist": _FINGERPRINTS_LEFT_OUT},
            "meta": dict(shape.meta),
        },
    }


def lay_out_plugins(equipment: Equipment, shape: NodeShape, folder: Path) -> None:
    """Put the plugins that the node loads into a folder of its own, so that their processes name it."""
    folder.mkdir()
    (folder / equipment.gpu_plugin.name).symlink_to(equipment.gpu_plugin)
    if not shape.docker_engine:
        (folder / equipment.docker_plugin.name).symlink_to(equipment.docker_plugin)


def write(settings: dict[str, Any], folder: Path) -> Path:
    """Write the file that the agent reads."""
    path = folder / "agent.json"
    path.write_text(json.dumps(settings, indent=1))
    return path
