"""What only the simulated cluster can do: move time, hold, fail, count and be secured."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import nomad as python_nomad
import pytest
import requests

from playground.clock import Clock
from playground.cluster import (
    A100,
    T4,
    V100,
    GpuUsage,
    ImageScript,
    NodeSpec,
    PapiJob,
    SimulatedCluster,
    TaskUsage,
    Token,
)
from playground.cluster.acl import READ, WRITE
from tests.contract.nomad_jobs import IMAGE, SECOND, STAY_UNKNOWN, Json, gpu_task, job, platform_job, task
from tests.contract.nomad_stage import event, kinds

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONE_T4 = (NodeSpec(name="one", site="ifca", gpus={T4: 1}),)


@pytest.fixture
def still() -> Iterator[SimulatedCluster]:
    """Return a cluster with one T4 whose clock stands still at noon."""
    with SimulatedCluster(clock=Clock(NOON, frozen=True), nodes=ONE_T4) as cluster:
        yield cluster


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Return a session that is closed afterwards."""
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


def read(session: requests.Session, cluster: SimulatedCluster, path: str, **query: str) -> Any:
    """Return the decoded answer to a GET."""
    answer = session.get(f"{cluster.address}/v1/{path}", params=query, timeout=10)
    answer.raise_for_status()
    return answer.json()


def settle_into_running(cluster: SimulatedCluster, id_: str) -> None:
    """Let a second pass, in which a job starts."""
    cluster.advance(timedelta(seconds=1))
    assert cluster.allocation(id_).client == "running"


def test_time_stands_still_with_the_clock(still: SimulatedCluster) -> None:
    """With a frozen clock a job is placed at once, and starts when the clock is moved."""
    registered = still.register(job())

    placed = still.allocation(registered.id)
    still.settle()
    waiting = still.allocation(registered.id).client
    still.advance(timedelta(seconds=1))

    started = still.allocation(registered.id).tasks["main"].started_at
    assert (placed.created, waiting) == (NOON, "pending")
    assert started is not None
    assert NOON < started < NOON + timedelta(seconds=1)


def test_events_carry_the_time_at_which_they_were_due(still: SimulatedCluster) -> None:
    """A jump over several restarts gives each event its own time."""
    still.script_image(IMAGE, ImageScript(exit_code=1, run_for=timedelta(seconds=2)))
    policy = {"Attempts": 2, "Delay": 15 * SECOND, "Interval": 1800 * SECOND, "Mode": "fail"}
    registered = still.register(job(group={"RestartPolicy": policy}))

    still.advance(10 * MINUTE)

    state = still.allocation(registered.id).tasks["main"]
    ends = [one.time for one in state.events if one.type == "Terminated"]
    assert all(later - earlier > timedelta(seconds=17) for earlier, later in pairwise(ends))
    assert len(ends) == 3
    assert state.finished_at == ends[-1]


def test_running_clock_needs_no_moving() -> None:
    """With a running clock a job starts by itself."""
    with SimulatedCluster(nodes=ONE_T4) as cluster:
        registered = cluster.register(job())

        cluster.wait_for(lambda: cluster.allocation(registered.id).client == "running")

        assert cluster.allocation(registered.id).tasks["main"].phase == "running"


def test_waiting_in_vain_is_told(still: SimulatedCluster) -> None:
    """A condition that does not come true ends in an error."""
    with pytest.raises(TimeoutError, match="did not hold"):
        still.wait_for(lambda: False, timeout=timedelta(milliseconds=10))


def test_finished_jobs_are_forgotten_after_four_hours(still: SimulatedCluster) -> None:
    """A stopped job can be read for four hours, its evaluations for one."""
    registered = still.register(job())
    settle_into_running(still, registered.id)
    still.stop(registered.id)
    still.advance(2 * HOUR)
    in_between = (still.job(registered.id) is not None, still.evaluations(registered.id))

    still.advance(2 * HOUR + 10 * MINUTE)

    assert in_between == (True, ())
    assert still.job(registered.id) is None
    assert still.allocations(registered.id) == ()


def test_running_jobs_are_not_forgotten(still: SimulatedCluster) -> None:
    """Collection spares what runs, whatever its age."""
    registered = still.register(job())
    settle_into_running(still, registered.id)

    still.advance(48 * HOUR)

    assert still.allocation(registered.id).client == "running"


def test_collection_on_request(still: SimulatedCluster, session: requests.Session) -> None:
    """What is over can be forgotten at once."""
    registered = still.register(job())
    settle_into_running(still, registered.id)
    still.stop(registered.id)
    still.advance(timedelta(seconds=1))

    session.put(f"{still.address}/v1/system/gc", timeout=10)

    assert still.job(registered.id) is None


def test_unknown_allocation_is_lost_after_its_time(still: SimulatedCluster) -> None:
    """After two days away the allocation is lost, and a new one waits for a node."""
    registered = still.register(job(group={"Disconnect": STAY_UNKNOWN}))
    settle_into_running(still, registered.id)
    still.lose_node("one")
    still.advance(47 * HOUR)
    before = still.allocation(registered.id).client

    still.advance(2 * HOUR)

    assert (before, still.allocation(registered.id).client) == ("unknown", "lost")
    assert [one.status for one in still.evaluations(registered.id)][-1] == "blocked"


def test_statistics_of_a_lost_node_cannot_be_had(still: SimulatedCluster, session: requests.Session) -> None:
    """Client endpoints say that there is no path."""
    registered = still.register(job())
    settle_into_running(still, registered.id)
    still.lose_node("one")

    node = session.get(f"{still.address}/v1/client/stats?node_id={still.node('one').id}", timeout=10)
    own = session.get(f"{still.address}/v1/client/allocation/{still.allocation(registered.id).id}/stats", timeout=10)

    assert [(answer.status_code, answer.text) for answer in (node, own)] == [(404, "No path to node")] * 2


def test_held_job_keeps_its_gpu_until_released(still: SimulatedCluster) -> None:
    """A job whose tasks ignore the stop is dead, still holds its GPU, and frees it when released."""
    holder = still.register(job(gpu_task()))
    settle_into_running(still, holder.id)
    still.hold_after_stop(holder.id)
    still.stop(holder.id)
    waiting = still.register(job(gpu_task()))
    still.advance(HOUR)
    stuck = (still.allocation(holder.id).client, still.allocations(waiting.id), still.free_gpus().total())

    still.release(holder.id)

    still.advance(timedelta(seconds=1))
    assert stuck == ("running", (), 0)
    assert still.allocation(holder.id).client == "complete"
    assert still.allocation(waiting.id).client == "running"


def test_others_can_take_every_gpu() -> None:
    """Deployments of somebody else fill the GPUs, of one model or all, and may leave some."""
    with SimulatedCluster.default() as cluster:
        some = cluster.fill_gpus("grace@example.org", model=T4, leave=1)
        left = cluster.free_gpus()
        cluster.fill_gpus()

        assert (len(some), left) == (5, {T4: 1, V100: 2, A100: 2})
        assert cluster.free_gpus().total() == 0


def test_default_world_has_three_sites() -> None:
    """The default cluster has sites, GPU models and a node that is not for deployments."""
    with SimulatedCluster.default() as cluster:
        nodes = cluster.nodes()

    assert {node.site for node in nodes} == {"ifca", "iisas", "incd"}
    assert {group.name for node in nodes for group in node.devices} == {T4, V100, A100}
    assert {node.meta["type"] for node in nodes} == {"compute", "tryme"}


@pytest.mark.parametrize(
    ("era", "name", "tasks"),
    [
        ("module", "module-", {"email-notification", "main"}),
        ("tool", "tool-devenv-", {"email-notification", "main"}),
        ("seed", "userjob-", {"usertask"}),
    ],
)
def test_deployments_of_the_dashboard(still: SimulatedCluster, era: str, name: str, tasks: set[str]) -> None:
    """Deployments made elsewhere come in the shapes the dashboard gave them over time."""
    wanted = PapiJob(id="5f42", owner="ada@egi.eu", owner_email="ada@example.org", era=era)  # type: ignore[arg-type]  # a table

    registered = still.add_papi_job("ada@example.org", "Leaves", wanted=wanted)

    still.advance(timedelta(seconds=5))
    assert registered.spec["Name"] == f"{name}5f42"
    assert registered.spec["Meta"]["title"] == "Leaves"
    assert set(still.allocation(registered.id).tasks) == tasks


def test_deepaas_deployment_with_storage_runs_all_its_tasks(still: SimulatedCluster) -> None:
    """Storage is mounted first, the interface follows the main task, the cleaning waits for the end."""
    base = PapiJob(id="5f42", owner="ada@egi.eu", owner_email="ada@example.org", service="deepaas", storage=True)
    registered = still.add_papi_job("ada@example.org", wanted=base)

    still.advance(timedelta(seconds=5))

    phases = {name: state.phase for name, state in still.allocation(registered.id).tasks.items()}
    assert phases == {
        "storage_mount": "running",
        "email-notification": "dead",
        "main": "running",
        "ui": "running",
        "storage_cleanup": "pending",
    }


def test_image_can_fail_at_first_and_then_work(still: SimulatedCluster) -> None:
    """A script can be limited to the first starts."""
    still.script_image(IMAGE, ImageScript(exit_code=1, attempts=1))
    registered = still.register(job())

    still.advance(MINUTE)

    state = still.allocation(registered.id).tasks["main"]
    assert (state.phase, state.restarts) == ("running", 1)


def test_script_of_an_image_counts_for_all_its_tags(still: SimulatedCluster) -> None:
    """A name without a tag stands for every tag."""
    still.script_image("ai4oshub/ai4os-demo-app", ImageScript(oom=True))
    registered = still.register(job(restarts=0))

    still.advance(MINUTE)

    assert still.allocation(registered.id).tasks["main"].events[-2].details["oom_killed"] == "true"


def test_logs_are_those_of_the_script(still: SimulatedCluster, session: requests.Session) -> None:
    """A task prints what its script says."""
    still.script_image(IMAGE, ImageScript(logs="first\nsecond\n"))
    registered = still.register(job())
    settle_into_running(still, registered.id)
    path = f"{still.address}/v1/client/fs/logs/{still.allocation(registered.id).id}"

    whole = session.get(path, params={"task": "main", "type": "stdout", "plain": "true"}, timeout=10)
    end = session.get(
        path, params={"task": "main", "type": "stdout", "plain": "true", "origin": "end", "offset": "7"}, timeout=10
    )
    errors = session.get(path, params={"task": "main", "type": "stderr", "plain": "true"}, timeout=10)

    assert (whole.text, end.text, errors.text) == ("first\nsecond\n", "second\n", "")


def test_gpus_can_vanish(still: SimulatedCluster) -> None:
    """When the plugin fails the node has no GPUs, what runs goes on, and the next job can never run."""
    runs = still.register(job(gpu_task()))
    settle_into_running(still, runs.id)

    still.drop_devices("one")

    later = still.register(job(gpu_task()))
    [waiting] = [one for one in still.evaluations(later.id) if one.status == "blocked"]
    assert waiting.failures["usergroup"]["ConstraintFiltered"] == {"missing devices": 1}
    assert still.allocation(runs.id).client == "running"


def test_usage_of_a_job_and_of_its_gpu(still: SimulatedCluster, session: requests.Session) -> None:
    """What a test says about usage is what the statistics say; a silent GPU has no entry."""
    registered = still.register(job(gpu_task()))
    settle_into_running(still, registered.id)
    id_ = still.allocation(registered.id).id
    still.set_usage(job=registered.id, gpu_usage=GpuUsage(utilization=3), task_usage=TaskUsage(cpu_percent=150.0))

    used = read(session, still, f"client/allocation/{id_}/stats")["ResourceUsage"]
    still.set_usage(job=registered.id, gpu_usage=GpuUsage(silent=True))
    silent = read(session, still, f"client/allocation/{id_}/stats")["ResourceUsage"]

    [group] = used["DeviceStats"]
    [gpu] = group["InstanceStats"].values()
    assert used["CpuStats"]["Percent"] == 150.0
    assert gpu["Stats"]["Attributes"]["GPU utilization"]["IntNumeratorVal"] == 3
    assert silent["DeviceStats"][0]["InstanceStats"] == {}


def test_ports_answer_while_the_main_task_runs() -> None:
    """With served ports each port of a running job answers, and none after its stop."""
    with SimulatedCluster(nodes=ONE_T4, serve_ports=True) as cluster, requests.Session() as session:
        registered = cluster.register(platform_job())
        cluster.wait_for(lambda: cluster.allocation(registered.id).client == "running")
        urls = [f"http://127.0.0.1:{port.value}/" for port in cluster.allocation(registered.id).grant.ports]

        answers = [session.get(url, timeout=5).status_code for url in urls]
        cluster.stop(registered.id)
        cluster.wait_for(lambda: cluster.allocation(registered.id).client == "complete")

        assert answers == [200, 200]
        with pytest.raises(requests.ConnectionError):
            session.get(urls[0], timeout=5)


def test_calls_are_counted(still: SimulatedCluster, session: requests.Session) -> None:
    """Every request is noted with its method, path, query and status."""
    read(session, still, "jobs", namespace="*")
    read(session, still, "jobs", namespace="ai4eosc")
    session.get(f"{still.address}/v1/job/nope", timeout=10)

    counts, calls = still.call_counts, still.calls
    still.reset_calls()

    assert counts == {("GET", "/v1/jobs"): 2, ("GET", "/v1/job/nope"): 1}
    assert [(call.query, call.status) for call in calls] == [
        ("namespace=%2A", 200),
        ("namespace=ai4eosc", 200),
        ("", 404),
    ]
    assert still.calls == ()


def test_faults_that_answer(still: SimulatedCluster, session: requests.Session) -> None:
    """Refusals, limits, missing leaders and rubbish come for as many calls as asked, then all is well."""
    url = f"{still.address}/v1/jobs"
    still.faults.forbidden(path="/v1/jobs")
    still.faults.too_many()
    still.faults.leaderless(times=2)
    still.faults.rubbish()

    answers = [session.get(url, timeout=10) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [403, 429, 500, 500, 200, 200]
    assert (answers[0].text, answers[2].text) == ("Permission denied", "No cluster leader")
    assert not answers[4].text.startswith("[")
    assert answers[5].json() == []


def test_faults_choose_their_requests(still: SimulatedCluster, session: requests.Session) -> None:
    """A fault can be limited to a method and a path, and lasts until it is cleared."""
    still.faults.error("broken", status=500, path="^/v1/vars", method="GET", times=None)

    hit = [session.get(f"{still.address}/v1/vars", timeout=10).status_code for _ in range(3)]
    missed = session.get(f"{still.address}/v1/nodes", timeout=10).status_code
    still.faults.clear()

    assert (hit, missed) == ([500] * 3, 200)
    assert session.get(f"{still.address}/v1/vars", timeout=10).status_code == 200


def test_dropped_connection(still: SimulatedCluster, session: requests.Session) -> None:
    """An unreachable cluster gives no answer, and nothing has happened."""
    still.faults.unreachable(path="/v1/jobs")

    with pytest.raises(requests.ConnectionError):
        session.post(f"{still.address}/v1/jobs", json={"Job": job()}, timeout=10)

    assert still.jobs() == ()


def test_answer_that_gets_lost(still: SimulatedCluster, session: requests.Session) -> None:
    """A connection can drop after the request took effect: the client cannot know."""
    asked = job()
    still.faults.unreachable(path="/v1/jobs", after=True)

    with pytest.raises(requests.ConnectionError):
        session.post(f"{still.address}/v1/jobs", json={"Job": asked}, timeout=10)

    assert [one.id for one in still.jobs()] == [asked["ID"]]


def test_slow_answer(still: SimulatedCluster, session: requests.Session) -> None:
    """A slow cluster makes an impatient client give up."""
    still.faults.slow(timedelta(seconds=2))

    with pytest.raises(requests.ReadTimeout):
        session.get(f"{still.address}/v1/jobs", timeout=0.1)


def test_unplugged_cluster_refuses_connections(still: SimulatedCluster, session: requests.Session) -> None:
    """An unplugged cluster refuses, and answers on the same address when it is plugged in again."""
    session.get(f"{still.address}/v1/jobs", timeout=10)
    still.unplug()
    with pytest.raises(requests.ConnectionError):
        session.get(f"{still.address}/v1/jobs", timeout=10)

    still.plug()

    assert session.get(f"{still.address}/v1/jobs", timeout=10).status_code == 200


def test_concurrent_registers_of_one_id_succeed_once(still: SimulatedCluster) -> None:
    """Of many registers at the same time with index 0 exactly one is accepted."""
    asked = {"Job": job(), "EnforceIndex": True, "JobModifyIndex": 0}

    def register(_: int) -> int:
        return requests.post(f"{still.address}/v1/jobs", json=asked, timeout=10).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(register, range(16)))

    assert answers == [200] + [500] * 15


def test_drained_node_is_left(session: requests.Session) -> None:
    """Allocations leave a node that is drained, as far as there is another one."""
    nodes = (NodeSpec(name="one"), NodeSpec(name="two"))
    with SimulatedCluster(clock=Clock(NOON, frozen=True), nodes=nodes) as cluster:
        registered = cluster.register(job())
        settle_into_running(cluster, registered.id)
        first = cluster.allocation(registered.id)
        spec = {"DrainSpec": {"Deadline": 3600 * SECOND}}

        session.post(f"{cluster.address}/v1/node/{first.node}/drain", json=spec, timeout=10)
        cluster.advance(timedelta(seconds=5))

        second = cluster.allocation(registered.id)
        assert second.node != first.node
        assert [one.client for one in cluster.allocations(registered.id)] == ["complete", "running"]


def test_same_seed_gives_the_same_ids() -> None:
    """Two clusters with the same seed name everything alike."""
    with SimulatedCluster(nodes=ONE_T4) as first, SimulatedCluster(nodes=ONE_T4) as second:
        assert first.node("one").id == second.node("one").id


def test_python_nomad_talks_to_it(still: SimulatedCluster) -> None:
    """The client library registers, reads, plans, writes secrets and stops as on a real cluster."""
    address = urlsplit(still.address)
    asked = platform_job()
    client = python_nomad.Nomad(host=str(address.hostname), port=address.port, timeout=10)

    planned = client.job.plan_job(asked["ID"], {"Job": asked})
    client.variable.create_variable(f"nomad/jobs/{asked['ID']}", {"Items": {"a": "b"}}, cas=0)
    answer = client.jobs.register_job({"Job": asked, "EnforceIndex": True, "JobModifyIndex": 0})
    still.advance(timedelta(seconds=1))
    listed = client.jobs.get_jobs(namespace="*", filter_=f'ID == "{asked["ID"]}"')
    [allocation] = client.job.get_allocations(asked["ID"], namespace="ai4eosc")
    client.job.deregister_job(asked["ID"], namespace="ai4eosc", purge=False)
    with pytest.raises(python_nomad.api.exceptions.URLNotFoundNomadException):
        client.job.get_job("nope")

    assert planned["FailedTGAllocs"] is None
    assert client.evaluation.get_evaluation(answer["EvalID"])["JobID"] == asked["ID"]
    assert ([one["ID"] for one in listed], allocation["ClientStatus"]) == ([asked["ID"]], "running")
    assert still.variable_items(f"nomad/jobs/{asked['ID']}") == {"a": "b"}
    stopped = still.job(asked["ID"])
    assert stopped is not None
    assert stopped.stop


BOT = Token(
    secret="11111111-1111-1111-1111-111111111111",
    accessor="bot",
    name="bot",
    namespaces={"ai4eosc": WRITE, "imagine": READ},
    node_read=True,
    policies=("bot",),
)


@pytest.fixture
def secured() -> Iterator[SimulatedCluster]:
    """Return a cluster that asks for tokens."""
    with SimulatedCluster(nodes=ONE_T4, tokens=(BOT,)) as cluster:
        yield cluster


@pytest.mark.parametrize(
    ("method", "path", "namespace", "status"),
    [
        ("GET", "jobs", "ai4eosc", 200),
        ("GET", "jobs", "tutorials", 403),
        ("GET", "vars", "ai4eosc", 200),
        ("GET", "vars", "imagine", 403),
        ("GET", "nodes", "default", 200),
        ("PUT", "system/gc", "default", 403),
        ("DELETE", "job/nope", "ai4eosc", 200),
        ("DELETE", "job/nope", "imagine", 403),
    ],
)
def test_token_allows_what_it_may(
    secured: SimulatedCluster, session: requests.Session, method: str, path: str, namespace: str, status: int
) -> None:
    """Rights hold by namespace and by kind of request."""
    session.headers["X-Nomad-Token"] = BOT.secret

    answer = session.request(method, f"{secured.address}/v1/{path}", params={"namespace": namespace}, timeout=10)

    assert answer.status_code == status


def test_missing_and_unknown_tokens(secured: SimulatedCluster, session: requests.Session) -> None:
    """Without a token nothing is allowed; an unknown one is told apart."""
    url = f"{secured.address}/v1/jobs"

    nobody = session.get(url, timeout=10)
    stranger = session.get(url, headers={"X-Nomad-Token": "nope"}, timeout=10)
    own = session.get(
        f"{secured.address}/v1/acl/token/self", headers={"Authorization": f"Bearer {BOT.secret}"}, timeout=10
    )

    assert (nobody.status_code, nobody.text) == (403, "Permission denied")
    assert (stranger.status_code, stranger.text) == (403, "ACL token not found")
    assert (own.json()["Name"], own.json()["Policies"]) == ("bot", ["bot"])


def test_lists_over_all_namespaces_show_what_the_token_may_see(
    secured: SimulatedCluster, session: requests.Session
) -> None:
    """A list over all namespaces leaves out those without a right."""
    seen = secured.register(job(Namespace="imagine"))
    secured.register(job(Namespace="tutorials"))
    session.headers["X-Nomad-Token"] = BOT.secret

    listed = read(session, secured, "jobs", namespace="*")
    namespaces = read(session, secured, "namespaces")

    assert [one["ID"] for one in listed] == [seen.id]
    assert [one["Name"] for one in namespaces] == ["ai4eosc", "imagine"]


def test_refused_stream_is_an_empty_answer(secured: SimulatedCluster) -> None:
    """A stream that is not allowed looks like one that ends at once."""
    address = urlsplit(secured.address)

    with closing(HTTPConnection(str(address.hostname), address.port, timeout=10)) as connection:
        connection.request(
            "GET", "/v1/event/stream?topic=Job&namespace=tutorials", headers={"X-Nomad-Token": BOT.secret}
        )
        answer = connection.getresponse()
        body = answer.read()

    assert (answer.status, body) == (200, b"")


def test_stream_ends_with_the_cluster() -> None:
    """Closing the cluster closes its streams."""
    with SimulatedCluster(nodes=ONE_T4) as cluster:
        address = urlsplit(cluster.address)
        connection = HTTPConnection(str(address.hostname), address.port, timeout=10)
        connection.request("GET", "/v1/event/stream?topic=Job&namespace=*&index=999999")
        answer = connection.getresponse()
        first = json.loads(answer.readline())

    with closing(connection):
        rest = answer.read()

    assert (first, rest) == ({}, b"")


def test_stream_tells_of_the_life_of_an_allocation(still: SimulatedCluster) -> None:
    """Each report of a client is an event, which can be found by job."""
    address = urlsplit(still.address)
    asked = job()
    still.register(asked)
    still.advance(timedelta(seconds=1))

    with closing(HTTPConnection(str(address.hostname), address.port, timeout=10)) as connection:
        connection.request("GET", f"/v1/event/stream?topic=Allocation:{asked['ID']}")
        answer = connection.getresponse()
        answer.readline()
        seen: list[Json] = []
        while not seen or seen[-1]["Payload"]["Allocation"]["ClientStatus"] != "running":
            seen += json.loads(answer.readline()).get("Events", ())

    assert [one["Type"] for one in seen][:2] == ["PlanResult", "AllocationUpdated"]
    assert "Job" not in seen[-1]["Payload"]["Allocation"]
    assert kinds(seen[-1]["Payload"]["Allocation"]["TaskStates"]["main"])[-1] == "Started"


def test_pull_takes_its_time(still: SimulatedCluster) -> None:
    """A long download shows as a pending task whose newest event says so."""
    still.script_image(IMAGE, ImageScript(pull_time=30 * MINUTE))
    registered = still.register(job())

    still.advance(29 * MINUTE)

    state = still.allocation(registered.id).tasks["main"]
    assert (state.phase, state.events[-1].message) == ("pending", "Downloading image")


def test_restart_in_place_of_a_docker_task(still: SimulatedCluster, session: requests.Session) -> None:
    """A restart that is asked for does not count against the restart policy."""
    registered = still.register(job(task(), restarts=0))
    settle_into_running(still, registered.id)
    id_ = still.allocation(registered.id).id

    session.post(f"{still.address}/v1/client/allocation/{id_}/restart", json={"TaskName": "main"}, timeout=10)
    still.advance(timedelta(seconds=1))

    shown = read(session, still, f"allocation/{id_}")["TaskStates"]["main"]
    assert (shown["State"], shown["Restarts"]) == ("running", 1)
    assert event(shown, "Restart Signaled")["DisplayMessage"] == "User requested task to restart"
