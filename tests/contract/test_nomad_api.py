"""The contract of Nomad's HTTP API about jobs: registering, planning, queueing, stopping."""

from datetime import timedelta

import pytest

from tests.contract.nomad_jobs import (
    A100,
    SECOND,
    T4,
    constraint,
    dynamic_ports,
    fresh_id,
    gpu_task,
    job,
    platform_job,
    service,
    task,
)
from tests.contract.nomad_stage import Stage

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")
SLOW = timedelta(seconds=3)


def test_register_answers_with_the_evaluation(nomad: Stage) -> None:
    """A new job is accepted with the id of the evaluation that will place it."""
    asked = job()

    answer = nomad.register(asked, EnforceIndex=True, JobModifyIndex=0)

    assert nomad.get(f"evaluation/{answer['EvalID']}")["JobID"] == asked["ID"]
    assert answer["JobModifyIndex"] == answer["EvalCreateIndex"] == nomad.job(asked)["JobModifyIndex"]


def test_second_register_of_a_new_job_is_refused(nomad: Stage) -> None:
    """With index 0 enforced, the same id cannot be registered twice."""
    asked = job()
    nomad.register(asked, EnforceIndex=True, JobModifyIndex=0)

    answer = nomad.ask("POST", "jobs", {"Job": asked, "EnforceIndex": True, "JobModifyIndex": 0})

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == "Enforcing job modify index 0: job already exists"


def test_register_with_an_outdated_index_is_refused(nomad: Stage) -> None:
    """An index that is not the job's is refused, and the answer names both."""
    asked = job()
    current = nomad.register(asked)["JobModifyIndex"]

    answer = nomad.ask("POST", "jobs", {"Job": asked, "EnforceIndex": True, "JobModifyIndex": current + 1000})

    assert answer.status_code == 500
    assert answer.text == (
        f"Enforcing job modify index {current + 1000}: job exists with conflicting job modify index: {current}"
    )


def test_register_of_an_absent_job_with_an_index_is_refused(nomad: Stage) -> None:
    """An index of a job that is not there is refused."""
    answer = nomad.ask("POST", "jobs", {"Job": job(), "EnforceIndex": True, "JobModifyIndex": 7})

    assert (answer.status_code, answer.text) == (500, "Enforcing job modify index 7: job does not exist")


def test_register_without_a_change_evaluates_again(nomad: Stage) -> None:
    """An unchanged job keeps its version and gets a new evaluation; the answer has the job's modify index."""
    asked = job()
    nomad.register(asked)
    nomad.allocation(asked)

    answer = nomad.register(asked)

    stored = nomad.job(asked)
    assert (stored["Version"], answer["JobModifyIndex"]) == (0, stored["ModifyIndex"])
    assert answer["EvalCreateIndex"] > stored["JobModifyIndex"]


def test_changed_job_is_a_new_version(nomad: Stage) -> None:
    """A change gives a new version and a new job modify index; older versions stay readable."""
    asked = job()
    first = nomad.register(asked)["JobModifyIndex"]

    second = nomad.register({**asked, "Priority": 60}, EnforceIndex=True, JobModifyIndex=first)["JobModifyIndex"]

    versions = nomad.get(f"job/{asked['ID']}/versions")["Versions"]
    assert second > first
    assert [(one["Version"], one["Priority"]) for one in versions] == [(1, 60), (0, 50)]


def test_type_of_a_job_cannot_change(nomad: Stage) -> None:
    """A service job cannot become a batch job."""
    asked = job()
    nomad.register(asked)

    answer = nomad.ask("POST", "jobs", {"Job": {**asked, "Type": "batch"}})

    assert (answer.status_code, answer.text) == (500, 'cannot update job from type "service" to "batch"')


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Job must be specified"),
        ({"Job": {"Name": "x"}}, "Job ID hasn't been provided"),
        (None, "Request body is empty"),
        (
            {"Job": {"ID": "x", "TaskGroups": [{"Name": "g", "Count": "3"}]}},
            "json: cannot unmarshal string into Go struct field TaskGroup.Job.TaskGroups.Count of type int",
        ),
    ],
)
def test_incomplete_register_is_a_bad_request(nomad: Stage, body: object, text: str) -> None:
    """What is no job at all is refused before any validation."""
    answer = nomad.ask("POST", "jobs", body)

    assert (answer.status_code, answer.text) == (400, text)


def test_path_and_body_must_name_the_same_job(nomad: Stage) -> None:
    """The id in the path must be the one in the body."""
    answer = nomad.ask("POST", f"job/{fresh_id()}", {"Job": job()})

    assert (answer.status_code, answer.text) == (400, "Job ID does not match name")


def test_every_mistake_is_told_at_once(nomad: Stage) -> None:
    """Validation lists all errors, those of tasks inside those of their groups."""
    wrong = job(
        task(Driver="", Resources={"CPU": 0, "MemoryMB": 1}),
        task(),
        Priority=500,
        Constraints=[constraint("${meta.x}", "fits", "y"), constraint("${meta.x}", "=", "")],
    )

    answer = nomad.ask("POST", "jobs", {"Job": {**wrong, "ID": "with space"}})

    assert answer.status_code == 500
    assert answer.text.startswith("5 errors occurred:\n\t* Job ID contains a space\n")
    for text in (
        '* Constraint 1 validation failed: 1 error occurred:\n\t* Unknown constraint type "fits"\n\n',
        '* Constraint 2 validation failed: 1 error occurred:\n\t* Operator "=" requires an RTarget\n\n',
        "* Task group usergroup validation failed: 2 errors occurred:\n\t* Task 2 redefines 'main' from task 1\n",
        "* Task main validation failed: 2 errors occurred:\n\t* Missing task driver\n",
        "\t* minimum CPU value is 1; got 0\n\t* minimum MemoryMB value is 10; got 1\n",
        "* job priority must be between [1, 100]\n\n",
    ):
        assert text in answer.text


def test_job_without_groups_is_refused(nomad: Stage) -> None:
    """A job must have something to run."""
    answer = nomad.ask("POST", "jobs", {"Job": job(TaskGroups=[])})

    assert (answer.status_code, answer.text) == (500, "1 error occurred:\n\t* Missing job task groups\n\n")


def test_logs_must_fit_on_the_disk(nomad: Stage) -> None:
    """The files of a task's log must fit into the group's disk."""
    answer = nomad.ask("POST", "jobs", {"Job": job(group={"EphemeralDisk": {"SizeMB": 50}})})

    assert answer.status_code == 500
    assert "\t* log storage (100 MB) must be less than requested disk capacity (50 MB)\n\n" in answer.text


def test_plan_refuses_what_register_refuses(nomad: Stage) -> None:
    """A plan of an invalid job ends in the same text."""
    wrong = job(TaskGroups=[])

    answer = nomad.ask("POST", f"job/{wrong['ID']}/plan", {"Job": wrong})

    assert (answer.status_code, answer.text) == (500, "1 error occurred:\n\t* Missing job task groups\n\n")


def test_validate_reports_errors_without_failing(nomad: Stage) -> None:
    """The validation endpoint answers 200 with the errors in it."""
    answer = nomad.put("validate/job", {"Job": job(task(Driver=""))})

    assert answer["DriverConfigValidated"] is True
    assert "Missing task driver" in answer["Error"]
    assert len(answer["ValidationErrors"]) == 1


def test_validate_of_a_good_job_is_empty(nomad: Stage) -> None:
    """A valid job has neither errors nor warnings."""
    answer = nomad.put("validate/job", {"Job": job()})

    assert answer == {"DriverConfigValidated": True, "Error": "", "ValidationErrors": None, "Warnings": ""}


def test_memory_above_the_limit_is_only_warned_about(nomad: Stage) -> None:
    """Oversubscription is off, so that a higher maximum is accepted and ignored."""
    asked = job(task(Resources={"CPU": 100, "MemoryMB": 64, "MemoryMaxMB": 128}))

    answer = nomad.register(asked)

    assert answer["Warnings"].startswith("1 warning:\n\n* Memory oversubscription is not enabled; Task ")
    assert nomad.job(asked)["TaskGroups"][0]["Tasks"][0]["Resources"]["MemoryMaxMB"] == 128


def test_defaults_are_filled_in(nomad: Stage) -> None:
    """What was left out comes back with Nomad's defaults."""
    made = fresh_id()

    nomad.register({"ID": made, "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "raw_exec"}]}]})

    stored = nomad.get(f"job/{made}")
    [group] = stored["TaskGroups"]
    [only] = group["Tasks"]
    assert (stored["Name"], stored["Type"], stored["Priority"], stored["Region"]) == (made, "service", 50, "global")
    assert (stored["Datacenters"], stored["NodePool"], stored["Namespace"]) == (["*"], "default", "default")
    assert (stored["Meta"], stored["Constraints"], stored["Stop"]) == (None, None, False)
    assert (group["Count"], group["EphemeralDisk"]["SizeMB"], group["Constraints"]) == (1, 300, None)
    assert group["RestartPolicy"]["Interval"] == 1800 * SECOND
    assert only["Resources"]["CPU"] == 100
    assert only["Resources"]["MemoryMB"] == 300
    assert (only["KillTimeout"], only["Env"], only["Lifecycle"]) == (5 * SECOND, None, None)


def test_platform_job_comes_back_as_it_was_sent(nomad: Stage) -> None:
    """Metadata, constraints, affinities, ports, services and the rules for lost nodes survive."""
    asked = platform_job()

    nomad.register(asked)

    stored = nomad.job(asked)
    [sent], [group] = asked["TaskGroups"], stored["TaskGroups"]
    assert stored["Meta"] == asked["Meta"]
    assert stored["Constraints"] == asked["Constraints"]
    assert stored["Affinities"] == asked["Affinities"]
    assert group["Disconnect"] == {**sent["Disconnect"], "StopOnClientAfter": None}
    assert group["ReschedulePolicy"]["Attempts"] == 0
    assert group["Networks"][0]["DynamicPorts"][0] == {"HostNetwork": "default", "Label": "api", "To": 5000}
    assert group["Services"][0]["Tags"] == sent["Services"][0]["Tags"]
    assert group["Tasks"][0]["Config"] == sent["Tasks"][0]["Config"]


@pytest.mark.parametrize(
    ("provider", "implied"),
    [
        ("nomad", constraint("${attr.nomad.service_discovery}", "=", "true")),
        ("consul", constraint("${attr.consul.version}", "semver", ">= 1.8.0")),
    ],
)
def test_services_imply_a_constraint(nomad: Stage, provider: str, implied: dict[str, str]) -> None:
    """A group with services only fits nodes that can register them."""
    one = service("web", "http", provider=provider)
    asked = job(group={"Networks": dynamic_ports(http=80), "Services": [one]})

    nomad.register(asked)

    assert nomad.job(asked)["TaskGroups"][0]["Constraints"] == [implied]


def test_consul_services_cannot_run_without_consul(nomad: Stage) -> None:
    """Where no node has Consul, a job with Consul services waits, and the reason says so."""
    one = service("web", "http", provider="consul")
    asked = job(group={"Networks": dynamic_ports(http=80), "Services": [one]})

    metric = nomad.plan(asked)["FailedTGAllocs"]["usergroup"]

    assert metric["ConstraintFiltered"] == {"${attr.consul.version} semver >= 1.8.0": 1}


def test_namespace_of_the_body_counts(nomad: Stage) -> None:
    """Without one in the query the job goes where it says."""
    asked = job(Namespace="ai4eosc")

    nomad.put("jobs", {"Job": asked})

    assert nomad.get(f"job/{asked['ID']}", namespace="ai4eosc")["Namespace"] == "ai4eosc"
    assert nomad.ask("GET", f"job/{asked['ID']}").status_code == 404


def test_namespace_of_the_query_beats_that_of_the_body(nomad: Stage) -> None:
    """A namespace in the query re-homes the job without a word."""
    asked = job(Namespace="ai4eosc")

    nomad.put("jobs", {"Job": asked}, namespace="imagine")

    assert nomad.get(f"job/{asked['ID']}", namespace="imagine")["Namespace"] == "imagine"


def test_unknown_namespace_is_refused(nomad: Stage) -> None:
    """A job cannot be put into a namespace that does not exist."""
    asked = job(Namespace="nowhere")

    answer = nomad.ask("POST", "jobs", {"Job": asked})

    assert answer.status_code == 500
    assert answer.text == f'1 error occurred:\n\t* job "{asked["ID"]}" is in nonexistent namespace "nowhere"\n\n'


def test_plan_of_a_job_that_fits_now(nomad: Stage) -> None:
    """A plan says what would be placed, reserves nothing and registers nothing."""
    asked = job(gpu_task(model=T4))

    seen = nomad.plan(asked)

    assert (seen["FailedTGAllocs"], seen["CreatedEvals"], seen["JobModifyIndex"]) == (None, None, 0)
    assert seen["Annotations"]["DesiredTGUpdates"]["usergroup"]["Place"] == 1
    assert nomad.ask("GET", f"job/{asked['ID']}").status_code == 404


def test_plan_of_a_running_job_changes_nothing(nomad: Stage) -> None:
    """The plan of an unchanged job ignores its allocation and names the job's index."""
    asked = job()
    index = nomad.register(asked)["JobModifyIndex"]
    nomad.allocation(asked)

    seen = nomad.plan(asked)

    updates = seen["Annotations"]["DesiredTGUpdates"]["usergroup"]
    assert (updates["Ignore"], updates["Place"], seen["JobModifyIndex"]) == (1, 0, index)


def test_plan_tells_a_replacement_from_an_update_in_place(nomad: Stage) -> None:
    """A new image means a new allocation, a new priority does not."""
    asked = job(id_=fresh_id())
    nomad.register(asked)
    nomad.allocation(asked)
    other = job(task(image="ai4oshub/ai4os-demo-app:other"), id_=asked["ID"])

    replaced = nomad.plan(other)["Annotations"]["DesiredTGUpdates"]["usergroup"]
    changed = nomad.plan({**asked, "Priority": 60})["Annotations"]["DesiredTGUpdates"]["usergroup"]

    assert (replaced["DestructiveUpdate"], replaced["InPlaceUpdate"], replaced["Place"]) == (1, 0, 0)
    assert (changed["DestructiveUpdate"], changed["InPlaceUpdate"], changed["Place"]) == (0, 1, 0)


def test_plan_of_a_job_that_must_wait(nomad: Stage) -> None:
    """GPUs that others hold exhaust the node: not now, but later."""
    holder = job(gpu_task(model=A100))
    nomad.register(holder)
    nomad.allocation(holder)

    metric = nomad.plan(job(gpu_task(model=A100)))["FailedTGAllocs"]["usergroup"]

    assert metric["DimensionExhausted"] == {"devices: no devices match request": 1}
    assert (metric["NodesEvaluated"], metric["NodesExhausted"], metric["NodesFiltered"]) == (1, 1, 0)
    assert metric["ConstraintFiltered"] is None
    assert metric["NodesAvailable"] == {"ifca-ai4eosc": 1}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (job(Constraints=[constraint("${meta.status}", "regexp", "broken")]), "${meta.status} regexp broken"),
        (job(Constraints=[constraint("${meta.type}", "!=", "compute")]), "${meta.type} != compute"),
        (job(Constraints=[constraint("${meta.nothing}", "=", "x")]), "${meta.nothing} = x"),
        (
            job(Constraints=[constraint("${meta.namespace}", "set_contains", "ai4eosc,nobody")]),
            "${meta.namespace} set_contains ai4eosc,nobody",
        ),
        (
            job(Constraints=[constraint("${attr.nomad.version}", "semver", ">= 99.0.0")]),
            "${attr.nomad.version} semver >= 99.0.0",
        ),
        (job(task(Driver="podman", Config={})), "missing drivers"),
        (job(gpu_task(model="Tesla K80")), "missing devices"),
        (job(gpu_task(3, model=T4)), "missing devices"),
        (job(gpu_task(4)), "missing devices"),
    ],
)
def test_plan_of_a_job_that_never_fits(nomad: Stage, asked: dict[str, object], reason: str) -> None:
    """What no node can offer filters every node, and the reason names the rule."""
    metric = nomad.plan(asked)["FailedTGAllocs"]["usergroup"]

    assert metric["ConstraintFiltered"] == {reason: 1}
    assert (metric["NodesEvaluated"], metric["NodesFiltered"], metric["NodesExhausted"]) == (1, 1, 0)
    assert metric["DimensionExhausted"] is None


@pytest.mark.parametrize(
    "met",
    [
        constraint("${meta.namespace}", "set_contains", "imagine,ai4eosc"),
        constraint("${meta.namespace}", "set_contains_any", "nobody,ai4eosc"),
        constraint("${meta.namespace}", "regexp", "^ai4.*ials$"),
        constraint("${node.datacenter}", "=", "ifca-ai4eosc"),
        constraint("${attr.nomad.version}", "version", ">= 1.8, < 99"),
        constraint("${attr.kernel.name}", "is_set", ""),
        constraint("${meta.nothing}", "is_not_set", ""),
        constraint("${meta.nothing}", "!=", "x"),
        constraint("${attr.memory.totalbytes}", ">", "1000"),
    ],
)
def test_operators_of_constraints_that_hold(nomad: Stage, met: dict[str, str]) -> None:
    """Each kind of constraint lets a node pass that meets it."""
    seen = nomad.plan(job(Constraints=[met]))

    assert seen["FailedTGAllocs"] is None


def test_gpus_of_two_models_are_never_mixed(nomad: Stage) -> None:
    """Three GPUs where there are two of one model and one of another read as exhausted, though they never will be."""
    metric = nomad.plan(job(gpu_task(3)))["FailedTGAllocs"]["usergroup"]

    assert metric["DimensionExhausted"] == {"devices: no devices match request": 1}
    assert metric["ConstraintFiltered"] is None


def test_asking_for_no_device_never_fits(nomad: Stage) -> None:
    """A device block with count 0 is accepted and can never be placed."""
    asked = job(gpu_task(0))

    metric = nomad.plan(asked)["FailedTGAllocs"]["usergroup"]

    assert metric["DimensionExhausted"] == {"devices: invalid request of zero devices": 1}


def test_cores_and_cpu_exclude_each_other(nomad: Stage) -> None:
    """A task asks for whole cores or for a share, not for both."""
    answer = nomad.ask("POST", "jobs", {"Job": job(task(Resources={"Cores": 1, "CPU": 100, "MemoryMB": 64}))})

    assert answer.status_code == 500
    assert "* Task can only ask for 'cpu' or 'cores' resource, not both.\n" in answer.text


def test_more_cores_than_there_are_exhaust_the_node(nomad: Stage) -> None:
    """Too many cores read as exhausted."""
    metric = nomad.plan(job(task(Resources={"Cores": 999, "MemoryMB": 64})))["FailedTGAllocs"]["usergroup"]

    assert metric["DimensionExhausted"] == {"cores": 1}


def test_device_constraints_compare_with_units(nomad: Stage) -> None:
    """A device can be asked for by its memory."""
    large = {"Name": "nvidia/gpu", "Count": 1, "Constraints": [constraint("${device.attr.memory}", ">=", "30 GiB")]}
    asked = job(task(Resources={"CPU": 100, "MemoryMB": 64, "Devices": [large]}))
    nomad.register(asked)

    [device] = nomad.allocation(asked)["AllocatedResources"]["Tasks"]["main"]["Devices"]

    assert device["Name"] == A100


def test_plan_where_no_site_matches(nomad: Stage) -> None:
    """In a site without nodes nothing is even looked at."""
    metric = nomad.plan(job(Datacenters=["nowhere"]))["FailedTGAllocs"]["usergroup"]

    assert (metric["NodesEvaluated"], metric["NodesAvailable"]) == (0, {})
    assert (metric["ConstraintFiltered"], metric["DimensionExhausted"]) == (None, None)


@pytest.mark.parametrize(
    ("resources", "dimension"),
    [({"CPU": 10**8, "MemoryMB": 64}, "cpu"), ({"CPU": 100, "MemoryMB": 10**8}, "memory")],
)
def test_more_than_a_node_has_exhausts_it(nomad: Stage, resources: dict[str, int], dimension: str) -> None:
    """Too much CPU or memory reads as exhausted, and the ask is repeated."""
    metric = nomad.plan(job(task(Resources=resources)))["FailedTGAllocs"]["usergroup"]

    assert metric["DimensionExhausted"] == {dimension: 1}
    assert set(metric["ResourcesExhausted"]) == {"main"}


def test_more_disk_than_a_node_has_exhausts_it(nomad: Stage) -> None:
    """The disk of the group counts too."""
    metric = nomad.plan(job(group={"EphemeralDisk": {"SizeMB": 10**8}}))["FailedTGAllocs"]["usergroup"]

    assert metric["DimensionExhausted"] == {"disk": 1}


def test_job_without_room_waits_as_a_blocked_evaluation(nomad: Stage) -> None:
    """The evaluation is complete with its failures, a blocked one waits, and the job is pending."""
    asked = job(gpu_task(model="Tesla K80"))

    answer = nomad.register(asked)

    blocked = nomad.evaluated(asked, "blocked")
    done = nomad.get(f"evaluation/{answer['EvalID']}")
    assert (done["Status"], done["BlockedEval"]) == ("complete", blocked["ID"])
    assert done["FailedTGAllocs"]["usergroup"]["ConstraintFiltered"] == {"missing devices": 1}
    assert done["QueuedAllocations"] == {"usergroup": 1}
    assert (blocked["TriggeredBy"], blocked["PreviousEval"]) == ("queued-allocs", answer["EvalID"])
    assert blocked["StatusDescription"] == "created to place remaining allocations"
    assert blocked["FailedTGAllocs"] == done["FailedTGAllocs"]
    assert (nomad.job(asked)["Status"], nomad.allocations(asked)) == ("pending", [])


def test_empty_fields_of_an_evaluation_are_left_out(nomad: Stage) -> None:
    """An evaluation shows neither empty texts nor empty maps."""
    asked = job()
    nomad.register(asked)
    nomad.allocation(asked)

    done = nomad.evaluated(asked, "complete")

    assert {"BlockedEval", "FailedTGAllocs", "StatusDescription", "WaitUntil"}.isdisjoint(done)


def test_waiting_job_is_placed_when_a_gpu_is_released(nomad: Stage) -> None:
    """The one that waits starts as soon as the one that holds has really ended."""
    holder, waiting = job(gpu_task(model=A100)), job(gpu_task(model=A100))
    nomad.register(holder)
    held = nomad.allocation(holder)["AllocatedResources"]["Tasks"]["main"]["Devices"]
    nomad.register(waiting)
    blocked = nomad.evaluated(waiting, "blocked")

    nomad.stop(holder)

    placed = nomad.allocation(waiting)
    assert placed["AllocatedResources"]["Tasks"]["main"]["Devices"] == held
    assert nomad.get(f"evaluation/{blocked['ID']}")["Status"] == "complete"
    assert nomad.job(waiting)["Status"] == "running"


def test_stopping_a_waiting_job_ends_its_wait(nomad: Stage) -> None:
    """A job that is stopped before it was placed is dead and no evaluation waits."""
    asked = job(gpu_task(model="Tesla K80"))
    nomad.register(asked)
    blocked = nomad.evaluated(asked, "blocked")

    nomad.stop(asked)

    nomad.has_status(asked, "dead")
    assert nomad.get(f"evaluation/{blocked['ID']}")["Status"] == "canceled"


def test_registering_a_waiting_job_again_leaves_one_blocked_evaluation(nomad: Stage) -> None:
    """A second try makes a new blocked evaluation and cancels the older one."""
    asked = job(gpu_task(model="Tesla K80"))
    nomad.register(asked)
    first = nomad.evaluated(asked, "blocked")

    nomad.register(asked)

    def settled() -> list[str] | None:
        found = [one["Status"] for one in nomad.evaluations(asked)]
        return found if sorted(found) == ["blocked", "canceled", "complete", "complete"] else None

    nomad.until(settled, "one blocked evaluation")
    assert nomad.get(f"evaluation/{first['ID']}")["Status"] in {"blocked", "canceled"}


def test_stop_ends_the_tasks_and_keeps_the_job(nomad: Stage) -> None:
    """A stopped job is dead, its allocation complete, and both stay readable."""
    asked = job()
    nomad.register(asked)
    nomad.allocation(asked)

    answer = nomad.stop(asked)

    ended = nomad.allocation(asked, "complete")
    stored = nomad.has_status(asked, "dead")
    assert nomad.get(f"evaluation/{answer['EvalID']}")["TriggeredBy"] == "job-deregister"
    assert (ended["DesiredStatus"], ended["DesiredDescription"]) == ("stop", "alloc not needed due to job update")
    assert ended["ClientDescription"] == "All tasks have completed"
    assert (stored["Stop"], stored["Version"]) == (True, 1)


def test_stop_of_an_unknown_job_succeeds_without_an_evaluation(nomad: Stage) -> None:
    """Nothing to stop is no error."""
    answer = nomad.stop(job())

    assert (answer["EvalID"], answer["EvalCreateIndex"], answer["JobModifyIndex"]) == ("", 0, 0)


def test_purge_forgets_the_job_and_its_allocations_at_once(nomad: Stage) -> None:
    """A purged job is gone, and its allocations with it, even while a container takes its time to end."""
    image = "ai4oshub/ai4os-demo-app:stubborn"
    nomad.script.ends_slowly(image, SLOW)
    asked = job(task(image=image))
    nomad.register(asked)
    running = nomad.allocation(asked)

    nomad.stop(asked, purge="true")

    missing = nomad.ask("GET", f"job/{asked['ID']}")
    assert (missing.status_code, missing.text) == (404, "job not found")
    assert nomad.ask("GET", f"allocation/{running['ID']}").status_code == 404
    assert nomad.get(f"job/{asked['ID']}/allocations", all="true") == []


def test_dead_job_can_still_hold_its_gpu(nomad: Stage) -> None:
    """While a container ignores its stop, the job is dead, the allocation runs and the next one waits."""
    image = "ai4oshub/ai4os-demo-app:stubborn"
    nomad.script.ends_slowly(image, SLOW)
    stuck, following = job(gpu_task(model=A100, image=image)), job(gpu_task(model=A100))
    nomad.register(stuck)
    nomad.allocation(stuck)

    nomad.stop(stuck)
    nomad.has_status(stuck, "dead")
    nomad.register(following)

    nomad.evaluated(following, "blocked")
    [held] = nomad.allocations(stuck)
    assert (held["DesiredStatus"], held["ClientStatus"]) == ("stop", "running")
    nomad.allocation(following)


def test_stopped_job_can_be_registered_again(nomad: Stage) -> None:
    """The same id runs again as a later version, with a new allocation."""
    asked = job()
    nomad.register(asked)
    nomad.allocation(asked)
    nomad.stop(asked)
    first = nomad.allocation(asked, "complete")

    nomad.register(asked)

    second = nomad.allocation(asked)
    assert second["ID"] != first["ID"]
    assert (nomad.job(asked)["Stop"], nomad.job(asked)["Version"]) == (False, 2)


def test_evaluate_tries_again(nomad: Stage) -> None:
    """An evaluation can be asked for."""
    asked = job()
    nomad.register(asked)

    answer = nomad.put(f"job/{asked['ID']}/evaluate", {"JobID": asked["ID"]})

    assert nomad.get(f"evaluation/{answer['EvalID']}")["JobID"] == asked["ID"]


def test_new_image_replaces_the_allocation(nomad: Stage) -> None:
    """A change that needs it stops the old allocation and starts a new one."""
    asked = job()
    nomad.register(asked)
    first = nomad.allocation(asked)

    nomad.register(job(task(image="ai4oshub/ai4os-demo-app:other"), id_=asked["ID"]))

    def replaced() -> dict[str, object] | None:
        newest = nomad.allocations(asked)[-1]
        return newest if newest["ID"] != first["ID"] and newest["ClientStatus"] == "running" else None

    second = nomad.until(replaced, "a new allocation")
    old = nomad.get(f"allocation/{first['ID']}")
    assert (old["DesiredStatus"], old["DesiredDescription"]) == ("stop", "alloc is being updated due to job update")
    assert second["JobVersion"] == 1
    assert nomad.get(f"allocation/{second['ID']}")["PreviousAllocation"] == first["ID"]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("job/nope", 404, "job not found"),
        ("job/nope/summary", 404, "job not found"),
        ("job/nope/versions", 404, "job versions not found"),
        ("job/nope/services", 404, "job not found"),
    ],
)
def test_unknown_job_is_not_found(nomad: Stage, path: str, status: int, text: str) -> None:
    """What belongs to one job is missing with it."""
    answer = nomad.ask("GET", path)

    assert (answer.status_code, answer.text) == (status, text)


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        ("job/nope/allocations", []),
        ("job/nope/evaluations", []),
        ("job/nope/deployments", []),
        ("job/nope/deployment", None),
    ],
)
def test_lists_of_an_unknown_job_are_empty(nomad: Stage, path: str, empty: object) -> None:
    """Lists of an unknown job are empty, not an error."""
    assert nomad.get(path) == empty


def test_unknown_method_is_refused(nomad: Stage) -> None:
    """A method an endpoint does not take is refused."""
    answer = nomad.ask("PATCH", "jobs")

    assert (answer.status_code, answer.text) == (405, "Invalid method")
