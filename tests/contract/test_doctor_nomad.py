"""Check on a real Nomad with certificates and rights that the doctor finds what is wrong, and leaves nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import time
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.checkup import Finding, Verdict
from bot.nomad.checkup import NomadCheckup
from bot.nomad.client import NomadClient, NomadConnection, connect
from bot.services.doctor import Doctor
from tests.agent.agent import NAMESPACES, Equipment, NomadAgent
from tests.agent.certificates import make_certificates
from tests.contract.nomad_doors import door
from tests.unit.nomad.samples import platform

pytest_plugins = ("tests.agent.fixtures",)
pytestmark = pytest.mark.agent

PLATFORMS = tuple(platform(name) for name in NAMESPACES)
JOBS = ("list-jobs", "read-job", "submit-job")
IN_PARTS = ("plan-job", "register-job", "deregister-job", "purge-job")
VARIABLES = ("read", "write", "destroy")
READ_NODES = 'node { policy = "read" }'
NAMES = count(1)


@pytest.fixture(scope="module")
def guarded(nomad_equipment: Equipment) -> Iterator[NomadAgent]:
    """Start a Nomad that wants a certificate and a token."""
    with NomadAgent(nomad_equipment, name="doctor", acl=True, tls=True) as agent:
        yield agent


def rules(
    jobs: tuple[str, ...] = JOBS, variables: tuple[str, ...] = VARIABLES, *, namespaces: tuple[str, ...] = NAMESPACES
) -> str:
    """Return the policy that docs/operators.md shows, with these rights."""
    granted = ", ".join(f'"{right}"' for right in jobs)
    items = ", ".join(f'"{right}"' for right in variables)
    inside = f'variables {{\n path "nomad/jobs/*" {{ capabilities = [{items}] }}\n}}' if variables else ""
    return "".join(f'namespace "{name}" {{\n capabilities = [{granted}]\n {inside}\n}}\n' for name in namespaces)


def token(agent: NomadAgent, policy: str, **more: Any) -> str:
    """Return a new token with this policy."""
    name = f"doctor-{next(NAMES)}"
    agent.api.put(f"acl/policy/{name}", {"Name": name, "Rules": policy})
    return str(agent.api.put("acl/token", {"Name": name, "Type": "client", "Policies": [name], **more})["SecretID"])


def checkup(connection: NomadConnection, client: NomadClient) -> NomadCheckup:
    """Return the checks of a Nomad, with this machine's own clock."""
    return NomadCheckup(
        connection=connection, client=client, platforms=PLATFORMS, clock=lambda: datetime.fromtimestamp(time(), UTC)
    )


def examined(agent: NomadAgent, secret: str | None, **changes: Any) -> list[Finding]:
    """Return what the doctor finds with this token, and see that it is in no text."""
    connection = door(agent, secret, **changes)
    client = connect(connection)
    try:
        nomad = checkup(connection, client)
        found = list(Doctor(checks=(*nomad.checks(), nomad.clock_check()), clean=str).examine())
    finally:
        client.close()
    assert secret is None or secret not in repr(found)
    return found


def problems(found: list[Finding]) -> list[str]:
    """Return the texts of the problems."""
    return [finding.text for finding in found if finding.verdict is Verdict.PROBLEM]


def texts(found: list[Finding]) -> str:
    """Return everything that was found, as one text."""
    return "\n".join(finding.text for finding in found)


def test_full_rights_are_fine_and_nothing_is_left_behind(guarded: NomadAgent) -> None:
    """With the policy of the handbook everything about rights is fine; no job, Variable or evaluation remains."""
    found = examined(guarded, token(guarded, rules() + READ_NODES))

    assert problems(found) == []
    assert not [finding for finding in found if finding.verdict is Verdict.UNKNOWN]
    assert [f"{name}: the bot may list, read, plan" in texts(found) for name in NAMESPACES] == [True] * len(NAMESPACES)
    assert "certificate ends on" in texts(found)  # the tests' certificates last a day
    assert "region global" in texts(found)
    assert "agent" not in [finding.area for finding in found]
    assert "GPUs" in texts(found)
    for kind in ("jobs", "vars", "evaluations", "allocations"):
        assert guarded.api.get(kind, namespace="*") == []


MISSING = {
    "list-jobs": (rules(jobs=("read-job", "submit-job")), ["lacks list-jobs in this namespace"]),
    "read-job": (rules(jobs=("list-jobs", "submit-job")), ["lacks read-job in this namespace"]),
    "submit-job": (rules(jobs=("list-jobs", "read-job")), ["lacks submit-job in this namespace"]),
    "variables: read": (rules(variables=("write", "destroy")), ["lacks read on the Variables"]),
    "variables: write": (rules(variables=("read", "destroy")), ["lacks write on the Variables"]),
    "variables: destroy": (rules(variables=("read", "write")), ["lacks destroy on the Variables"]),
    "every variable": (
        rules(variables=()),
        ["lacks read on the Variables", "lacks write on the Variables", "lacks destroy on the Variables"],
    ),
    "register-job": (
        rules(jobs=("list-jobs", "read-job", "plan-job", "deregister-job", "purge-job")),
        ["lacks register-job in this namespace"],
    ),
    "purge-job": (
        rules(jobs=("list-jobs", "read-job", "plan-job", "register-job", "deregister-job")),
        ["lacks purge-job in this namespace"],
    ),
}


@pytest.mark.parametrize("right", MISSING)
def test_a_missing_right_is_exactly_its_line(guarded: NomadAgent, right: str) -> None:
    """In one namespace of three; the other two and everything else are fine, and the mend names right and place."""
    policy, expected = MISSING[right]
    there = policy.split('namespace "imagine"')[0]
    elsewhere = rules(namespaces=NAMESPACES[1:])

    found = examined(guarded, token(guarded, there + elsewhere + READ_NODES))

    wrong = [finding for finding in found if finding.verdict is Verdict.PROBLEM]
    assert len(wrong) == len(expected)
    assert all(text in finding.text for text, finding in zip(expected, wrong, strict=True))
    assert all(finding.text.startswith("ai4eosc: ") and '"ai4eosc"' in finding.mend for finding in wrong)
    assert texts(found).count("the bot may list, read, plan") == len(NAMESPACES) - 1


def test_the_right_to_submit_in_its_parts_is_enough(guarded: NomadAgent) -> None:
    """Nomad from 1.11.2 on can give it so; the least that works is fine."""
    found = examined(guarded, token(guarded, rules(jobs=("list-jobs", "read-job", *IN_PARTS)) + READ_NODES))

    assert problems(found) == []


def test_the_missing_right_to_read_nodes_is_told(guarded: NomadAgent) -> None:
    """With what hangs on it: the version, and what the nodes have."""
    found = examined(guarded, token(guarded, rules()))

    assert problems(found) == ["The bot may not read nodes: its token lacks node read."]
    assert "Its version is told only to a token that may read nodes." in texts(found)
    assert "what the nodes have: not checked, because the nodes cannot be read." in texts(found)


def test_a_namespace_that_the_policy_leaves_out_is_told(guarded: NomadAgent) -> None:
    """Nomad does not tell whether it exists, so both are said."""
    found = examined(guarded, token(guarded, rules(namespaces=NAMESPACES[:-1]) + READ_NODES))

    assert problems(found) == [f"{NAMESPACES[-1]}: there is no such namespace, or the bot's token has no right in it."]
    assert f"{NAMESPACES[-1]}: the rights: not checked, because {NAMESPACES[-1]} is not there." in texts(found)


def test_a_token_that_nomad_does_not_know_is_told(guarded: NomadAgent) -> None:
    """Everything after it is not checked."""
    found = examined(guarded, "00000000-0000-0000-0000-000000000000")

    assert problems(found) == ["Nomad does not know NOMAD_TOKEN, or it has expired."]
    assert texts(found).count("not checked, because Nomad does not accept the token.") == 3 + 2 * len(NAMESPACES)


def test_no_token_where_nomad_wants_one_is_told(guarded: NomadAgent) -> None:
    """It is a warning, because everybody may have been given every right; the rights tell the rest."""
    found = examined(guarded, None)

    (warning,) = [finding for finding in found if finding.verdict is Verdict.WARNING and "NOMAD_TOKEN" in finding.text]
    assert "wants tokens and NOMAD_TOKEN is not set" in warning.text
    assert len(problems(found)) == len(NAMESPACES) + 1


def test_a_management_token_is_a_warning(guarded: NomadAgent) -> None:
    """It works, and it is far too much."""
    found = examined(guarded, guarded.token)

    assert problems(found) == []
    assert "is a management token and may do everything" in texts(found)


def test_a_token_that_ends_soon_is_a_warning(guarded: NomadAgent) -> None:
    """With the day on which it ends."""
    found = examined(guarded, token(guarded, rules() + READ_NODES, ExpirationTTL="1h"))

    assert problems(found) == []
    assert [finding.verdict for finding in found if "ends on" in finding.text and "NOMAD_TOKEN" in finding.text] == [
        Verdict.WARNING
    ]


@pytest.mark.parametrize(
    ("changes", "told", "mend"),
    [
        ({"cacert": ""}, "was not issued by any authority", "NOMAD_CACERT"),
        ({"tls_server_name": ""}, "is not for the name 127.0.0.1", "NOMAD_TLS_SERVER_NAME"),
        ({"client_cert": "", "client_key": ""}, "wants a certificate from us", "NOMAD_CLIENT_CERT"),
    ],
)
def test_what_is_wrong_with_certificates_is_told_before_anything_else(
    guarded: NomadAgent, changes: dict[str, str], told: str, mend: str
) -> None:
    """An authority, a name or a certificate of ours that is missing: the setting to mend is named."""
    found = examined(guarded, "a-token-that-nobody-has", **changes)

    assert len(problems(found)) == 1
    assert told in found[0].text
    assert mend in found[0].mend
    assert all("not checked, because Nomad cannot be reached" in finding.text for finding in found[1:])


@pytest.mark.parametrize(
    ("setting", "file", "told"),
    [
        ("cacert", "key", "NOMAD_CACERT holds no certificate."),
        ("cacert", "other", "was not issued by the authority in NOMAD_CACERT"),
        ("client_cert", "ca", "do not fit together"),
        ("client_pair", "other", "Nomad does not accept our certificate"),
        ("client_pair", "old", "Nomad does not accept our certificate"),
    ],
)
def test_files_that_are_not_what_they_should_be_are_told(
    guarded: NomadAgent, tmp_path: Path, setting: str, file: str, told: str
) -> None:
    """A key instead of a certificate, another authority, a certificate of another pair or one that has expired."""
    assert guarded.tls is not None
    now = datetime.fromtimestamp(time(), UTC)
    other = make_certificates(tmp_path, now=now - timedelta(days=3) if file == "old" else now)
    own = {"ca": guarded.tls.ca, "key": guarded.tls.key}
    chosen = {**own, "other": other.ca, "old": other.ca}[file]
    pair = {"client_cert": str(other.certificate), "client_key": str(other.key)}

    found = examined(guarded, None, **(pair if setting == "client_pair" else {setting: str(chosen)}))

    assert len(problems(found)) == 1
    assert told in found[0].text


def test_http_to_a_nomad_with_tls_is_told(guarded: NomadAgent) -> None:
    """The mend is the one letter that is missing."""
    found = examined(guarded, "a-token-that-nobody-has", address=guarded.address.replace("https", "http"))

    assert problems(found) == ["Nomad speaks TLS at NOMAD_ADDR."]


def without_acls(agent: NomadAgent, secret: str) -> list[Finding]:
    """Return what the doctor finds at a Nomad without ACLs."""
    connection = NomadConnection(address=agent.address, token=SecretStr(secret))
    client = connect(connection)
    try:
        return list(Doctor(checks=checkup(connection, client).checks(), clean=str).examine())
    finally:
        client.close()


def test_a_nomad_without_acls_is_told(agent: NomadAgent) -> None:
    """Nothing is asked of the token then, and every right is there; nothing is left behind here either."""
    found = without_acls(agent, "00000000-0000-4000-8000-000000000000")

    assert [finding.text for finding in found if finding.verdict is not Verdict.FINE] == []
    assert "It has no ACLs: whoever reaches it may do everything. NOMAD_TOKEN is set but not asked for." in texts(found)
    assert agent.api.get("evaluations", namespace="*") == []


def test_a_token_that_is_none_is_in_the_way_even_without_acls(agent: NomadAgent) -> None:
    """Nomad looks it up all the same when it plans, and fails."""
    found = without_acls(agent, "not-asked-for")

    assert problems(found) == ["Nomad has no ACLs and NOMAD_TOKEN is not a Secret ID: Nomad fails to plan then."]


def test_a_nomad_that_takes_no_jobs_is_told(guarded: NomadAgent) -> None:
    """Switched off in the scheduler's configuration, which a client's token cannot read: the refusal tells it."""
    usual = guarded.api.get("operator/scheduler/configuration")["SchedulerConfig"]
    guarded.api.put("operator/scheduler/configuration", {**usual, "RejectJobRegistration": True})
    try:
        found = examined(guarded, token(guarded, rules() + READ_NODES))
    finally:
        guarded.api.put("operator/scheduler/configuration", usual)

    assert problems(found) == []
    assert texts(found).count("takes no new jobs from anybody right now") == len(NAMESPACES)
