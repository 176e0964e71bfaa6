"""Whatever Nomad, or something in its place, answers: a value or the proper error, and never a false verdict."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import DeploymentId, Namespace
from bot.domain.deployment import Deployment, Phase
from bot.domain.placement import Outlook
from bot.domain.status import FINAL_PHASES, status_of
from bot.errors import BotError, ClusterUnavailable
from bot.nomad.gateway import NomadCluster
from tests.fuzz.hostile import anything, changed, places
from tests.fuzz.nomad_answers import HERE, IDS, NAMES, deployments, recorded, spoilt
from tests.fuzz.profiles import fuzzed
from tests.unit.nomad.samples import ADA, AI4EOSC

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TRUTH = {"running": Phase.RUNNING, "failed": Phase.FAILED, "waiting": Phase.IMPOSSIBLE, "stopped": Phase.STOPPED}
ROLES = {name: role for role, name in IDS.items()}
READ_KINDS = ("jobs", "allocations", "evaluations", "evaluations of one", "job")

odd = st.one_of(
    anything,
    st.just(...),
    st.sampled_from([float("nan"), float("inf"), -1, 2**63, 10**400, -(10**18), "0001-01-01T00:00:00Z", "hibernating"]),
)
rubbish = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"[null]",
            b"true",
            b"0",
            b'"x"',
            b"[" * 100_000,
            b'{"a":' * 5000,
            b"1" * 5000,
            b"[NaN]",
            b"[1e999]",
            b'"\\ud800"',
            b"<html>",
            b'[{"ID": "x", "Name',
            b"\xff\xfe",
            b"[{}]",
            b'{"Items": null}',
        ]
    ),
)


@st.composite
def mutated(draw: st.DrawFn, kinds: tuple[str, ...] = NAMES) -> tuple[str, bytes]:
    """Draw a kind of call and a real answer to it with one to three values replaced or taken away."""
    kind = draw(st.sampled_from(kinds))
    about = draw(st.sampled_from(["", *IDS.values()]))
    try:
        answer = recorded().of(kind, about)
    except StopIteration:
        answer = recorded().of(kind)
    for _ in range(draw(st.integers(1, 3))):
        ways = places(answer)
        if ways:
            answer = changed(answer, draw(st.sampled_from(ways)), draw(odd))
    return kind, json.dumps(answer, default=str).encode()


def everything(cluster: NomadCluster) -> list[Callable[[], object]]:
    """Return every question and order that the bot has for Nomad."""
    running, namespaces = DeploymentId(IDS["running"]), [AI4EOSC, Namespace("imagine")]
    new = deployments()["running"]
    return [
        cluster.is_reachable,
        cluster.refresh_nodes,
        lambda: cluster.deployments_of(ADA, namespaces),
        lambda: cluster.deployments_of(ADA, namespaces[:1]),
        lambda: cluster.followed(namespaces),
        lambda: cluster.deployment(AI4EOSC, running),
        lambda: cluster.secrets(AI4EOSC, running),
        lambda: cluster.ide_password(AI4EOSC, running),
        lambda: cluster.count_gpu_holders(namespaces, model=""),
        lambda: cluster.hostname_is_used(HERE, "leaves"),
        lambda: cluster.plan(new, HERE),
        lambda: cluster.submit(new, HERE),
        lambda: cluster.store_secrets(AI4EOSC, running, {"jupyterPASSWORD": "never-shown"}),
        lambda: cluster.stop(AI4EOSC, running, purge=True),
        lambda: cluster.delete_secrets(AI4EOSC, running),
    ]


def _answer_or_error(act: Callable[[], object]) -> object:
    try:
        return act()
    except BotError as error:
        told = error
    assert told.sentence()
    assert "never-shown" not in f"{told} {told.hint} {told!r}"
    return told


def _phase(deployment: Deployment) -> Phase:
    return status_of(deployment, nodes={}, now=NOW).phase


def _is_false(role: str, phase: Phase) -> bool:
    """Tell whether a phase says that something runs, or is over, that does not and is not."""
    truth = TRUTH[role]
    return phase is not truth and (phase is Phase.RUNNING or phase in FINAL_PHASES)


def test_the_recorded_truth_is_what_the_tests_take_it_for() -> None:
    """Unspoilt, the adapter reads the four deployments as what they are."""
    cluster = spoilt("", b"")

    found = {ROLES[each.id]: _phase(each) for each in cluster.deployments_of(ADA, [AI4EOSC])}

    assert found == TRUTH
    assert not [answer for act in everything(cluster) if isinstance(answer := _answer_or_error(act), BotError)]


@fuzzed(60)
@given(mutated())
def test_a_spoilt_answer_is_a_value_or_the_proper_error(drawn: tuple[str, bytes]) -> None:
    """Missing keys, wrong types, nulls, huge and negative numbers: no question raises anything but our own errors."""
    kind, body = drawn

    for act in everything(spoilt(kind, body)):
        _answer_or_error(act)


@fuzzed(60)
@given(st.sampled_from(NAMES), rubbish, st.sampled_from([200, 200, 200, 400, 403, 404, 409, 418, 429, 500, 502, 503]))
def test_rubbish_is_a_value_or_the_proper_error(kind: str, body: bytes, status: int) -> None:
    """Bytes of any kind under any status: the same."""
    for act in everything(spoilt(kind, body, status=status)):
        _answer_or_error(act)


@fuzzed(100)
@given(mutated(READ_KINDS))
def test_a_spoilt_answer_gives_no_false_verdict(drawn: tuple[str, bytes]) -> None:
    """What is read of a deployment is true or unknown: none that waits runs, none that runs is over or gone."""
    kind, body = drawn
    cluster = spoilt(kind, body)
    readings = [
        _answer_or_error(lambda: cluster.deployments_of(ADA, [AI4EOSC])),
        _answer_or_error(lambda: cluster.followed([AI4EOSC])),
        *(_answer_or_error(lambda name=name: [cluster.deployment(AI4EOSC, DeploymentId(name))]) for name in ROLES),  # type: ignore[misc]
    ]

    read: list[Any] = [each for reading in readings if not isinstance(reading, BotError) for each in reading]  # type: ignore[attr-defined]

    assert None not in read
    told = [(ROLES[each.id], _phase(each)) for each in read if each.id in ROLES]
    assert [(role, phase) for role, phase in told if _is_false(role, phase)] == []


@fuzzed(25)
@given(rubbish)
def test_rubbish_gives_no_false_verdict(body: bytes) -> None:
    """Out of rubbish nobody reads that something is there or gone, registered or stopped, or would start."""
    running, new = DeploymentId(IDS["running"]), deployments()["running"]
    verdicts: list[tuple[str, Callable[[NomadCluster], object]]] = [
        ("job", lambda cluster: cluster.deployment(AI4EOSC, running)),
        ("variable", lambda cluster: cluster.secrets(AI4EOSC, running)),
        ("plan", lambda cluster: cluster.plan(new, HERE).outlook is Outlook.NOW),
        ("deregister", lambda cluster: cluster.stop(AI4EOSC, running, purge=False)),
        ("write variable", lambda cluster: cluster.store_secrets(AI4EOSC, running, {})),
    ]

    for kind, verdict in verdicts:
        with pytest.raises(ClusterUnavailable):
            verdict(spoilt(kind, body))


@fuzzed(20)
@given(rubbish)
def test_a_node_list_that_is_rubbish_keeps_the_nodes_known(body: bytes) -> None:
    """The copy of the nodes is replaced by what is read whole, or not at all."""
    cluster = spoilt("", b"")
    cluster.refresh_nodes()
    known = cluster.nodes()
    cluster.client.session.mount("http://", spoilt("node", body).client.session.get_adapter("http://"))

    _answer_or_error(cluster.refresh_nodes)

    assert cluster.nodes() == known
