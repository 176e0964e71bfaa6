"""Judge the nodes by what the jobs of a platform need of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.checkup import Area, Finding, listed
from bot.domain.deployment import Node
from bot.domain.platform import Platform, ServiceProvider
from bot.nomad.json_values import JsonObject, fields, items, text, text_map
from bot.nomad.nodes import read_node
from bot.nomad.specification import GPU

_DOMAIN = "{node_domain}"
_TRUE = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A node with what only the check-up wants to know about it; `docker` is empty where containers can run."""

    node: Node
    version: str
    docker: str
    can_mount: bool
    sick_gpus: int
    is_tagged_gpu: bool

    @property
    def is_open(self) -> bool:
        """Tell whether its operators let new work in."""
        return self.node.eligible and not self.node.draining

    @property
    def is_usable(self) -> bool:
        """Tell whether it takes deployments right now."""
        return self.is_open and self.node.is_reachable and self.node.ready_by_test


def read_machine(entry: JsonObject) -> Machine | None:
    """Return the machine of a whole node, None if it has no id."""
    node = read_node(entry)
    if node is None:
        return None
    attributes, drivers = text_map(entry.get("Attributes")), fields(entry.get("Drivers"))
    privileged = attributes.get("driver.docker.privileged.enabled", "") in _TRUE
    devices = items(fields(entry.get("NodeResources")).get("Devices"))
    return Machine(
        node=node,
        version=attributes.get("nomad.version", ""),
        docker=_complaint(fields(drivers.get("docker"))),
        can_mount=privileged and not _complaint(fields(drivers.get("raw_exec"))),
        sick_gpus=sum(
            instance.get("Healthy") is not True
            for device in devices
            if device.get("Type") == GPU
            for instance in items(device.get("Instances"))
        ),
        is_tagged_gpu="gpu" in text_map(entry.get("Meta")).get("tags", ""),
    )


def judge_all(machines: Sequence[Machine], platforms: Sequence[Platform]) -> Iterator[Finding]:
    """Return what is found about all platforms' nodes; what is found for several is told once, for them together."""
    shared: dict[Finding, list[str]] = {}
    for platform in platforms:
        for finding in judge(machines, platform):
            shared.setdefault(finding, []).append(platform.namespace)
    for finding, names in shared.items():
        yield finding.model_copy(update={"text": f"{listed(names)}: {finding.text}"})


def judge(machines: Sequence[Machine], platform: Platform) -> Iterator[Finding]:
    """Return what is found about a platform's nodes: a fact for what all have, a line for what some lack."""
    serving = [machine for machine in machines if machine.node.serves(platform.namespace)]
    ready = [machine for machine in serving if machine.is_usable]
    yield from _presence(serving, ready, platform, all_nodes=len(machines))
    if not ready:
        return
    lacking = list(_equipment(ready, platform))
    yield from lacking or [_equipped(platform)]
    yield from _gpus(serving, ready, platform)
    yield _services(ready, platform)


def _presence(
    serving: Sequence[Machine], ready: Sequence[Machine], platform: Platform, *, all_nodes: int
) -> Iterator[Finding]:
    name = platform.namespace
    if not serving:
        yield Area.NOMAD.problem(
            f"None of {all_nodes} nodes serves it.",
            f"Give nodes the meta type = compute and namespace = …{name}… in Nomad's client configuration.",
        )
        return
    away = [f"{each.node.name} ({_why_away(each)})" for each in serving if each.is_open and not each.is_usable]
    closed = [each.node.name for each in serving if not each.is_open]
    if not ready:
        yield Area.NOMAD.problem(
            f"None of its {len(serving)} nodes takes deployments: {listed([*away, *closed])}.",
            "Bring nodes back, or end their draining: nomad node status",
        )
    elif away:
        yield Area.NOMAD.warning(
            f"Nodes ready: {len(ready)} of {len(serving)}; away: {listed(away)}.",
            "Look at them with nomad node status; meta.status is set by the platform's node tests.",
        )
    else:
        sites = listed(sorted({each.node.site for each in ready}))
        rest = f" Closed by their operators: {listed(closed)}." if closed else ""
        yield Area.NOMAD.fine(f"Nodes ready: {len(ready)} of {len(serving)}, at {sites}.{rest}")


def _why_away(machine: Machine) -> str:
    return machine.node.status if not machine.node.is_reachable else "its meta.status is not ready"


def _equipment(ready: Sequence[Machine], platform: Platform) -> Iterator[Finding]:
    """Return a finding for each thing that nodes lack; what all of them lack is a problem."""
    yield from _lacking(
        ready,
        [each for each in ready if each.docker],
        "Docker does not work on {}.",
        "Start Docker there and look at the node's driver status: nomad node status -verbose",
    )
    yield from _lacking(
        ready,
        [each for each in ready if not each.node.cores],
        "Nomad can reserve no cores on {}, and deployments ask for whole ones.",
        "Run Nomad there as root with cgroups, and look at reservable_cores in its client configuration.",
    )
    if _DOMAIN in platform.addresses.template:
        yield from _lacking(
            ready,
            [each for each in ready if not each.node.domain],
            "Addresses lack their middle part on {}, whose meta has no domain.",
            "Set meta.domain in Nomad's client configuration there, or change addresses of the platform.",
        )
    without_mount = [each.node.name for each in ready if not each.can_mount]
    if without_mount:
        yield Area.NOMAD.warning(
            f"Deployments with storage cannot run on {listed(without_mount)}.",
            "Allow privileged containers (plugin docker: allow_privileged) and switch raw_exec on there.",
        )


def _lacking(ready: Sequence[Machine], without: Sequence[Machine], sentence: str, mend: str) -> Iterator[Finding]:
    if without:
        found = sentence.format(listed(each.node.name for each in without))
        is_everywhere = len(without) == len(ready)
        yield Area.NOMAD.problem(found, mend) if is_everywhere else Area.NOMAD.warning(found, mend)


def _equipped(platform: Platform) -> Finding:
    domain = ", has a domain for addresses" if _DOMAIN in platform.addresses.template else ""
    return Area.NOMAD.fine(f"Every ready node runs containers, can reserve cores{domain} and can mount storage.")


def _gpus(serving: Sequence[Machine], ready: Sequence[Machine], platform: Platform) -> Iterator[Finding]:
    models: Counter[str] = Counter()
    for group in (group for each in ready for group in each.node.gpus):
        models[group.model] += group.count
    if models:
        found = listed(f"{count} {model}" for model, count in sorted(models.items()))
        yield Area.NOMAD.fine(f"GPUs on its ready nodes: {found}.")
    elif platform.limits.gpu.maximum:
        yield Area.NOMAD.warning(
            "People may ask for a GPU, but no ready node has one.",
            "Look at the device plugin on the GPU nodes, or set limits.gpu.maximum to 0.",
        )
    else:
        yield Area.NOMAD.fine("No GPUs, and nobody may ask for one.")
    sick = [each.node.name for each in serving if each.sick_gpus]
    if sick:
        yield Area.NOMAD.warning(
            f"GPUs are reported as not healthy on {listed(sick)}.",
            "Look at nvidia-smi there, and at the node's devices: nomad node status -verbose",
        )
    silent = [each.node.name for each in ready if each.is_tagged_gpu and not each.node.gpus and not each.sick_gpus]
    if silent:
        yield Area.NOMAD.warning(
            f"No GPU is detected on {listed(silent)}, though tagged gpu.",
            "Look at the driver and at Nomad's device plugin there; from Nomad 1.10 on it needs a plugin block.",
        )


def _services(ready: Sequence[Machine], platform: Platform) -> Finding:
    provider = platform.service_provider
    without = [each.node.name for each in ready if not each.node.has_consul]
    how = "as set"
    if provider is ServiceProvider.AUTO:
        provider = ServiceProvider.NOMAD if len(without) == len(ready) else ServiceProvider.CONSUL
        how = "found by itself"
    if provider is ServiceProvider.NOMAD:
        return Area.NOMAD.fine(f"Services are registered in Nomad ({how}).")
    if len(without) == len(ready):
        return Area.NOMAD.problem(
            "Services are to be registered in Consul, but no ready node has it.",
            "Set service_provider to nomad or auto, or connect the nodes with Consul.",
        )
    if without:
        return Area.NOMAD.warning(
            f"Services are registered in Consul ({how}), which {listed(without)} lack: no deployment goes there.",
            "Connect these nodes with Consul.",
        )
    return Area.NOMAD.fine(f"Services are registered in Consul ({how}), which every ready node has.")


def _complaint(driver: JsonObject) -> str:
    """Return why a driver cannot be used, empty if it can."""
    if driver.get("Detected") is True and driver.get("Healthy") is True:
        return ""
    return text(driver.get("HealthDescription")) or "not detected"
