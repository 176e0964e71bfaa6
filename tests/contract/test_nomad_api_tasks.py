"""The contract of Nomad's HTTP API about allocations: what becomes of tasks, and which events tell of it."""

import pytest

from tests.contract.nomad_jobs import SECOND, Json, job, task
from tests.contract.nomad_stage import Stage, event, kinds

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")
DEMO = "ai4oshub/ai4os-demo-app"
NO_SUCH_TAG = f"Error response from daemon: manifest for {DEMO}:bad not found: manifest unknown: manifest unknown"


def test_events_of_a_good_start(nomad: Stage) -> None:
    """A task is received, its directory built, its image pulled, then it is started."""
    asked = job()
    nomad.register(asked)

    state = nomad.task_state(asked, "running")

    assert kinds(state) == ["Received", "Task Setup", "Driver", "Started"]
    assert [one["DisplayMessage"] for one in state["Events"]] == [
        "Task received by client",
        "Building Task Directory",
        "Downloading image",
        "Task started by client",
    ]
    assert event(state, "Driver")["Details"]["image"] == f"{DEMO}:cpu"
    assert (state["Failed"], state["Restarts"], state["FinishedAt"], state["LastRestart"]) == (False, 0, None, None)
    assert state["StartedAt"].endswith("Z")


def test_allocation_of_a_running_job(nomad: Stage) -> None:
    """A running allocation names its job, group, node, evaluation and what it holds."""
    asked = job()
    answer = nomad.register(asked)

    whole = nomad.allocation(asked)

    assert (whole["JobID"], whole["TaskGroup"], whole["Name"]) == (
        asked["ID"],
        "usergroup",
        f"{asked['ID']}.usergroup[0]",
    )
    assert (whole["EvalID"], whole["DesiredStatus"]) == (answer["EvalID"], "run")
    assert whole["ClientDescription"] == "Tasks are running"
    assert whole["Job"]["ID"] == asked["ID"]
    assert whole["AllocatedResources"]["Tasks"]["main"]["Cpu"] == {"CpuShares": 100, "ReservedCores": None}
    assert whole["AllocatedResources"]["Tasks"]["main"]["Memory"]["MemoryMB"] == 64
    assert whole["AllocatedResources"]["Shared"]["DiskMB"] == 300
    assert whole["Metrics"]["NodesEvaluated"] == 1
    assert {"FollowupEvalID", "NextAllocation", "PreviousAllocation", "RescheduleTracker"}.isdisjoint(whole)


def test_listed_allocation_shows_empty_fields(nomad: Stage) -> None:
    """In lists the fields are there even when they are empty, and the job is not."""
    asked = job()
    nomad.register(asked)
    nomad.allocation(asked)

    [stub] = nomad.allocations(asked)

    assert (stub["NextAllocation"], stub["FollowupEvalID"], stub["RescheduleTracker"]) == ("", "", None)
    assert (stub["JobType"], stub["JobVersion"], stub["DeploymentStatus"]) == ("service", 0, None)
    assert "Job" not in stub
    assert "AllocatedResources" not in stub


def test_order_of_tasks(nomad: Stage) -> None:
    """What runs before must end well or be up before the main task starts; the rest follows it."""
    once = f"{DEMO}:once"
    nomad.script.exits(once, 0)
    asked = job(
        task("before", image=once, hook="prestart"),
        task("beside", hook="prestart", sidecar=True),
        task("main"),
        task("after-start", hook="poststart", sidecar=True),
        task("at-the-end", image=once, hook="poststop"),
    )
    nomad.register(asked)

    nomad.task_state(asked, "running", "after-start")

    states = nomad.allocations(asked)[-1]["TaskStates"]
    assert {name: state["State"] for name, state in states.items()} == {
        "before": "dead",
        "beside": "running",
        "main": "running",
        "after-start": "running",
        "at-the-end": "pending",
    }
    assert kinds(states["before"])[-1] == "Terminated"
    assert kinds(states["at-the-end"]) == ["Received"]
    assert states["before"]["FinishedAt"] <= states["main"]["StartedAt"] <= states["after-start"]["StartedAt"]


def test_events_of_a_stop(nomad: Stage) -> None:
    """Main tasks are killed first, then their companions, then the last one runs."""
    once = f"{DEMO}:once"
    nomad.script.exits(once, 0)
    asked = job(task("beside", hook="prestart", sidecar=True), task(), task("last", image=once, hook="poststop"))
    nomad.register(asked)
    nomad.task_state(asked, "running")

    nomad.stop(asked)

    states = nomad.allocation(asked, "complete")["TaskStates"]
    assert kinds(states["main"])[4:] == ["Killing", "Terminated", "Killed"]
    assert list(dict.fromkeys(kinds(states["beside"])[4:])) == ["Main Tasks Dead", "Killing", "Terminated", "Killed"]
    assert kinds(states["last"]) == ["Received", "Task Setup", "Driver", "Started", "Terminated"]
    assert event(states["main"], "Killing")["DisplayMessage"] == "Sent interrupt. Waiting 5s before force killing"
    assert event(states["main"], "Terminated")["Details"]["exit_code"] == "143"
    assert [state["Failed"] for state in states.values()] == [False, False, False]


def test_stop_before_the_main_task_started(nomad: Stage) -> None:
    """A task that never ran is dead after the stop, without having been killed."""
    image = f"{DEMO}:lasting"
    nomad.script.lasts(image)
    asked = job(task("before", image=image, hook="prestart"), task())
    nomad.register(asked)
    nomad.task_state(asked, "running", "before")

    nomad.stop(asked)

    states = nomad.allocation(asked, "complete")["TaskStates"]
    assert kinds(states["main"]) == ["Received", "Killing"]
    assert (states["main"]["State"], states["main"]["StartedAt"]) == ("dead", None)


def test_pull_failure_that_may_pass_is_tried_again(nomad: Stage) -> None:
    """The allocation stays pending, and the events tell what the registry said and when the next try is."""
    image = f"{DEMO}:bad"
    nomad.script.pull_fails(image, NO_SUCH_TAG, for_good=False)
    patient = {"Attempts": 5, "Delay": 60 * SECOND, "Interval": 1800 * SECOND, "Mode": "fail"}
    asked = job(task(image=image), group={"RestartPolicy": patient})
    nomad.register(asked)

    def tried() -> Json | None:
        state = (nomad.allocations(asked) or [{}])[-1].get("TaskStates") or {}
        return state["main"] if state and state["main"]["Restarts"] else None

    state = nomad.until(tried, "the next try to be planned")

    assert nomad.allocations(asked)[-1]["ClientStatus"] == "pending"
    assert kinds(state) == ["Received", "Task Setup", "Driver", "Driver Failure", "Restarting"]
    assert f"Failed to pull `{image}`: {NO_SUCH_TAG}" in event(state, "Driver Failure")["DisplayMessage"]
    assert event(state, "Restarting")["Details"]["restart_reason"] == "Restart within policy"
    assert (state["Failed"], state["StartedAt"]) == (False, None)


def test_pull_failure_for_good_fails_the_job(nomad: Stage) -> None:
    """An error that will not pass ends the allocation and with it the job."""
    image = f"{DEMO}:bad"
    nomad.script.pull_fails(image, NO_SUCH_TAG, for_good=True)
    asked = job(task(image=image))
    nomad.register(asked)

    failed = nomad.allocation(asked, "failed")

    state = failed["TaskStates"]["main"]
    assert kinds(state) == ["Received", "Task Setup", "Driver", "Driver Failure", "Not Restarting"]
    assert event(state, "Not Restarting")["DisplayMessage"] == "Error was unrecoverable"
    assert event(state, "Not Restarting")["Details"]["fails_task"] == "true"
    assert (failed["ClientDescription"], failed["DesiredStatus"]) == ("Failed tasks", "run")
    nomad.has_status(asked, "dead")


def test_exit_code_and_restarts(nomad: Stage) -> None:
    """A container that ends badly is restarted as often as the policy says, then the task fails."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 3)
    asked = job(task(image=image), restarts=1)
    nomad.register(asked)

    state = nomad.allocation(asked, "failed")["TaskStates"]["main"]

    assert kinds(state)[3:] == [
        "Started",
        "Terminated",
        "Restarting",
        "Driver",
        "Started",
        "Terminated",
        "Not Restarting",
    ]
    ended = event(state, "Terminated")
    assert ended["Details"] == {
        "exit_code": "3",
        "exit_message": "Docker container exited with non-zero exit code: 3",
        "oom_killed": "false",
        "signal": "0",
    }
    assert ended["DisplayMessage"] == (
        'Exit Code: 3, Exit Message: "Docker container exited with non-zero exit code: 3"'
    )
    assert (ended["ExitCode"], state["Restarts"], state["Failed"]) == (3, 1, True)
    assert event(state, "Not Restarting")["DisplayMessage"] == (
        'Exceeded allowed attempts 1 in interval 30m0s and mode is "fail"'
    )


def test_out_of_memory(nomad: Stage) -> None:
    """A container that the kernel killed says so in its details."""
    image = f"{DEMO}:hungry"
    nomad.script.exits(image, 137, oom=True)
    asked = job(task(image=image), restarts=0)
    nomad.register(asked)

    state = nomad.allocation(asked, "failed")["TaskStates"]["main"]

    details = event(state, "Terminated")["Details"]
    assert (details["oom_killed"], details["exit_code"], details["exit_message"]) == ("true", "137", "OOM Killed")
    assert event(state, "Not Restarting")["DisplayMessage"] == "Policy allows no restarts"


def test_service_that_ends_well_is_restarted_too(nomad: Stage) -> None:
    """A service's main task is not meant to end, even with code 0."""
    image = f"{DEMO}:once"
    nomad.script.exits(image, 0)
    asked = job(task(image=image), restarts=0)
    nomad.register(asked)

    state = nomad.allocation(asked, "failed")["TaskStates"]["main"]

    assert kinds(state)[3:] == ["Started", "Terminated", "Not Restarting"]
    assert event(state, "Terminated")["DisplayMessage"] == "Exit Code: 0"


def test_batch_job_that_ends_well_is_complete(nomad: Stage) -> None:
    """A batch job's task may end; the job is dead and its allocation complete."""
    image = f"{DEMO}:once"
    nomad.script.exits(image, 0)
    asked = job(task(image=image), Type="batch")
    nomad.register(asked)

    ended = nomad.allocation(asked, "complete")

    assert kinds(ended["TaskStates"]["main"])[-1] == "Terminated"
    assert nomad.has_status(asked, "dead")["Stop"] is False
    assert nomad.get(f"job/{asked['ID']}/deployment") is None


def test_failed_task_takes_its_siblings_along(nomad: Stage) -> None:
    """One failed task fails the allocation, and the others are killed because of it."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    asked = job(task(image=image), task("other"), restarts=0)
    nomad.register(asked)
    nomad.allocation(asked, "failed")

    sibling = nomad.task_state(asked, "dead", "other")

    assert kinds(sibling)[-4:] == ["Sibling Task Failed", "Killing", "Terminated", "Killed"]
    assert event(sibling, "Sibling Task Failed")["DisplayMessage"] == 'Task\'s sibling "main" failed'
    assert sibling["Failed"] is False


def test_failed_preparation_keeps_the_main_task_from_starting(nomad: Stage) -> None:
    """When what runs before fails, the main task never starts."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    quick = {"Attempts": 0, "Mode": "fail"}
    asked = job(task("before", image=image, hook="prestart", RestartPolicy=quick), task())
    nomad.register(asked)
    nomad.allocation(asked, "failed")

    main = nomad.task_state(asked, "dead")

    assert (main["StartedAt"], main["Failed"]) == (None, False)
    assert kinds(main) == ["Received", "Sibling Task Failed", "Killing"]


def test_failed_allocation_is_not_replaced_without_a_policy(nomad: Stage) -> None:
    """Without rescheduling the failed allocation stays the only one, also after another evaluation."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    asked = job(task(image=image), restarts=0)
    nomad.register(asked)
    failed = nomad.allocation(asked, "failed")

    answer = nomad.register(asked)

    nomad.until(lambda: nomad.get(f"evaluation/{answer['EvalID']}")["Status"] == "complete", "the evaluation")
    assert [one["ID"] for one in nomad.allocations(asked)] == [failed["ID"]]


def test_changed_job_replaces_its_failed_allocation(nomad: Stage) -> None:
    """A job that failed runs again once it is registered with another image."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    asked = job(task(image=image), restarts=0)
    nomad.register(asked)
    failed = nomad.allocation(asked, "failed")

    nomad.register(job(task(), id_=asked["ID"], restarts=0))

    assert nomad.allocation(asked)["PreviousAllocation"] == failed["ID"]


def test_failed_allocation_is_rescheduled_after_a_delay(nomad: Stage) -> None:
    """With a policy, an evaluation waits until the time has come, then a new allocation follows the old one."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    policy = {"Attempts": 1, "Interval": 3600 * SECOND, "Delay": 5 * SECOND, "DelayFunction": "constant"}
    group = {"ReschedulePolicy": {**policy, "Unlimited": False, "MaxDelay": 0}}
    asked = job(task(image=image), restarts=0, group=group)
    nomad.register(asked)

    def delayed() -> Json | None:
        return next((one for one in nomad.evaluations(asked) if one.get("WaitUntil")), None)

    waiting = nomad.until(delayed, "a delayed evaluation")
    [first] = nomad.allocations(asked)
    assert (waiting["TriggeredBy"], waiting["StatusDescription"]) == (
        "alloc-reschedule",
        "created for delayed rescheduling",
    )
    assert (waiting["Status"], nomad.job(asked)["Status"]) == ("pending", "pending")
    assert first["FollowupEvalID"] == waiting["ID"]

    nomad.until(lambda: len(nomad.allocations(asked)) > 1, "a replacement")
    old, new = nomad.allocations(asked)
    assert (old["ID"], old["NextAllocation"], old["DesiredStatus"]) == (first["ID"], new["ID"], "stop")
    assert new["RescheduleTracker"]["Events"][0]["PrevAllocID"] == first["ID"]
    nomad.allocation(asked, "failed")
    nomad.has_status(asked, "dead")


@pytest.mark.parametrize(
    ("body", "reason", "restarted"),
    [
        ({"TaskName": "main"}, "User requested task to restart", {"main": 1, "other": 0}),
        ({}, "User requested running tasks to restart", {"main": 1, "other": 1}),
        ({"AllTasks": True}, "User requested all tasks to restart", {"main": 1, "other": 1}),
    ],
)
def test_restart_in_place(nomad: Stage, body: Json, reason: str, restarted: dict[str, int]) -> None:
    """A restart keeps the allocation and its node; only the asked tasks start again."""
    asked = job(task(), task("other"))
    nomad.register(asked)
    nomad.task_state(asked, "running")
    nomad.task_state(asked, "running", "other")
    before = nomad.allocation(asked)

    nomad.put(f"client/allocation/{before['ID']}/restart", body)

    def again() -> Json | None:
        states: Json = nomad.allocations(asked)[-1]["TaskStates"]
        up = all(state["State"] == "running" for state in states.values())
        return states if up and {name: state["Restarts"] for name, state in states.items()} == restarted else None

    states = nomad.until(again, "the restart")
    assert nomad.allocation(asked)["ID"] == before["ID"]
    assert kinds(states["main"])[3:] == ["Started", "Restart Signaled", "Terminated", "Restarting", "Driver", "Started"]
    assert event(states["main"], "Restart Signaled")["DisplayMessage"] == reason
    assert event(states["main"], "Restarting")["DisplayMessage"] == "Task restarting in 0s"
    assert states["main"]["LastRestart"] is not None


def test_restart_of_an_unknown_task(nomad: Stage) -> None:
    """A task that the allocation does not have cannot be restarted."""
    asked = job()
    nomad.register(asked)
    running = nomad.allocation(asked)

    answer = nomad.ask("POST", f"client/allocation/{running['ID']}/restart", {"TaskName": "nope"})

    assert (answer.status_code, answer.text) == (500, "Could not find task runner for task: nope")


def test_events_are_ten_at_most(nomad: Stage) -> None:
    """The oldest events of a task go when there are more than ten."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    asked = job(task(image=image), restarts=4)
    nomad.register(asked)

    state = nomad.allocation(asked, "failed")["TaskStates"]["main"]

    assert len(state["Events"]) == 10
    assert kinds(state)[-1] == "Not Restarting"
    assert "Received" not in kinds(state)


def test_stopped_allocation_is_replaced(nomad: Stage) -> None:
    """Stopping an allocation is not stopping the job: a new one takes its place."""
    asked = job()
    nomad.register(asked)
    first = nomad.allocation(asked)

    answer = nomad.put(f"allocation/{first['ID']}/stop")

    def replaced() -> Json | None:
        newest = nomad.allocations(asked)[-1]
        return newest if newest["ID"] != first["ID"] and newest["ClientStatus"] == "running" else None

    second = nomad.until(replaced, "a replacement")
    assert nomad.get(f"evaluation/{answer['EvalID']}")["TriggeredBy"] == "alloc-stop"
    old = nomad.get(f"allocation/{first['ID']}")
    assert (old["NextAllocation"], old["DesiredStatus"]) == (second["ID"], "stop")
    assert (old["DesiredDescription"], old["DesiredTransition"]["Migrate"]) == ("alloc is being migrated", True)


def test_rollout_of_a_healthy_job(nomad: Stage) -> None:
    """What Nomad calls a deployment is successful once the allocation has been up for long enough."""
    asked = job(Update={"MinHealthyTime": SECOND // 2, "MaxParallel": 1, "HealthCheck": "task_states"})
    nomad.register(asked)

    def successful() -> Json | None:
        found: Json | None = nomad.get(f"job/{asked['ID']}/deployment")
        return found if found and found["Status"] == "successful" else None

    rollout = nomad.until(successful, "a successful rollout")
    counts = rollout["TaskGroups"]["usergroup"]
    assert rollout["StatusDescription"] == "Deployment completed successfully"
    assert (counts["DesiredTotal"], counts["PlacedAllocs"], counts["HealthyAllocs"]) == (1, 1, 1)
    assert nomad.allocation(asked)["DeploymentStatus"]["Healthy"] is True
    assert nomad.job(asked)["Stable"] is True


def test_rollout_of_a_job_that_waits(nomad: Stage) -> None:
    """A service that is not placed yet has a rollout that says it is running."""
    asked = job(task(Driver="podman", Config={}))
    nomad.register(asked)
    nomad.evaluated(asked, "blocked")

    rollout = nomad.get(f"job/{asked['ID']}/deployment")

    assert (rollout["Status"], rollout["StatusDescription"]) == ("running", "Deployment is running")
    assert rollout["TaskGroups"]["usergroup"]["PlacedAllocs"] == 0
    assert rollout["TaskGroups"]["usergroup"]["RequireProgressBy"] is None


def test_rollout_of_a_failed_job(nomad: Stage) -> None:
    """A failed allocation ends its rollout."""
    image = f"{DEMO}:crash"
    nomad.script.exits(image, 1)
    asked = job(task(image=image), restarts=0)
    nomad.register(asked)
    nomad.allocation(asked, "failed")

    def failed() -> Json | None:
        found: Json | None = nomad.get(f"job/{asked['ID']}/deployment")
        return found if found and found["Status"] == "failed" else None

    assert nomad.until(failed, "a failed rollout")["StatusDescription"] == "Failed due to unhealthy allocations"


def test_logs_of_a_task(nomad: Stage) -> None:
    """Logs are there for a task that ran; a wrong name or kind is told."""
    once = f"{DEMO}:once"
    nomad.script.exits(once, 0)
    asked = job(task(LogConfig={"Disabled": False}), task("last", image=once, hook="poststop"))
    nomad.register(asked)
    path = f"client/fs/logs/{nomad.allocation(asked)['ID']}"
    nomad.task_state(asked, "running")

    answers = [
        nomad.ask("GET", path, task="main", type="stdout", plain="true"),
        nomad.ask("GET", path, type="stdout"),
        nomad.ask("GET", path, task="main", type="other"),
        nomad.ask("GET", path, task="nope", type="stdout"),
        nomad.ask("GET", path, task="last", type="stdout"),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 400, 400, 404]
    assert [answer.text for answer in answers[1:]] == [
        "must provide task name",
        "must provide log type (stdout/stderr)",
        'unknown task name "nope"',
        'task "last" not started yet. No logs available',
    ]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("allocation/5f42166f-d853-26f6-7403-ce3428027b5e", 404, "alloc not found"),
        ("allocation/short", 500, "alloc lookup failed: index error: UUID must be 36 characters"),
        ("evaluation/5f42166f-d853-26f6-7403-ce3428027b5e", 404, "eval not found"),
        ("evaluation/5f4", 500, "failed to lookup eval: eval lookup failed: index error: UUID must be 36 characters"),
        (
            "client/allocation/5f42166f-d853-26f6-7403-ce3428027b5e/stats",
            404,
            'Unknown allocation "5f42166f-d853-26f6-7403-ce3428027b5e"',
        ),
    ],
)
def test_unknown_records_are_not_found(nomad: Stage, path: str, status: int, text: str) -> None:
    """A full id that is not there is missing; half an id is an error."""
    answer = nomad.ask("GET", path)

    assert (answer.status_code, answer.text) == (status, text)
