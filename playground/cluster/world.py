"""Sites, nodes and GPUs of a simulated cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from playground.cluster.records import DeviceGroup, DeviceInstance, Node, NodeEvent

NOMAD_VERSION = "1.11.3"
T4 = "Tesla T4"
V100 = "Tesla V100-PCIE-32GB"
A100 = "NVIDIA A100-PCIE-40GB"
GPU_MEMORY: Mapping[str, int] = MappingProxyType({T4: 15360, V100: 32768, A100: 40960})
"""Memory of each GPU model, in MiB."""
GPU_POWER: Mapping[str, int] = MappingProxyType({T4: 70, V100: 250, A100: 250})
"""Power limit of each GPU model, in W."""
ALL_NAMESPACES = "ai4eosc,imagine,tutorials"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """A node as a test or a demo describes it; memory and disk in MB, `gpus` maps a model to how many there are.

    `status`, `type`, `namespaces`, `tags` and `domain` become node metadata, which the constraints of
    deployments look at. `consul` is the version of Consul the node reports, empty for none.
    """

    name: str
    site: str = "ifca"
    cores: int = 32
    mhz: int = 2500
    memory: int = 128_000
    disk: int = 500_000
    gpus: Mapping[str, int] = field(default_factory=dict)
    status: str = "ready"
    type: str = "compute"
    namespaces: str = ALL_NAMESPACES
    tags: str = ""
    domain: str = ""
    node_class: str = ""
    pool: str = "default"
    consul: str = "1.21.1"
    docker: bool = True
    meta: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)


def default_world() -> tuple[NodeSpec, ...]:
    """Return a small federation: three sites with CPU and GPU nodes, one node of another kind."""
    return (
        NodeSpec(name="ifca-cpu-0", site="ifca"),
        NodeSpec(name="ifca-gpu-0", site="ifca", gpus={T4: 4}),
        NodeSpec(name="ifca-gpu-1", site="ifca", gpus={V100: 2}),
        NodeSpec(name="iisas-cpu-0", site="iisas", cores=64, memory=256_000),
        NodeSpec(name="iisas-gpu-0", site="iisas", gpus={A100: 2}),
        NodeSpec(name="incd-gpu-0", site="incd", gpus={T4: 2}, namespaces="ai4eosc,tutorials"),
        NodeSpec(name="ifca-tryme-0", site="ifca", cores=16, memory=64_000, type="tryme"),
    )


def build_node(spec: NodeSpec, *, id_: str, now: datetime, devices: tuple[DeviceGroup, ...]) -> Node:
    """Turn a description into a node that has just become ready."""
    return Node(
        id=id_,
        name=spec.name,
        site=spec.site,
        address="127.0.0.1",
        http_address="127.0.0.1:4646",
        node_class=spec.node_class,
        pool=spec.pool,
        meta=_meta(spec),
        attributes=_attributes(spec),
        drivers=_drivers(spec),
        devices=devices,
        cores=spec.cores,
        cpu=spec.cores * spec.mhz,
        memory=spec.memory,
        disk=spec.disk,
        events=(NodeEvent(time=now, message="Node registered"),),
        updated=now,
    )


def build_devices(gpus: Mapping[str, int], ids: Sequence[str]) -> tuple[DeviceGroup, ...]:
    """Return one group per GPU model, instances named with the given ids."""
    rest = iter(ids)
    return tuple(_group(model, [next(rest) for _ in range(count)]) for model, count in gpus.items() if count)


def _group(model: str, ids: Sequence[str]) -> DeviceGroup:
    return DeviceGroup(
        vendor="nvidia",
        type="gpu",
        name=model,
        attributes={
            "memory": (GPU_MEMORY.get(model, 16384), "MiB"),
            "power": (GPU_POWER.get(model, 250), "W"),
            "driver_version": ("550.90.07", ""),
            "persistence_mode": ("Enabled", ""),
        },
        instances=tuple(
            DeviceInstance(id=f"GPU-{id_}", bus=f"00000000:{number + 1:02X}:00.0") for number, id_ in enumerate(ids)
        ),
    )


def _meta(spec: NodeSpec) -> dict[str, str]:
    return {
        "status": spec.status,
        "type": spec.type,
        "namespace": spec.namespaces,
        "tags": spec.tags or ("gpu" if spec.gpus else "cpu"),
        "domain": spec.domain or spec.site,
        **spec.meta,
    }


def _attributes(spec: NodeSpec) -> dict[str, str]:
    known = {
        "kernel.name": "linux",
        "cpu.arch": "amd64",
        "cpu.numcores": str(spec.cores),
        "cpu.frequency": str(spec.mhz),
        "cpu.totalcompute": str(spec.cores * spec.mhz),
        "memory.totalbytes": str(spec.memory * 1024 * 1024),
        "os.name": "ubuntu",
        "os.version": "22.04",
        "nomad.version": NOMAD_VERSION,
        "nomad.service_discovery": "true",
        "unique.hostname": spec.name,
        "driver.raw_exec": "1",
        "plugins.cni.version.bridge": "v1.4.0",
    }
    if spec.docker:
        known |= {"driver.docker": "1", "driver.docker.version": "27.1.1", "driver.docker.privileged.enabled": "true"}
    if spec.consul:
        known |= {"consul.version": spec.consul, "consul.datacenter": spec.site}
    return known | dict(spec.attributes)


def _drivers(spec: NodeSpec) -> dict[str, tuple[bool, bool, str]]:
    docker = (True, True, "Healthy") if spec.docker else (False, False, "Failed to connect to docker daemon")
    return {"docker": docker, "raw_exec": (True, True, "Healthy"), "exec": (False, False, "")}
