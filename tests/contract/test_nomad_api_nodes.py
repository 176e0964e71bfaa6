"""The contract of Nomad's HTTP API about nodes: metadata, GPUs, statistics, services, nodes that get lost."""

import pytest

from tests.contract.nomad_jobs import (
    A100,
    STAY_UNKNOWN,
    T4,
    Json,
    constraint,
    gpu_task,
    job,
    platform_job,
    task,
)
from tests.contract.nomad_stage import Stage, event, kinds

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")


def node_of(nomad: Stage, name: str = "agent") -> Json:
    """Return the stub of a node."""
    found: Json = next(one for one in nomad.get("nodes") if one["Name"] == name)
    return found


def test_listed_node_shows_no_metadata(nomad: Stage) -> None:
    """The list has status, site and drivers, but no metadata; resources come on request."""
    [plain] = nomad.get("nodes")
    [full] = nomad.get("nodes", resources="true", os="true")

    assert (plain["Datacenter"], plain["Status"], plain["SchedulingEligibility"]) == (
        "ifca-ai4eosc",
        "ready",
        "eligible",
    )
    assert (plain["Drain"], plain["NodePool"]) == (False, "default")
    assert plain["Drivers"]["docker"]["Healthy"] is True
    assert {"Meta", "NodeResources", "Attributes"}.isdisjoint(plain)
    assert full["Attributes"]["os.name"]
    assert full["NodeResources"]["Memory"]["MemoryMB"] > 0


def test_single_node_shows_metadata_and_attributes(nomad: Stage) -> None:
    """One node in full has what constraints look at."""
    whole = nomad.get(f"node/{node_of(nomad)['ID']}")

    assert whole["Meta"]["status"] == "ready"
    assert whole["Meta"]["namespace"] == "ai4eosc,imagine,tutorials"
    assert whole["Meta"]["domain"].startswith("ifca")
    assert whole["Attributes"]["nomad.version"].count(".") == 2
    assert whole["SecretID"] == ""


def test_devices_of_a_node(nomad: Stage) -> None:
    """GPUs come in one group per model, with attributes and instances."""
    whole = nomad.get(f"node/{node_of(nomad)['ID']}")

    groups = {group["Name"]: group for group in whole["NodeResources"]["Devices"]}
    assert {name: len(group["Instances"]) for name, group in groups.items()} == {T4: 2, A100: 1}
    assert (groups[T4]["Vendor"], groups[T4]["Type"]) == ("nvidia", "gpu")
    assert groups[A100]["Attributes"]["memory"] == {
        "Bool": None,
        "Float": None,
        "Int": 40960,
        "String": None,
        "Unit": "MiB",
    }
    assert all(instance["Healthy"] for instance in groups[T4]["Instances"])


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("Meta.tags == cpu", True),
        ('Meta.namespace contains "imagine"', True),
        ('Attributes["nomad.version"] matches "^1"', True),
        ("Status == ready and SchedulingEligibility == eligible", True),
        ("NodeResources.Devices is not empty", True),
        ("Drivers.docker.Healthy == true", True),
        ('Datacenter == "elsewhere"', False),
        ("Meta.absent == x", False),
    ],
)
def test_filter_of_nodes(nomad: Stage, expression: str, fits: bool) -> None:  # noqa: FBT001  # a table
    """A filter sees the whole node, with the metadata the list does not show."""
    assert bool(nomad.get("nodes", filter=expression)) is fits


def test_allocations_of_a_node_are_full(nomad: Stage) -> None:
    """A node's allocations come with their jobs."""
    asked = job()
    nomad.register(asked)
    running = nomad.allocation(asked)

    listed = nomad.get(f"node/{running['NodeID']}/allocations")

    [found] = [one for one in listed if one["ID"] == running["ID"]]
    assert found["Job"]["ID"] == asked["ID"]


def test_ineligible_node_takes_no_jobs(nomad: Stage) -> None:
    """A node taken out of scheduling is not even looked at, and waiting jobs start when it is back."""
    node = node_of(nomad)["ID"]
    asked = job()

    nomad.put(f"node/{node}/eligibility", {"Eligibility": "ineligible"})
    try:
        nomad.register(asked)
        blocked = nomad.evaluated(asked, "blocked")
    finally:
        nomad.put(f"node/{node}/eligibility", {"Eligibility": "eligible"})

    metric = blocked["FailedTGAllocs"]["usergroup"]
    assert (metric["NodesEvaluated"], metric["NodesAvailable"]) == (0, {})
    nomad.allocation(asked)


def test_eligibility_must_be_a_known_word(nomad: Stage) -> None:
    """Any other word is refused."""
    answer = nomad.ask("POST", f"node/{node_of(nomad)['ID']}/eligibility", {"Eligibility": "maybe"})

    assert (answer.status_code, answer.text) == (500, 'invalid scheduling eligibility "maybe"')


def test_gpu_statistics_of_a_node_and_of_an_allocation(nomad: Stage) -> None:
    """The figures of a GPU show on its node and on the allocation that holds it; an unknown one is a text."""
    asked = job(gpu_task(model=A100))
    nomad.register(asked)
    running = nomad.allocation(asked)
    [gpu] = running["AllocatedResources"]["Tasks"]["main"]["Devices"][0]["DeviceIDs"]
    nomad.script.gpu_usage(gpu, utilization=87, memory=None, power=123)

    def figures(groups: list[Json]) -> Json:
        found: Json = next(group["InstanceStats"][gpu] for group in groups or () if gpu in group["InstanceStats"])
        return found

    def seen() -> Json | None:
        usage = nomad.get(f"client/allocation/{running['ID']}/stats")
        if not usage["ResourceUsage"]["DeviceStats"]:
            return None
        stats = figures(usage["ResourceUsage"]["DeviceStats"])["Stats"]["Attributes"]
        return usage if stats["GPU utilization"]["IntNumeratorVal"] == 87 else None

    usage = nomad.until(seen, "the figures of the GPU")
    on_node = figures(nomad.get("client/stats", node_id=running["NodeID"])["DeviceStats"])
    stats = on_node["Stats"]["Attributes"]
    assert (stats["GPU utilization"]["IntNumeratorVal"], stats["GPU utilization"]["Unit"]) == (87, "%")
    assert (stats["Memory state"]["StringVal"], stats["Memory state"]["Unit"]) == ("N/A", "MiB")
    assert (stats["Power usage"]["IntNumeratorVal"], stats["Power usage"]["IntDenominatorVal"]) == (123, 250)
    assert on_node["Summary"]["StringVal"] == "N/A"
    assert "IntNumeratorVal" not in on_node["Summary"]
    assert on_node["Timestamp"].endswith("Z")
    assert set(usage["Tasks"]) == {"main"}
    assert {"CpuStats", "MemoryStats", "DeviceStats"} <= set(usage["ResourceUsage"])


def test_statistics_need_a_node(nomad: Stage) -> None:
    """Statistics of an unknown node are told apart from half an id."""
    unknown = nomad.ask("GET", "client/stats", node_id="5f42166f-d853-26f6-7403-ce3428027b5e")
    half = nomad.ask("GET", "client/stats", node_id="5f42")

    assert (unknown.status_code, unknown.text) == (404, "Unknown node 5f42166f-d853-26f6-7403-ce3428027b5e")
    assert (half.status_code, half.text) == (500, "node lookup failed: index error: UUID must be 36 characters")


def test_services_of_a_running_job(nomad: Stage) -> None:
    """Services carry the port of the host, and tags in which the node's metadata is filled in."""
    asked = platform_job()
    nomad.register(asked)
    running = nomad.allocation(asked)
    node = nomad.get(f"node/{running['NodeID']}")
    name = f"{asked['ID']}-api"

    [service] = nomad.until(lambda: nomad.get(f"service/{name}", namespace="ai4eosc") or None, "the service")

    ports = {port["Label"]: port for port in running["AllocatedResources"]["Shared"]["Ports"]}
    host = f"api-{asked['ID']}.{node['Meta']['domain']}-deployments.cloud.ai4eosc.eu"
    assert (service["Port"], service["Address"]) == (ports["api"]["Value"], ports["api"]["HostIP"])
    assert service["Tags"] == ["traefik.enable=true", f"rule=Host(`{host}`)"]
    assert (service["JobID"], service["AllocID"]) == (asked["ID"], running["ID"])
    assert (service["NodeID"], service["Datacenter"]) == (node["ID"], node["Datacenter"])
    assert service["ID"] == f"_nomad-task-{running['ID']}-group-usergroup-{name}-api"
    assert nomad.get(f"job/{asked['ID']}/services", namespace="ai4eosc") == [service]
    assert nomad.get(f"allocation/{running['ID']}/services", namespace="ai4eosc") == [service]
    assert nomad.ask("GET", f"allocation/{running['ID']}/services").status_code == 404
    [listed] = nomad.get("services", namespace="ai4eosc")
    assert (listed["Namespace"], listed["Services"][0]["ServiceName"]) == ("ai4eosc", name)
    assert set(listed["Services"][0]["Tags"]) == set(service["Tags"])


def test_services_go_with_the_job(nomad: Stage) -> None:
    """After the stop nothing is registered any more, and an unknown service is an empty list."""
    asked = platform_job()
    nomad.register(asked)
    name = f"{asked['ID']}-api"
    nomad.until(lambda: nomad.get(f"service/{name}", namespace="ai4eosc") or None, "the service")

    nomad.stop(asked)

    nomad.until(lambda: nomad.get(f"service/{name}", namespace="ai4eosc") == [], "the service to go")


def test_ports_of_an_allocation(nomad: Stage) -> None:
    """Every port has a number of the host and the one inside."""
    asked = platform_job()
    nomad.register(asked)

    shared = nomad.allocation(asked)["AllocatedResources"]["Shared"]

    ports = {port["Label"]: port for port in shared["Ports"]}
    assert {label: port["To"] for label, port in ports.items()} == {"api": 5000, "ide": 8888}
    assert all(0 < port["Value"] < 65536 and port["HostIP"] == "127.0.0.1" for port in ports.values())


def test_cores_are_reserved_by_number(nomad: Stage) -> None:
    """A task that asks for cores gets numbered ones, and no CPU share is asked."""
    asked = job(task(Resources={"Cores": 1, "MemoryMB": 64}))
    nomad.register(asked)

    cpu = nomad.allocation(asked)["AllocatedResources"]["Tasks"]["main"]["Cpu"]

    assert len(cpu["ReservedCores"]) == 1
    assert cpu["CpuShares"] > 0


def test_lost_node_makes_its_allocations_unknown(two_sites: Stage) -> None:
    """A job that tolerates it becomes unknown, is not replaced, still counts as running, and goes on afterwards."""
    asked = job(gpu_task(model=A100), group={"Disconnect": STAY_UNKNOWN})
    two_sites.register(asked)
    before = two_sites.allocation(asked)

    two_sites.script.lose_node("incd-1")

    lost = two_sites.allocation(asked, "unknown")
    assert (lost["ID"], lost["DesiredStatus"]) == (before["ID"], "run")
    assert lost["ClientDescription"] == "alloc is unknown since its node is disconnected"
    assert lost["TaskStates"]["main"]["State"] == "running"
    assert lost["AllocStates"][-1]["Value"] == "unknown"
    assert (node_of(two_sites, "incd-1")["Status"], two_sites.job(asked)["Status"]) == ("disconnected", "running")
    waiting = two_sites.get(f"evaluation/{lost['FollowupEvalID']}")
    assert (waiting["Status"], waiting["TriggeredBy"]) == ("pending", "max-disconnect-timeout")
    assert two_sites.get(f"job/{asked['ID']}/summary")["Summary"]["usergroup"]["Unknown"] == 1

    two_sites.script.restore_node("incd-1")

    back = two_sites.allocation(asked)
    assert back["ID"] == before["ID"]
    assert len(two_sites.allocations(asked)) == 1
    assert "Reconnected" in kinds(back["TaskStates"]["main"])
    assert event(back["TaskStates"]["main"], "Reconnected")["DisplayMessage"] == "Client reconnected"


def test_allocation_of_a_lost_node_is_replaced_elsewhere(two_sites: Stage) -> None:
    """Without the rule for absence it is lost, another site takes over, and the old one ends on return."""
    elsewhere = {**constraint("${node.datacenter}", "=", "incd-imagine"), "Weight": 100}
    asked = job(Affinities=[elsewhere])
    two_sites.register(asked)
    first = two_sites.allocation(asked)
    assert first["NodeName"] == "incd-1"

    two_sites.script.lose_node("incd-1")

    def moved() -> Json | None:
        newest = two_sites.allocations(asked)[-1]
        return newest if newest["ID"] != first["ID"] and newest["ClientStatus"] == "running" else None

    second = two_sites.until(moved, "the replacement")
    lost = two_sites.get(f"allocation/{first['ID']}")
    assert node_of(two_sites, "incd-1")["Status"] == "down"
    assert second["NodeName"] == "ifca-1"
    assert (lost["ClientStatus"], lost["DesiredStatus"]) == ("lost", "stop")
    assert lost["DesiredDescription"] == "alloc is lost since its node is down"
    assert lost["NextAllocation"] == second["ID"]

    two_sites.script.restore_node("incd-1")

    def ended() -> bool:
        return bool(two_sites.get(f"allocation/{first['ID']}")["ClientStatus"] == "complete")

    two_sites.until(ended, "the old allocation to end")
    assert two_sites.allocation(asked)["ID"] == second["ID"]


def test_stopped_while_its_node_is_away(two_sites: Stage) -> None:
    """The allocation ends when its node is back; until the absence would have timed out the job's word is pending."""
    asked = job(gpu_task(model=A100), group={"Disconnect": STAY_UNKNOWN})
    two_sites.register(asked)
    before = two_sites.allocation(asked)
    two_sites.script.lose_node("incd-1")
    two_sites.allocation(asked, "unknown")

    two_sites.stop(asked)

    two_sites.has_status(asked, "pending")
    away = two_sites.get(f"allocation/{before['ID']}")
    assert (away["DesiredStatus"], away["ClientStatus"]) == ("stop", "unknown")
    two_sites.script.restore_node("incd-1")
    two_sites.allocation(asked, "complete")
    assert two_sites.job(asked)["Status"] == "pending"


def test_plan_counts_the_nodes_of_each_site(two_sites: Stage) -> None:
    """Reasons are counted over all sites, and each site's nodes are told."""
    metric = two_sites.plan(job(gpu_task(2)))["FailedTGAllocs"]["usergroup"]

    assert metric["NodesAvailable"] == {"ifca-ai4eosc": 1, "incd-imagine": 1}
    assert metric["ConstraintFiltered"] == {"missing devices": 2}


def test_job_pinned_to_a_site(two_sites: Stage) -> None:
    """Datacenters choose the site, by name or pattern."""
    asked = job(Datacenters=["incd-*"])
    two_sites.register(asked)

    assert two_sites.allocation(asked)["NodeName"] == "incd-1"


def test_affinity_prefers_a_site(two_sites: Stage) -> None:
    """An affinity decides between nodes that both would do."""
    there = {**constraint("${node.datacenter}", "=", "ifca-ai4eosc"), "Weight": 100}
    asked = job(Affinities=[there])
    two_sites.register(asked)

    assert two_sites.allocation(asked)["NodeName"] == "ifca-1"
