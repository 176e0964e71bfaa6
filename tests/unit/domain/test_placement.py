"""Placement failures in plain words: not yet, or never, and why."""

import pytest

from bot.domain.deployment import GpuGroup, Node, PlacementFailure
from bot.domain.placement import Ask, Outlook, read_plan, reasons_of
from tests.unit.domain.values import node

T4 = GpuGroup(model="Tesla T4", count=2)
V100 = GpuGroup(model="Tesla V100-PCIE-32GB", count=1)


@pytest.mark.parametrize(
    ("failure", "outlook", "said"),
    [
        ({"nodes_evaluated": 2, "nodes_exhausted": 1, "dimension_exhausted": {"memory": 1}}, Outlook.NOT_YET, "memory"),
        (
            {"nodes_evaluated": 2, "nodes_exhausted": 1, "dimension_exhausted": {"devices: no devices available": 1}},
            Outlook.NOT_YET,
            "every fitting GPU is taken",
        ),
        ({"nodes_evaluated": 0, "nodes_available": {}}, Outlook.NOT_YET, "no machine takes deployments right now"),
        (
            {"nodes_evaluated": 3, "nodes_filtered": 3, "constraint_filtered": {"missing drivers": 3}},
            Outlook.NEVER,
            "Docker",
        ),
        (
            {
                "nodes_evaluated": 3,
                "nodes_filtered": 3,
                "constraint_filtered": {"${meta.namespace} regexp imagine": 1, "computed class ineligible": 2},
            },
            Outlook.NEVER,
            "no machine serves this platform",
        ),
        (
            {
                "nodes_evaluated": 1,
                "nodes_filtered": 1,
                "constraint_filtered": {"${attr.consul.version} semver >= 1.8.0": 1},
            },
            Outlook.NEVER,
            "Consul",
        ),
        (
            {"nodes_evaluated": 1, "nodes_filtered": 1, "constraint_filtered": {"${node.datacenter} = mars": 1}},
            Outlook.NEVER,
            "site mars",
        ),
    ],
)
def test_a_failure_is_told_in_plain_words(failure: dict[str, object], outlook: Outlook, said: str) -> None:
    """What is exhausted may become free; what is filtered never will."""
    plan = read_plan(PlacementFailure.model_validate(failure), ask=Ask(), nodes=())

    assert plan.outlook is outlook
    assert said in "; ".join(plan.reasons)


def test_no_failure_means_now() -> None:
    """A plan that places it starts now."""
    assert read_plan(None, ask=Ask(gpus=1), nodes=()).outlook is Outlook.NOW


@pytest.mark.parametrize(
    ("gpus", "model", "nodes", "outlook"),
    [
        (1, "", (node("a", T4), node("b", V100)), Outlook.NOT_YET),
        (2, "", (node("a", T4), node("b", V100)), Outlook.NOT_YET),
        (2, V100.model, (node("a", T4), node("b", V100)), Outlook.NEVER),
        (2, "", (node("a", V100, GpuGroup(model="Tesla T4", count=1)),), Outlook.NEVER),
        (1, "NVIDIA H100", (node("a", T4),), Outlook.NEVER),
        (1, "", (node("a"),), Outlook.NEVER),
        (1, "", (), Outlook.NOT_YET),
    ],
)
def test_gpus_that_no_machine_has_are_never(gpus: int, model: str, nodes: tuple[Node, ...], outlook: Outlook) -> None:
    """Nomad calls it exhausted where no single model on a single machine could ever fill the request."""
    failure = PlacementFailure(
        nodes_evaluated=2, nodes_exhausted=1, dimension_exhausted={"devices: no devices match request": 1}
    )

    assert read_plan(failure, ask=Ask(gpus=gpus, gpu_model=model), nodes=nodes).outlook is outlook


def test_a_reason_that_tells_nothing_is_not_shown_alone() -> None:
    """`computed class ineligible` only repeats another reason."""
    failure = PlacementFailure(
        nodes_evaluated=1, nodes_filtered=1, constraint_filtered={"computed class ineligible": 1}
    )

    assert reasons_of(failure) == ("no machine fits the request",)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (Ask(cpu=65), "has 65 CPU cores"),
        (Ask(ram_mb=200_001), "has 200001 MB of memory"),
        (Ask(disk_mb=50_001), "has 50001 MB of disk"),
        (Ask(cpu=64, ram_mb=200_000), "all of it together"),
    ],
)
def test_more_than_any_machine_has_is_never(ask: Ask, said: str) -> None:
    """Nomad calls it exhausted where even an empty machine would be too small."""
    wide = node("wide", cores=64, ram_mb=100_000, disk_mb=50_000)
    deep = node("deep", cores=8, ram_mb=200_000, disk_mb=50_000)
    failure = PlacementFailure(nodes_evaluated=2, nodes_exhausted=2, dimension_exhausted={"cores": 2})

    plan = read_plan(failure, ask=ask, nodes=(wide, deep))

    assert plan.outlook is Outlook.NEVER
    assert said in plan.reasons[0]


def test_a_machine_that_does_not_say_what_it_has_may_have_it() -> None:
    """Unknown is not too small."""
    failure = PlacementFailure(nodes_evaluated=1, nodes_exhausted=1, dimension_exhausted={"cores": 1})

    assert read_plan(failure, ask=Ask(cpu=500), nodes=(node(),)).outlook is Outlook.NOT_YET
