"""The links of a deployment, as the how-to promises them under Access."""

from bot.domain.catalog import Service
from bot.domain.deployment import Port
from bot.domain.endpoints import endpoints_of
from bot.domain.platform import AddressScheme
from tests.unit.domain.values import AI4EOSC, NAMED, UUID, allocation, deployment, node, task

TODAY = ("api", "monitor", "ide", "custom")


def _kinds(labels: tuple[str, ...], service: Service | None) -> list[str]:
    subject = deployment(allocation("running", task()), labels=labels, service=service)
    return [str(endpoint.kind) for endpoint in endpoints_of(subject, AI4EOSC, node=node())]


def test_deepaas_has_no_ide_and_editors_have_all_three() -> None:
    """DEEPaaS only if launched with it or by hand, IDE only for editors, Monitor on its condition."""
    assert _kinds((*TODAY, "ui"), Service.DEEPAAS) == ["DEEPaaS", "Monitor", "Web interface"]
    assert _kinds(TODAY, Service.JUPYTER) == ["IDE", "DEEPaaS", "Monitor"]


def test_conditions_say_when_a_link_answers() -> None:
    """DEEPaaS beside an editor is started by hand, Monitor needs a training."""
    subject = deployment(allocation("running", task()), labels=TODAY, service=Service.JUPYTER)

    by_kind = {str(each.kind): each.condition for each in endpoints_of(subject, AI4EOSC, node=node())}

    assert "deep-start --deepaas" in by_kind["DEEPaaS"]
    assert by_kind["IDE"] == ""
    assert "training" in by_kind["Monitor"]


def test_todays_addresses_hold_the_nodes_domain() -> None:
    """They are unknown, hence empty, until the deployment is placed."""
    placed = deployment(allocation("running", task()), labels=("api",), service=Service.DEEPAAS)

    (known,) = endpoints_of(placed, AI4EOSC, node=node(domain="ifca"))
    (unknown,) = endpoints_of(deployment(labels=("api",)), AI4EOSC, node=None)

    assert known.url == f"https://api-{UUID}.ifca-deployments.example.org/ui"
    assert unknown.url == ""


def test_the_how_tos_addresses_hold_the_chosen_name() -> None:
    """`my-custom-name` gives the address of the how-to, the id serves where none was chosen."""
    named = deployment(labels=("deepaas",), hostname="my-custom-name", service=Service.DEEPAAS)

    (chosen,) = endpoints_of(named, NAMED, node=None)
    (default,) = endpoints_of(deployment(labels=("deepaas",)), NAMED, node=None)

    assert chosen.url == "http://deepaas.my-custom-name.deployments.example.org/ui"
    assert UUID in default.url


def test_direct_addresses_lead_to_the_port() -> None:
    """Where there is no router, a link leads to the node's port itself."""
    direct = AI4EOSC.model_copy(update={"addresses": AddressScheme(template="http://{address}:{port}")})
    port = Port(label="ide", address="10.0.0.7", number=23456)
    subject = deployment(allocation("running", task(), ports=(port,)), labels=("ide",), service=Service.JUPYTER)

    (link,) = endpoints_of(subject, direct, node=node())

    assert link.url == "http://10.0.0.7:23456"


def test_unknown_labels_are_not_links() -> None:
    """What the bot does not know it does not show."""
    assert _kinds(("strange", "custom"), Service.JUPYTER) == []
