"""What a deployment's state is called, over everything the cluster can show."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.deployment import Deployment, Evaluation, Hardware, Phase, Status
from bot.domain.status import counts_for_limits, holds_resources, status_of
from tests.unit.domain.values import NOW, allocation, blocked, deployment, event, node, task

NODES = {each.id: each for each in (node(), node("down", status="down"))}
IMAGE_MISSING = event(
    "Driver Failure",
    "Failed to pull `ai4oshub/x:nope`: manifest unknown",
    driver_error="Failed to pull `ai4oshub/x:nope`: manifest unknown",
)
RESTARTING = event("Restarting", "Task restarting in 15s", minutes_ago=0.5)
CRASHED = event("Terminated", exit_code="1")
OUT_OF_MEMORY = event("Terminated", exit_code="137", oom_killed="true")
KILLED_FROM_OUTSIDE = event("Terminated", exit_code="137")
PULLING = event("Driver", "Downloading image")


def _status(subject: Deployment) -> Status:
    return status_of(subject, nodes=NODES, now=NOW)


@pytest.mark.parametrize(
    ("subject", "phase"),
    [
        (deployment(), Phase.SCHEDULING),
        (deployment(evaluations=None), Phase.UNKNOWN),
        (deployment(evaluations=(Evaluation(id="e", status="pending", create_index=1),)), Phase.SCHEDULING),
        (
            deployment(evaluations=(Evaluation(id="e", status="pending", create_index=1, wait_until=NOW),)),
            Phase.RETRYING,
        ),
        (deployment(evaluations=(blocked(nodes_evaluated=1, nodes_exhausted=1),)), Phase.QUEUED),
        (
            deployment(
                evaluations=(blocked(nodes_evaluated=1, nodes_filtered=1, constraint_filtered={"missing devices": 1}),)
            ),
            Phase.IMPOSSIBLE,
        ),
        (deployment(allocation("pending", task("pending", PULLING))), Phase.PULLING),
        (deployment(allocation("pending", task("pending", event("Received")))), Phase.STARTING),
        (deployment(allocation("pending", task("pending", PULLING), minutes_ago=90)), Phase.STUCK_STARTING),
        (deployment(allocation("pending", task("pending", IMAGE_MISSING, RESTARTING))), Phase.RETRYING),
        (deployment(allocation("pending", task("pending", CRASHED, RESTARTING, started_at=NOW))), Phase.RESTARTING),
        (deployment(allocation("running", task("running"))), Phase.RUNNING),
        (deployment(allocation("running", task("pending"), task(name="storage_mount"))), Phase.STARTING),
        (deployment(allocation("running", task("running", restarts=4, started_at=NOW))), Phase.RESTARTING),
        (deployment(allocation("unknown", task("running"))), Phase.UNREACHABLE),
        (deployment(allocation("running", task("running"), node_id="down")), Phase.UNREACHABLE),
        (deployment(allocation("failed", task("dead", CRASHED, failed=True))), Phase.FAILED),
        (deployment(allocation("failed", followup_evaluation="e2")), Phase.RETRYING),
        (deployment(allocation("lost")), Phase.LOST),
        (deployment(allocation("complete")), Phase.FINISHED),
        (deployment(allocation("complete", desired="stop")), Phase.SCHEDULING),
        (deployment(allocation("complete", desired="stop"), evaluations=None), Phase.UNKNOWN),
        (deployment(allocation("hibernating")), Phase.UNKNOWN),
        (deployment(allocation("running", task("hibernating"))), Phase.UNKNOWN),
        (deployment(is_stopped=True), Phase.STOPPED),
        (deployment(allocation("complete"), is_stopped=True), Phase.STOPPED),
        (deployment(allocation("running", task("running")), is_stopped=True), Phase.STOPPING),
        (deployment(allocation("running", minutes_ago=20), is_stopped=True), Phase.STUCK_STOPPING),
        (deployment(allocation("unknown"), is_stopped=True), Phase.STOPPING),
    ],
)
def test_a_state_has_one_name(subject: Deployment, phase: Phase) -> None:
    """Every combination that the handbook lists is called what it lists."""
    assert _status(subject).phase is phase


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((CRASHED,), "exit code 1"),
        ((OUT_OF_MEMORY,), "out of memory"),
        ((KILLED_FROM_OUTSIDE,), "most likely because it ran out of memory"),
        ((IMAGE_MISSING,), "ai4oshub/x:nope does not exist"),
        ((event("Driver Failure", "--storage-opt is supported only for overlay over xfs"),), "cannot limit disk space"),
        ((event("Setup Failure", setup_error="failed to reserve device"),), "GPU could not be handed over"),
        ((event("Disk Resources Exceeded"),), "more disk"),
        ((event("Not Restarting", "Exceeded allowed attempts"),), "no reason"),
    ],
)
def test_a_failure_says_why_in_plain_words(events: tuple[object, ...], said: str) -> None:
    """The reason names the cause and what to do."""
    subject = deployment(allocation("failed", task("dead", *events, failed=True)))  # type: ignore[arg-type]  # parametrised

    assert said in _status(subject).reason


def test_the_newest_allocation_counts_unless_one_is_unknown() -> None:
    """A lost node's allocation is what the person has, not its finished forerunner."""
    old = allocation("complete", id="old", create_index=1)
    lost = allocation("unknown", id="lost", create_index=2)
    newer = allocation("failed", id="newer", create_index=3)

    assert _status(deployment(old, lost, newer)).phase is Phase.UNREACHABLE


def test_a_waiting_gpu_that_no_machine_has_can_never_be_placed() -> None:
    """Nomad's `exhausted` is not believed where no machine has the GPUs."""
    evaluation = blocked(nodes_evaluated=1, nodes_exhausted=1)
    subject = deployment(evaluations=(evaluation,), hardware=Hardware(gpus=2))

    assert _status(subject).phase is Phase.IMPOSSIBLE


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        (deployment(), True),
        (deployment(allocation("running")), True),
        (deployment(allocation("running"), is_stopped=True), True),
        (deployment(allocation("unknown"), is_stopped=True), True),
        (deployment(allocation("failed")), False),
        (deployment(allocation("complete"), is_stopped=True), False),
        (deployment(is_stopped=True), False),
        (deployment(allocation("failed", followup_evaluation="e2")), True),
    ],
)
def test_what_holds_or_waits_counts_for_the_limits(subject: Deployment, *, counts: bool) -> None:
    """A stopped deployment that still holds its GPU counts; a failed one that holds nothing does not."""
    assert counts_for_limits(subject) is counts


_CLIENTS = st.sampled_from(["pending", "running", "complete", "failed", "lost", "unknown", "strange"])
_TASKS = st.sampled_from(["pending", "running", "dead", "strange"])
_ALLOCATIONS = st.builds(
    lambda client, state, failed, index, place: allocation(
        client, task(state, failed=failed), create_index=index, node_id=place
    ),
    _CLIENTS,
    _TASKS,
    st.booleans(),
    st.integers(0, 9),
    st.sampled_from(["n1", "down", "nowhere"]),
)
_EVALUATIONS = st.none() | st.lists(
    st.builds(
        Evaluation,
        id=st.just("e"),
        status=st.sampled_from(["pending", "blocked", "complete", "failed", "canceled"]),
        create_index=st.integers(0, 9),
        wait_until=st.sampled_from([None, NOW]),
    ),
    max_size=3,
).map(tuple)


@given(st.lists(_ALLOCATIONS, max_size=3), _EVALUATIONS, st.booleans())
def test_every_combination_has_a_status(
    allocations: list[object],
    evaluations: tuple[Evaluation, ...] | None,
    is_stopped: bool,  # noqa: FBT001 - hypothesis passes it so
) -> None:
    """Nothing that the cluster can show breaks the list, and a running main task is never called over."""
    subject = deployment(*allocations, evaluations=evaluations, is_stopped=is_stopped)  # type: ignore[arg-type]  # hypothesis

    status = _status(subject)

    assert status.phase in Phase
    assert not (status.phase is Phase.STOPPED and holds_resources(subject))


def test_a_stopped_deployment_is_stuck_only_after_its_grace() -> None:
    """Six minutes are given to end."""
    held = allocation("running", minutes_ago=5)

    assert _status(deployment(held, is_stopped=True)).phase is Phase.STOPPING
    assert NOW - held.modified_at < timedelta(minutes=6)
