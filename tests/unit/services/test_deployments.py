"""What a person sees of their deployments, and that nobody touches anybody else's."""

import pytest

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Phase
from bot.errors import ClusterUnavailable, NotAMember, NotFound, NotYours
from bot.services.deployments import SeveralMatch
from tests.unit.services.house import ADA, BOB, House


@pytest.fixture
def house() -> House:
    """Give the use cases on a cluster with one node."""
    house = House()
    house.cluster.add_node(gpus=(("Tesla T4", 2),))
    return house


def test_the_list_holds_ones_own_and_nobody_elses(house: House) -> None:
    """Two people on one platform see their own deployments."""
    house.deploy(ADA, title="Ada's")
    house.deploy(BOB, title="Bob's")

    assert [shown.deployment.title for shown in house.deployments.list(ADA)] == ["Ada's"]


def test_failed_deployments_stay_in_the_list_and_stopped_ones_leave_it(house: House) -> None:
    """A failure must not vanish with its reason; what was stopped on purpose may."""
    failed, stopped = house.deploy(title="Failed").submission, house.deploy(title="Stopped").submission
    for each in (failed, stopped):
        house.cluster.start(each.deployment)
    house.cluster.fail(failed.deployment)
    house.deployments.stop(ADA, stopped.namespace, stopped.deployment)

    shown = house.deployments.list(ADA)

    assert [(each.deployment.title, each.status.phase) for each in shown] == [("Failed", Phase.FAILED)]


def test_a_name_is_a_title_an_id_or_its_beginning(house: House) -> None:
    """Every way of naming leads to the same deployment."""
    made = house.deploy(title="Plankton run").submission

    names = ("Plankton run", "plankton RUN", "plank", made.deployment, made.deployment[:8], f"`{made.deployment}`")
    found = {house.deployments.find(ADA, name).deployment.id for name in names}

    assert found == {made.deployment}


def test_a_name_that_fits_several_is_not_guessed(house: House) -> None:
    """The candidates come back for the person to choose from."""
    house.deploy(title="Run")
    house.deploy(title="Run")

    with pytest.raises(SeveralMatch) as caught:
        house.deployments.find(ADA, "Run")

    assert len(caught.value.shown) == 2


def test_an_unknown_name_gets_a_guess(house: House) -> None:
    """A typo in a title is answered with the title."""
    house.deploy(title="Plankton run")

    with pytest.raises(NotFound) as caught:
        house.deployments.find(ADA, "Plantkon run")

    assert "“Plankton run”" in caught.value.hint


@pytest.mark.parametrize("act", ["show", "access", "password", "stop"])
def test_nobody_gets_at_somebody_elses(house: House, act: str) -> None:
    """The owner is checked again on every call, whatever a button's value says."""
    made = house.deploy(ADA, service="jupyter").submission

    with pytest.raises(NotYours):
        getattr(house.deployments, act)(BOB, made.namespace, made.deployment)

    assert house.ledger.open_stops() == ()


@pytest.mark.parametrize("namespace", ["tutorials", "default", "../etc"])
def test_a_platform_one_does_not_belong_to_is_closed(house: House, namespace: str) -> None:
    """A forged namespace leads nowhere."""
    with pytest.raises(NotAMember):
        house.deployments.show(BOB, Namespace(namespace), DeploymentId("x"))


def test_what_is_gone_is_called_gone(house: House) -> None:
    """An old button gets a polite answer."""
    with pytest.raises(NotFound):
        house.deployments.show(ADA, Namespace("ai4eosc"), DeploymentId("1b4e28ba"))


def test_stopping_keeps_the_job_and_removing_purges_it(house: House) -> None:
    """Purge comes only when everything is over."""
    made = house.deploy().submission
    house.cluster.start(made.deployment)
    first = house.deployments.stop(ADA, made.namespace, made.deployment)
    kept = house.cluster.deployment(made.namespace, made.deployment)

    second = house.deployments.stop(ADA, made.namespace, made.deployment)

    assert (first.is_over, second.is_over) == (False, True)
    assert kept is not None
    assert house.cluster.deployment(made.namespace, made.deployment) is None


def test_a_stop_that_the_cluster_did_not_hear_is_made_up_for(house: House) -> None:
    """The intent is recorded first; when the cluster is back, it is carried out."""
    made = house.deploy().submission
    house.cluster.start(made.deployment)
    shown = house.deployments.show(ADA, made.namespace, made.deployment)
    house.cluster.go_down()
    with pytest.raises(ClusterUnavailable):
        house.deployments.stop(ADA, made.namespace, made.deployment)
    house.cluster.come_back()

    house.deployments.resume_stops()

    assert shown.status.phase is Phase.RUNNING
    assert house.ledger.open_stops() == ()


def test_access_tells_whether_each_link_answers(house: House) -> None:
    """A link that answers, and one that does not, are told apart."""
    made = house.deploy(service="jupyter").submission
    house.cluster.start(made.deployment)
    links = house.deployments.show(ADA, made.namespace, made.deployment).endpoints
    house.prober.alive.add(links[0].url)

    shown = house.deployments.access(ADA, made.namespace, made.deployment)

    assert [(str(link.kind), link.answers) for link in shown.endpoints] == [
        ("IDE", True),
        ("DEEPaaS", False),
        ("Monitor", False),
    ]
    assert "deep-start --deepaas" in shown.endpoints[1].condition


def test_the_password_is_read_from_the_cluster_and_its_showing_is_recorded(house: House) -> None:
    """The audit log knows that it was shown, never what it is."""
    made = house.deploy(service="jupyter").submission

    password = house.deployments.password(ADA, made.namespace, made.deployment)

    assert password == "correct-horse-battery"
    assert [entry.action for entry in house.ledger.audit_log(limit=1)] == ["password shown"]
    assert password not in repr(house.ledger.audit_log())
