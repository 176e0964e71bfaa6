"""What a person meets while a real Nomad is ill: frozen, with the bot's token taken away, or gone."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.agent.agent import Equipment, NomadAgent, wait_until
from tests.app.town import Town
from tests.app.town import town as open_town

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent

PROMPTLY = timedelta(seconds=15)


@pytest.fixture(scope="module")
def guarded(nomad_equipment: Equipment) -> Iterator[NomadAgent]:
    """Start an agent of our own with access control, since these tests freeze and end it."""
    with NomadAgent(nomad_equipment, name="ill", acl=True) as agent:
        yield agent


@pytest.fixture
def token(guarded: NomadAgent) -> dict[str, str]:
    """Make a token for the bot alone."""
    made: dict[str, str] = guarded.api.put("acl/token", {"Name": "bot", "Type": "management"})
    return made


@pytest.fixture
def town(tmp_path: Path, guarded: NomadAgent, token: dict[str, str]) -> Iterator[Town]:
    """Give a town whose cluster is that agent, and whose bot waits only a second for it."""
    with open_town(
        tmp_path,
        nomad=guarded.address,
        NOMAD_TOKEN=token["SecretID"],
        NOMAD_TIMEOUT_SECONDS="1",
        AI4OS_BOT_SERVICE_PROVIDER="nomad",
    ) as found:
        yield found
        guarded.process.resume()


def _list(town: Town) -> str:
    return town.ada.command("/ai4os", "list").wait_for_message(timeout=PROMPTLY).text


def _submit_review(town: Town) -> str:
    town.ada.submit()
    view = town.ada.wait_for_modal(lambda each: each.callback_id == "deploy.refused", timeout=PROMPTLY)
    town.ada.dismiss()
    return view.text


def test_a_frozen_nomad_is_told_in_time_and_again_there_when_it_thaws(town: Town, guarded: NomadAgent) -> None:
    """SIGSTOP: everybody is answered within their time, nothing is sent twice; SIGCONT: all goes on."""
    town.review(options='demo-app --service jupyter --cpu 1 --title "Frozen"')
    guarded.process.suspend()
    started = time.monotonic()

    refused, listed = _submit_review(town), _list(town)

    took = time.monotonic() - started
    guarded.process.resume()
    wait_until(lambda: "deployments" in _list(town), within=PROMPTLY, what="the list to be told again")
    assert took < 10
    assert "Nothing was changed." in refused
    assert "Nomad" in listed
    assert "Nothing was changed." in listed
    assert guarded.api.get("jobs", namespace="*") == []
    assert guarded.api.get("vars", namespace="*", prefix="nomad/jobs") == []


def test_a_token_that_was_taken_away_is_told_and_leaves_nothing(
    town: Town, guarded: NomadAgent, token: dict[str, str]
) -> None:
    """Lists and submissions say that the bot may not, and whom to tell; there is no job and no Variable."""
    town.review(options='demo-app --service jupyter --cpu 1 --title "Forbidden"')
    guarded.api.delete(f"acl/token/{token['AccessorID']}")

    refused, listed = _submit_review(town), _list(town)

    assert "does not allow the bot" in refused
    assert "does not allow the bot" in listed
    assert "tell the operators" in listed
    assert guarded.api.get("jobs", namespace="*") == []
    assert guarded.api.get("vars", namespace="*", prefix="nomad/jobs") == []


def test_a_right_that_is_missing_for_secrets_alone_means_that_nothing_is_started(
    tmp_path: Path, guarded: NomadAgent
) -> None:
    """A token that may submit but not write Variables: the person is told, and no job is registered."""
    rules = 'namespace "*" { capabilities = ["list-jobs", "read-job", "submit-job"] } node { policy = "read" }'
    guarded.api.put("acl/policy/no-secrets", {"Name": "no-secrets", "Rules": rules})
    made = guarded.api.put("acl/token", {"Name": "poor", "Type": "client", "Policies": ["no-secrets"]})

    with open_town(
        tmp_path, nomad=guarded.address, NOMAD_TOKEN=made["SecretID"], AI4OS_BOT_SERVICE_PROVIDER="nomad"
    ) as town:
        town.review(options='demo-app --service jupyter --cpu 1 --title "No secrets"')
        refused = _submit_review(town)

    assert "did not take the password" in refused
    assert "Nothing was started." in refused
    assert guarded.api.get("jobs", namespace="*") == []
