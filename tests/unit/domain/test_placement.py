"""Placement failures in plain words: not yet, or never, and why."""

import pytest

from bot.domain.deployment import GpuGroup, Node, PlacementFailure
from bot.domain.placement import Outlook, read_plan, reasons_of
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
    plan = read_plan(PlacementFailure.model_validate(failure), gpus=0, gpu_model="", nodes=())

    assert plan.outlook is outlook
    assert said in "; ".join(plan.reasons)


def test_no_failure_means_now() -> None:
    """A plan that places it starts now."""
    assert read_plan(None, gpus=1, gpu_model="", nodes=()).outlook is Outlook.NOW


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

    assert read_plan(failure, gpus=gpus, gpu_model=model, nodes=nodes).outlook is outlook


def test_a_reason_that_tells_nothing_is_not_shown_alone() -> None:
    """`computed class ineligible` only repeats another reason."""
    failure = PlacementFailure(
        nodes_evaluated=1, nodes_filtered=1, constraint_filtered={"computed class ineligible": 1}
    )

    assert reasons_of(failure) == ("no machine fits the request",)
