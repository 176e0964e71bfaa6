"""The contract of Nomad's HTTP API about lists: filters, prefixes, pages, fields, waiting reads and events."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.contract.nomad_jobs import Json, fresh_id, gpu_task, job, platform_job, task
from tests.contract.nomad_stage import Stage, register_two

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")
MISSING_FIELD = "failed to read result page: error finding value in datum: "


def test_empty_filter_is_no_filter(nomad: Stage) -> None:
    """An empty expression lets everything through."""
    asked = job()
    nomad.register(asked)

    assert asked["ID"] in {one["ID"] for one in nomad.get("jobs", filter="")}


def test_evaluations_can_be_asked_by_job_and_status(nomad: Stage) -> None:
    """The list of evaluations has parameters of its own, which exclude a filter."""
    waiting, running = job(gpu_task(model="Tesla K80")), job()
    nomad.register(waiting)
    nomad.register(running)
    blocked = nomad.evaluated(waiting, "blocked")

    by_job = nomad.get("evaluations", job=waiting["ID"], status="blocked")
    by_filter = nomad.get("evaluations", filter=f'Status == blocked and JobID == "{waiting["ID"]}"')
    refused = nomad.ask("GET", "evaluations", job=waiting["ID"], filter="Status == blocked")

    assert [one["ID"] for one in by_job] == [one["ID"] for one in by_filter] == [blocked["ID"]]
    assert (refused.status_code, refused.text) == (
        400,
        "Filter expression cannot be used with other filter parameters",
    )


def test_evaluations_of_a_job_are_not_in_order(nomad: Stage) -> None:
    """The evaluations of a job come by status and id; their create index tells which is the newest."""
    asked = job()
    answers = [nomad.register(asked)["EvalID"] for _ in range(6)]

    listed = nomad.get(f"job/{asked['ID']}/evaluations")

    keys = [(one["Status"], one["ID"]) for one in listed]
    assert keys == sorted(keys)
    assert [one["ID"] for one in sorted(listed, key=lambda one: one["CreateIndex"])][:6] == answers


def test_jobs_show_metadata_on_request(nomad: Stage) -> None:
    """Metadata is left out of the list unless it is asked for."""
    asked = platform_job()
    nomad.register(asked)

    [plain] = nomad.get("jobs", namespace="ai4eosc")
    [full] = nomad.get("jobs", namespace="ai4eosc", meta="true")

    assert "Meta" not in plain
    assert full["Meta"] == asked["Meta"]
    assert (full["ID"], full["Name"], full["Type"], full["Stop"]) == (asked["ID"], asked["Name"], "service", False)


def test_summary_of_a_job(nomad: Stage) -> None:
    """The list counts the allocations of each group by what they do."""
    running, waiting = job(), job(gpu_task(model="Tesla K80"))
    nomad.register(running)
    nomad.register(waiting)
    nomad.allocation(running)
    nomad.evaluated(waiting, "blocked")

    def counted() -> dict[str, Json] | None:
        found = {one["ID"]: one["JobSummary"]["Summary"]["usergroup"] for one in nomad.get("jobs")}
        return found if found[running["ID"]]["Running"] and found[waiting["ID"]]["Queued"] else None

    nomad.until(counted, "both to be counted")
    nothing = {"Complete": 0, "Failed": 0, "Lost": 0, "Queued": 0, "Running": 0, "Starting": 0, "Unknown": 0}
    assert nomad.get(f"job/{running['ID']}/summary")["Summary"] == {"usergroup": {**nothing, "Running": 1}}
    assert nomad.get(f"job/{waiting['ID']}/summary")["Summary"] == {"usergroup": {**nothing, "Queued": 1}}


def test_jobs_come_by_namespace_and_id(nomad: Stage) -> None:
    """The list is sorted, and knows prefixes and namespaces."""
    word = fresh_id("same")
    asked = [("imagine", f"{word}-b"), ("ai4eosc", f"{word}-c"), ("imagine", f"{word}-a")]
    for namespace, id_ in asked:
        nomad.register(job(task(Driver="podman", Config={}), id_=id_, Namespace=namespace))

    everywhere = nomad.get("jobs", namespace="*", prefix=word)
    one_namespace = nomad.get("jobs", namespace="imagine", prefix=word)
    backwards = nomad.get("jobs", namespace="imagine", prefix=word, reverse="true")
    unknown = nomad.get("jobs", namespace="nowhere")

    assert [(one["Namespace"], one["ID"]) for one in everywhere] == sorted(asked)
    assert [one["ID"] for one in one_namespace] == [f"{word}-a", f"{word}-b"]
    assert [one["ID"] for one in backwards] == [f"{word}-b", f"{word}-a"]
    assert unknown == []


def test_pages_of_jobs(nomad: Stage) -> None:
    """A header leads to the next page until there is none."""
    word = fresh_id("page")
    for letter in "abc":
        nomad.register(job(task(Driver="podman", Config={}), id_=f"{word}-{letter}"))

    first = nomad.ask("GET", "jobs", prefix=word, per_page=2)
    second = nomad.ask("GET", "jobs", prefix=word, per_page=2, next_token=first.headers["X-Nomad-NextToken"])

    assert [one["ID"] for one in first.json()] == [f"{word}-a", f"{word}-b"]
    assert first.headers["X-Nomad-NextToken"] == f"default.{word}-c"
    assert [one["ID"] for one in second.json()] == [f"{word}-c"]
    assert "X-Nomad-NextToken" not in second.headers


@pytest.mark.parametrize("path", ["allocations", "evaluations"])
def test_pages_by_create_index(nomad: Stage, path: str) -> None:
    """Allocations and evaluations come oldest first; the token names the next one."""
    asked = [job(), job(), job()]
    for one in asked:
        nomad.register(one)
        nomad.allocation(one)
    ids = [one["ID"] for one in asked]
    mine = " or ".join(f'JobID == "{id_}"' for id_ in ids)

    whole = nomad.get(path, filter=mine)
    first = nomad.ask("GET", path, filter=mine, per_page=1)
    rest = nomad.get(path, filter=mine, next_token=first.headers["X-Nomad-NextToken"])
    backwards = nomad.get(path, filter=mine, reverse="true")

    assert [one["CreateIndex"] for one in whole] == sorted(one["CreateIndex"] for one in whole)
    assert first.headers["X-Nomad-NextToken"] == f"{whole[1]['CreateIndex']}.{whole[1]['ID']}"
    assert [one["ID"] for one in first.json() + rest] == [one["ID"] for one in whole]
    assert [one["ID"] for one in backwards] == [one["ID"] for one in reversed(whole)]


def test_page_size_must_be_a_number(nomad: Stage) -> None:
    """A page size that is no number is refused."""
    answer = nomad.ask("GET", "jobs", per_page="many")

    assert (answer.status_code, answer.text) == (400, "Expect a number for `per_page` query string parameter")


def test_allocations_show_resources_and_states_on_request(nomad: Stage) -> None:
    """Resources come on request, task states can be left out."""
    asked = job()
    nomad.register(asked)
    nomad.allocation(asked)
    mine = f'JobID == "{asked["ID"]}"'

    [plain] = nomad.get("allocations", filter=mine)
    [light] = nomad.get("allocations", filter=mine, task_states="false", resources="true")

    assert "AllocatedResources" not in plain
    assert set(plain["TaskStates"]) == {"main"}
    assert light["TaskStates"] is None
    assert light["AllocatedResources"]["Tasks"]["main"]["Memory"]["MemoryMB"] == 64


@pytest.mark.parametrize(
    ("path", "prefix", "text"),
    [
        ("allocations", "zz", "alloc lookup failed: index error: Invalid UUID: encoding/hex: invalid byte: U+007A 'z'"),
        ("allocations", "abc", "alloc lookup failed: index error: Input (without hyphens) must be even length"),
        ("evaluations", "zz", "eval lookup failed: index error: Invalid UUID: encoding/hex: invalid byte: U+007A 'z'"),
    ],
)
def test_prefix_must_be_the_beginning_of_an_id(nomad: Stage, path: str, prefix: str, text: str) -> None:
    """A prefix that no id can have is an error."""
    answer = nomad.ask("GET", path, prefix=prefix)

    assert (answer.status_code, answer.text) == (500, text)


def test_allocation_can_be_found_by_prefix(nomad: Stage) -> None:
    """The beginning of an id finds the allocation."""
    asked = job()
    nomad.register(asked)
    whole = nomad.allocation(asked)

    found = nomad.get("allocations", prefix=whole["ID"][:8])

    assert [one["ID"] for one in found] == [whole["ID"]]


def test_statuses_tell_of_jobs_and_their_allocations(nomad: Stage) -> None:
    """One call has jobs with their allocations, filtered by metadata that it does not show."""
    two = register_two(nomad)

    [found] = nomad.get("jobs/statuses", namespace="*", filter='Meta.owner == "ada@example.org"')

    [allocation] = found["Allocs"]
    assert (found["ID"], found["Status"], found["GroupCountSum"], found["Stop"]) == (
        two.deployment,
        "running",
        1,
        False,
    )
    assert (allocation["ClientStatus"], allocation["Group"], allocation["JobVersion"]) == ("running", "usergroup", 0)
    assert found["LatestDeployment"]["Status"] == "running"
    assert "Meta" not in found


def test_statuses_come_newest_change_first(nomad: Stage) -> None:
    """The list of statuses is sorted by the last change; the token is the next one's index."""
    asked = [job(), job(), job()]
    for one in asked:
        nomad.register(one)
        nomad.allocation(one)
    ids = [one["ID"] for one in asked]
    mine = " or ".join(f'ID == "{id_}"' for id_ in ids)

    whole = nomad.get("jobs/statuses", filter=mine)
    first = nomad.ask("GET", "jobs/statuses", filter=mine, per_page=1)
    backwards = nomad.get("jobs/statuses", filter=mine, reverse="true")

    assert [one["ID"] for one in whole] == ids[::-1]
    assert first.headers["X-Nomad-NextToken"] == str(whole[1]["ModifyIndex"])
    assert [one["ID"] for one in backwards] == ids


def test_filter_of_statuses_fails_with_another_status(nomad: Stage) -> None:
    """Here a field that is missing is no bad request but a server error."""
    nomad.register(job())

    answer = nomad.ask("GET", "jobs/statuses", filter="Absent == 1")

    assert answer.status_code == 500
    assert answer.text.startswith(MISSING_FIELD + "/Absent at part 0")


def test_statuses_of_named_jobs(nomad: Stage) -> None:
    """Jobs can be asked for by name; unknown ones are left out."""
    two = register_two(nomad)

    found = nomad.put("jobs/statuses", {"Jobs": [{"ID": two.deployment, "Namespace": "ai4eosc"}, {"ID": "nope"}]})
    nothing = nomad.ask("POST", "jobs/statuses", {"Jobs": []})

    assert [one["ID"] for one in found] == [two.deployment]
    assert (nothing.status_code, nothing.text) == (400, "no jobs in request")


def test_headers_of_a_read(nomad: Stage) -> None:
    """Reads carry an index and say that there is a leader."""
    answer = nomad.ask("GET", "jobs")

    assert int(answer.headers["X-Nomad-Index"]) > 0
    assert answer.headers["X-Nomad-KnownLeader"] == "true"
    assert answer.headers["Content-Type"] == "application/json"


def test_waiting_read_returns_when_something_changed(nomad: Stage) -> None:
    """A read with an index waits until the list is newer than that."""
    index = int(nomad.ask("GET", "jobs").headers["X-Nomad-Index"])
    asked = job()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(nomad.ask, "GET", "jobs", index=index, wait="20s")
        nomad.register(asked)
        answer = waiting.result(timeout=30)

    assert int(answer.headers["X-Nomad-Index"]) > index
    assert asked["ID"] in {one["ID"] for one in answer.json()}


def test_waiting_read_ends_after_its_time(nomad: Stage) -> None:
    """Without a change the read comes back with the same index."""
    index = int(nomad.ask("GET", "namespaces").headers["X-Nomad-Index"])

    answer = nomad.ask("GET", "namespaces", index=index, wait="100ms")

    assert int(answer.headers["X-Nomad-Index"]) == index


def test_event_stream_tells_of_a_job(nomad: Stage) -> None:
    """The stream begins with a heartbeat, then has a line per write with the events of the asked topics."""
    asked = job()
    address = urlsplit(nomad.address)

    with closing(HTTPConnection(str(address.hostname), address.port, timeout=30)) as connection:
        connection.request("GET", f"/v1/event/stream?topic=Job:{asked['ID']}&topic=Evaluation:{asked['ID']}")
        answer = connection.getresponse()
        heartbeat = json.loads(answer.readline())
        index = nomad.register(asked)["JobModifyIndex"]
        written: dict[str, Json] = {}
        while set(written) != {"Job", "Evaluation"}:
            line = json.loads(answer.readline())
            written |= {one["Topic"]: one for one in line.get("Events", ()) if one["Index"] == index}

    assert (answer.status, heartbeat) == (200, {})
    assert (written["Job"]["Type"], written["Job"]["Key"]) == ("JobRegistered", asked["ID"])
    assert written["Job"]["Payload"]["Job"]["ID"] == asked["ID"]
    assert (written["Evaluation"]["Type"], written["Evaluation"]["FilterKeys"]) == ("JobRegistered", [asked["ID"], ""])
    assert written["Evaluation"]["Payload"]["Evaluation"]["Status"] == "pending"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("regions", ["global"]),
        ("agent/health", {"client": {"message": "ok", "ok": True}, "server": {"message": "ok", "ok": True}}),
    ],
)
def test_simple_reads(nomad: Stage, path: str, expected: object) -> None:
    """Regions and health are what they are on a healthy agent."""
    assert nomad.get(path) == expected


def test_there_is_a_leader(nomad: Stage) -> None:
    """The leader is an address, and it is one of the peers."""
    assert nomad.get("status/leader") in nomad.get("status/peers")


def test_own_token_without_access_rules(nomad: Stage) -> None:
    """Without access rules everybody is the same client."""
    own = nomad.get("acl/token/self")

    assert (own["AccessorID"], own["Name"], own["Type"]) == ("acls-disabled", "ACLs disabled token", "client")


def test_agent_tells_its_version(nomad: Stage) -> None:
    """The agent's own record has region, version and name."""
    own = nomad.get("agent/self")

    assert own["config"]["Region"] == own["member"]["Tags"]["region"] == "global"
    assert own["config"]["Version"]["Version"].count(".") == 2
