"""What is told about nodes that have, or lack, what the jobs of a platform need."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.domain.checkup import Finding, Verdict
from bot.domain.platform import Limits, Platform, Range, ServiceProvider
from bot.nomad.checkup.fleet import Machine, judge, judge_all, read_machine
from tests.unit.nomad.samples import HOW_TO, platform

HERE = platform(service_provider=ServiceProvider.AUTO)
NO_GPU = Limits(gpu=Range(default=0, minimum=0, maximum=0))
WORKS = {"Detected": True, "Healthy": True, "HealthDescription": "Healthy"}
T4 = {"Type": "gpu", "Name": "Tesla T4", "Instances": [{"ID": "GPU-1", "Healthy": True}]}


def node(
    name: str = "ifca-1",
    *,
    meta: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
    drivers: Mapping[str, Any] | None = None,
    devices: tuple[Mapping[str, Any], ...] = (T4,),
    cores: int = 8,
    **changes: Any,
) -> Machine:
    """Return a node that lacks nothing, but for what is said."""
    entry: dict[str, Any] = {
        "ID": name,
        "Name": name,
        "Datacenter": name.partition("-")[0],
        "Status": "ready",
        "SchedulingEligibility": "eligible",
        "Drain": False,
        "Meta": {"status": "ready", "type": "compute", "namespace": "ai4eosc", "domain": "ifca", **(meta or {})},
        "Attributes": {"driver.docker.privileged.enabled": "true", **(attributes or {})},
        "Drivers": {"docker": WORKS, "raw_exec": WORKS, **(drivers or {})},
        "NodeResources": {"Cpu": {"ReservableCpuCores": list(range(cores))}, "Devices": list(devices)},
        **changes,
    }
    machine = read_machine(entry)
    assert machine is not None
    return machine


def bad(*machines: Machine, of: Platform = HERE) -> list[Finding]:
    """Return what is not fine."""
    return [finding for finding in judge(machines, of) if finding.verdict is not Verdict.FINE]


def facts(*machines: Machine, of: Platform = HERE) -> str:
    """Return what is fine, as one text."""
    return "\n".join(finding.text for finding in judge(machines, of) if finding.verdict is Verdict.FINE)


def test_nodes_that_lack_nothing_are_fine() -> None:
    """How many there are, at which sites, with which GPUs, and where services go."""
    told = facts(node("ifca-1"), node("incd-1", devices=(T4, {**T4, "Name": "A100"})))

    assert bad(node("ifca-1"), node("incd-1")) == []
    assert "Nodes ready: 2 of 2, at ifca and incd." in told
    assert "1 A100 and 2 Tesla T4" in told
    assert "Services are registered in Nomad (found by itself)" in told


def test_a_cluster_whose_nodes_serve_somebody_else_is_a_problem() -> None:
    """The meta that the jobs look for is named; nothing else is told then."""
    (finding,) = judge([node(meta={"namespace": "imagine"}), node(meta={"type": "tryme"})], HERE)

    assert finding.verdict is Verdict.PROBLEM
    assert "None of 2 nodes serves it" in finding.text
    assert "type = compute" in finding.mend


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (node("b", Status="down"), "b (down)"),
        (node("b", Status="disconnected"), "b (disconnected)"),
        (node("b", meta={"status": "test"}), "b (its meta.status is not ready)"),
    ],
)
def test_a_node_that_is_away_is_a_warning_and_all_of_them_a_problem(machine: Machine, reason: str) -> None:
    """Its name and why it takes nothing are told."""
    (one_away,) = bad(node("a"), machine)
    (all_away,) = bad(machine)

    assert (one_away.verdict, all_away.verdict) == (Verdict.WARNING, Verdict.PROBLEM)
    assert reason in one_away.text
    assert reason in all_away.text


@pytest.mark.parametrize("machine", [node("b", Drain=True), node("b", SchedulingEligibility="ineligible")])
def test_a_node_that_operators_closed_is_a_fact(machine: Machine) -> None:
    """Somebody meant it, so it is no warning, unless no other is left."""
    assert bad(node("a"), machine) == []
    assert "Closed by their operators: b." in facts(node("a"), machine)
    assert [finding.verdict for finding in bad(machine)] == [Verdict.PROBLEM]


@pytest.mark.parametrize(
    ("machine", "text"),
    [
        (node("b", drivers={"docker": {"Detected": False}}), "Docker does not work on b"),
        (node("b", drivers={"docker": {"Detected": True, "Healthy": False}}), "Docker does not work on b"),
        (node("b", drivers={"docker": None}), "Docker does not work on b"),
        (node("b", cores=0), "reserve no cores on b"),
        (node("b", meta={"domain": ""}), "lack their middle part on b"),
    ],
)
def test_what_one_node_lacks_is_a_warning_and_what_all_lack_a_problem(machine: Machine, text: str) -> None:
    """Docker, cores to reserve, the domain that addresses are made of."""
    (of_one,) = bad(node("a"), machine)
    (of_all,) = bad(machine)

    assert (of_one.verdict, of_all.verdict) == (Verdict.WARNING, Verdict.PROBLEM)
    assert text in of_one.text


def test_a_domain_is_wanted_only_where_addresses_are_made_of_it() -> None:
    """The addresses of the how-to have none."""
    assert bad(node(meta={"domain": ""}), of=platform(addresses=HOW_TO)) == []


@pytest.mark.parametrize(
    "machine",
    [node("b", attributes={"driver.docker.privileged.enabled": ""}), node("b", drivers={"raw_exec": {}})],
)
def test_storage_needs_privileged_containers_and_raw_exec(machine: Machine) -> None:
    """Without them only deployments with storage are in the way, so it is never more than a warning."""
    (finding,) = bad(machine)

    assert finding.verdict is Verdict.WARNING
    assert "Deployments with storage cannot run on b" in finding.text


def test_gpus_that_people_may_ask_for_must_be_there() -> None:
    """No GPU on any ready node is a warning, unless nobody may ask for one."""
    (finding,) = bad(node(devices=()))

    assert finding.verdict is Verdict.WARNING
    assert "no ready node has one" in finding.text
    assert bad(node(devices=()), of=platform(limits=NO_GPU)) == []
    assert "nobody may ask" in facts(node(devices=()), of=platform(limits=NO_GPU))


def test_gpus_that_are_sick_or_not_detected_are_named_by_node() -> None:
    """A node tagged gpu without any is told, and so are instances that the plugin calls unhealthy."""
    sick = node("b", devices=({**T4, "Instances": [{"ID": "GPU-1", "Healthy": False}]},), meta={"tags": "gpu"})
    silent = node("c", devices=(), meta={"tags": "gpu"})

    texts = [finding.text for finding in bad(node("a"), sick, silent)]

    assert texts == [
        "GPUs are reported as not healthy on b.",
        "No GPU is detected on c, though tagged gpu.",
    ]


@pytest.mark.parametrize(
    ("provider", "with_consul", "without", "verdict"),
    [
        (ServiceProvider.AUTO, 0, 2, Verdict.FINE),
        (ServiceProvider.AUTO, 2, 0, Verdict.FINE),
        (ServiceProvider.AUTO, 1, 1, Verdict.WARNING),
        (ServiceProvider.NOMAD, 1, 1, Verdict.FINE),
        (ServiceProvider.CONSUL, 1, 1, Verdict.WARNING),
        (ServiceProvider.CONSUL, 0, 2, Verdict.PROBLEM),
    ],
)
def test_services_go_where_the_nodes_can_register_them(
    provider: ServiceProvider, with_consul: int, without: int, verdict: Verdict
) -> None:
    """Consul must be on every node, or deployments avoid those without it."""
    machines = [node(f"c-{number}", attributes={"consul.version": "1.21.1"}) for number in range(with_consul)]
    machines += [node(f"n-{number}") for number in range(without)]

    *_, services = judge(machines, platform(service_provider=provider))

    assert services.verdict is verdict
    assert "Services are" in services.text


def test_what_is_the_same_for_several_platforms_is_told_once() -> None:
    """Each line begins with the namespaces that it is about."""
    both, one = node("a", meta={"namespace": "ai4eosc,imagine"}), node("b")

    texts = [finding.text for finding in judge_all([both, one], [platform("ai4eosc"), platform("imagine")])]

    assert texts[0] == "ai4eosc: Nodes ready: 2 of 2, at a and b."
    assert texts[1].startswith("ai4eosc and imagine: Every ready node")
    assert "imagine: Nodes ready: 1 of 1, at a." in texts


@pytest.mark.parametrize("entry", [{}, {"ID": ""}, {"ID": 7}])
def test_a_node_without_an_id_is_none(entry: dict[str, Any]) -> None:
    """Rubbish in the list of nodes is left out."""
    assert read_machine(entry) is None


def test_a_node_with_nothing_but_an_id_serves_nobody() -> None:
    """Whatever is missing, null or of another type does not break the check-up."""
    rubbish = read_machine({"ID": "x", "Meta": None, "Drivers": [], "NodeResources": "?", "Attributes": 1})

    assert rubbish is not None
    assert [finding.verdict for finding in judge([rubbish], HERE)] == [Verdict.PROBLEM]
