"""Looking at modules, and asking whether their hardware is free."""

import pytest

from bot.domain.base import Namespace, PlatformKey
from bot.domain.catalog import Module, Wanted
from bot.domain.marketplace import Browsing, Room
from bot.domain.people import Person
from bot.domain.placement import Plan
from bot.domain.platform import Platform, Platforms
from bot.domain.request import Field
from bot.ports import NewDeployment
from bot.services.marketplace import Marketplace
from tests.fakes.catalog import BROKEN, CLOUD_TRAINER, DEMO_APP, OWL_CALLER, FakeCatalog
from tests.fakes.cluster import FakeCluster
from tests.unit.domain.values import AI4EOSC, TUTORIALS
from tests.unit.services.house import ADA, BOB

STRANGER = ADA.model_copy(update={"platforms": ()})
IMAGINE = AI4EOSC.model_copy(
    update={"key": PlatformKey("imagine"), "title": "iMagine", "namespace": Namespace("imagine")}
)
NEEDS_GPU = OWL_CALLER.model_copy(update={"inference": Wanted(cpu=4, gpu=1)})


class CountingCluster(FakeCluster):
    """A cluster that knows which plans it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[NewDeployment] = []

    def plan(self, deployment: NewDeployment, platform: Platform) -> Plan:
        """Tell what would happen, and remember the question."""
        self.asked.append(deployment)
        return super().plan(deployment, platform)


@pytest.fixture
def cluster() -> CountingCluster:
    """Give a cluster with one GPU, which serves AI4EOSC and Tutorials."""
    found = CountingCluster()
    found.add_node("n1", gpus=[("Tesla T4", 1)], namespaces="ai4eosc,tutorials")
    return found


@pytest.fixture
def market(cluster: CountingCluster) -> Marketplace:
    """Give a marketplace with three platforms."""
    platforms = Platforms(all=(AI4EOSC, IMAGINE, TUTORIALS))
    return Marketplace(platforms=platforms, cluster=cluster, catalog=FakeCatalog())


def _rooms(market: Marketplace, person: Person, module: Module) -> dict[str, Room]:
    return {each.platform: each.room for each in market.rooms(person, module)}


def test_one_plan_for_each_of_the_persons_platforms(market: Marketplace, cluster: CountingCluster) -> None:
    """Others are no business of theirs, and what is asked for is what the form would start with."""
    assert _rooms(market, ADA, DEMO_APP) == {"AI4EOSC": Room.NOW, "Tutorials": Room.TOO_MUCH}
    assert [(new.request.platform, new.request.cpu, new.request.ram_mb) for new in cluster.asked] == [
        ("ai4eosc", 2, 2500)
    ]


def test_whoever_belongs_nowhere_sees_all_platforms(market: Marketplace, cluster: CountingCluster) -> None:
    """No membership is needed to look."""
    assert list(_rooms(market, STRANGER, OWL_CALLER)) == ["AI4EOSC", "iMagine", "Tutorials"]
    assert len(cluster.asked) == 3


def test_free_in_use_and_nowhere_are_told_apart(market: Marketplace, cluster: CountingCluster) -> None:
    """A GPU that others hold is not one that nobody has."""
    assert _rooms(market, STRANGER, NEEDS_GPU) == {
        "AI4EOSC": Room.NOW,
        "iMagine": Room.NOWHERE,
        "Tutorials": Room.TOO_MUCH,
    }
    cluster.fill()
    assert _rooms(market, BOB, NEEDS_GPU) == {"AI4EOSC": Room.IN_USE}


def test_a_cluster_that_does_not_answer_is_asked_once(market: Marketplace, cluster: CountingCluster) -> None:
    """Not known is not no, and nobody waits three times for the same silence."""
    cluster.go_down()

    assert set(_rooms(market, STRANGER, OWL_CALLER).values()) == {Room.UNKNOWN}
    assert len(cluster.asked) == 1


def test_a_platform_that_refuses_says_nothing_about_the_others(market: Marketplace, cluster: CountingCluster) -> None:
    """Each platform answers for itself."""
    market = Marketplace(
        platforms=Platforms(all=(AI4EOSC.model_copy(update={"namespace": Namespace("missing")}), TUTORIALS)),
        cluster=cluster,
        catalog=FakeCatalog(),
    )

    assert _rooms(market, STRANGER, OWL_CALLER) == {"AI4EOSC": Room.UNKNOWN, "Tutorials": Room.NOW}


def test_looking_changes_nothing_on_the_cluster(market: Marketplace, cluster: CountingCluster) -> None:
    """A plan is a question."""
    market.rooms(STRANGER, OWL_CALLER)

    assert cluster.followed([AI4EOSC.namespace, TUTORIALS.namespace]) == ()


@pytest.mark.parametrize(
    ("person", "module", "gpu"),
    [(ADA, DEMO_APP, None), (ADA, NEEDS_GPU, "1"), (STRANGER, NEEDS_GPU, None)],
)
def test_deploy_fills_the_form_with_what_the_module_needs(
    market: Marketplace, person: Person, module: Module, gpu: str | None
) -> None:
    """The module, and the GPU that its metadata recommends as far as the platform gives any."""
    command = market.deploying(person, module)

    assert command.subject == module.name
    assert command.fields.get(Field.GPU) == gpu


def test_modules_are_found_by_name_and_why_they_are_not(market: Marketplace) -> None:
    """The catalogue's copy in memory answers."""
    assert market.module("DEMO-app") == DEMO_APP
    assert market.module("nowhere") is None
    assert "cannot be deployed until" in market.why_missing(BROKEN.name)
    assert market.look(Browsing.of("cloud")).modules == (CLOUD_TRAINER,)
    assert market.snapshot().read_at is not None
