"""The contract of Nomad's HTTP API about Variables and namespaces."""

import pytest

from tests.contract.nomad_jobs import Json, fresh_id
from tests.contract.nomad_stage import Stage

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")


ONLY_JOBS = (
    'only paths at "nomad/jobs" or "nomad/job-templates" and below are valid paths '
    'under the top-level "nomad" directory'
)


def path_of(word: str = "") -> str:
    """Return the path of a job's Variable."""
    return f"nomad/jobs/{word or fresh_id()}"


def test_variable_is_created_once(nomad: Stage) -> None:
    """With index 0 a Variable is only written where there is none; the conflict shows the present one."""
    path = path_of()
    made = nomad.put(f"var/{path}", {"Items": {"password": "one"}}, cas=0)

    conflict = nomad.ask("PUT", f"var/{path}", {"Items": {"password": "two"}}, cas=0)

    assert (made["Path"], made["Namespace"], made["Items"]) == (path, "default", {"password": "one"})
    assert made["CreateIndex"] == made["ModifyIndex"]
    assert conflict.status_code == 409
    assert conflict.json() == made
    assert nomad.get(f"var/{path}") == made


def test_variable_changes_with_the_right_index(nomad: Stage) -> None:
    """The present index lets a change through, another one does not."""
    path = path_of()
    made = nomad.put(f"var/{path}", {"Items": {"password": "one"}})

    wrong = nomad.ask("PUT", f"var/{path}", {"Items": {"password": "two"}}, cas=made["ModifyIndex"] + 999)
    changed = nomad.put(f"var/{path}", {"Items": {"password": "two"}}, cas=made["ModifyIndex"])

    assert wrong.status_code == 409
    assert (changed["CreateIndex"], changed["Items"]) == (made["CreateIndex"], {"password": "two"})
    assert changed["ModifyIndex"] > made["ModifyIndex"]


def test_conflict_about_an_absent_variable(nomad: Stage) -> None:
    """An index for a Variable that is not there conflicts with nothing."""
    path = path_of()

    conflict = nomad.ask("PUT", f"var/{path}", {"Items": {"a": "b"}}, cas=7)

    assert conflict.status_code == 409
    nothing = {"CreateIndex": 0, "CreateTime": 0, "ModifyIndex": 0, "ModifyTime": 0}
    assert conflict.json() == {**nothing, "Namespace": "default", "Path": path}


def test_variable_is_deleted(nomad: Stage) -> None:
    """A deletion may name an index, and deleting nothing is no error."""
    path = path_of()
    made = nomad.put(f"var/{path}", {"Items": {"a": "b"}})

    wrong = nomad.ask("DELETE", f"var/{path}", cas=made["ModifyIndex"] + 999)
    first = nomad.ask("DELETE", f"var/{path}", cas=made["ModifyIndex"])
    second = nomad.ask("DELETE", f"var/{path}")
    missing = nomad.ask("GET", f"var/{path}")

    assert [answer.status_code for answer in (wrong, first, second)] == [409, 204, 204]
    assert (missing.status_code, missing.text) == (404, "variable not found")


def test_listed_variables_show_no_secrets(nomad: Stage) -> None:
    """The list has paths and indexes, by prefix and namespace, and no items."""
    word = fresh_id("list")
    for namespace, name in (("ai4eosc", "a"), ("imagine", "b")):
        nomad.put(f"var/nomad/jobs/{word}/{name}", {"Items": {"secret": "x"}}, namespace=namespace)

    here = nomad.get("vars", prefix=f"nomad/jobs/{word}", namespace="ai4eosc")
    everywhere = nomad.get("vars", prefix=f"nomad/jobs/{word}", namespace="*")

    assert [one["Path"] for one in here] == [f"nomad/jobs/{word}/a"]
    assert [(one["Namespace"], one["Path"][-1]) for one in everywhere] == [("ai4eosc", "a"), ("imagine", "b")]
    assert all("Items" not in one for one in everywhere)


def test_pages_of_variables(nomad: Stage) -> None:
    """The token is the next one's namespace and path."""
    word = fresh_id("page")
    for name in "abc":
        nomad.put(f"var/nomad/jobs/{word}/{name}", {"Items": {"x": "y"}})

    first = nomad.ask("GET", "vars", prefix=f"nomad/jobs/{word}", per_page=2)

    token = first.headers["X-Nomad-NextToken"]
    rest = nomad.get("vars", prefix=f"nomad/jobs/{word}", next_token=token)
    assert token == f"default.nomad/jobs/{word}/c"
    assert [one["Path"][-1] for one in first.json() + rest] == ["a", "b", "c"]


def test_namespace_of_the_body_beats_that_of_the_query(nomad: Stage) -> None:
    """Unlike a job, a Variable goes where its body says; the query counts for the rest."""
    path = path_of()

    by_body = nomad.put(f"var/{path}", {"Namespace": "imagine", "Items": {"a": "b"}}, namespace="ai4eosc")
    by_query = nomad.put(f"var/{path}", {"Items": {"a": "c"}}, namespace="ai4eosc")

    assert (by_body["Namespace"], by_query["Namespace"]) == ("imagine", "ai4eosc")
    assert nomad.get(f"var/{path}", namespace="imagine")["Items"] == {"a": "b"}


def test_variable_can_be_in_a_namespace_that_is_not_there(nomad: Stage) -> None:
    """Nomad does not ask whether a Variable's namespace exists."""
    path = path_of()

    made = nomad.put(f"var/{path}", {"Items": {"a": "b"}}, namespace="nowhere")

    assert made["Namespace"] == "nowhere"
    nomad.ask("DELETE", f"var/{path}", namespace="nowhere")


@pytest.mark.parametrize(
    ("path", "body", "query", "text"),
    [
        ("nomad/jobs/x", {"Items": {}}, {}, "variable missing required Items object"),
        ("nomad/jobs/x", {}, {}, "variable missing required Items object"),
        ("a.b", {"Items": {"a": "b"}}, {}, 'RPC Error:: 400,invalid path "a.b"'),
        (
            "nomad/other",
            {"Items": {"a": "b"}},
            {},
            f"RPC Error:: 400,{ONLY_JOBS}",
        ),
        (
            "nomad/jobs/x",
            {"Items": {"a": "b"}},
            {"cas": "x"},
            'can not parse cas: strconv.ParseUint: parsing "x": invalid syntax',
        ),
        ("", {"Items": {"a": "b"}}, {}, "missing variable path"),
    ],
)
def test_wrong_variable_is_a_bad_request(nomad: Stage, path: str, body: Json, query: Json, text: str) -> None:
    """Paths, items and indexes that cannot be are refused."""
    answer = nomad.ask("PUT", f"var/{path}", body, **query)

    assert (answer.status_code, answer.text) == (400, text)


def test_too_large_variable_is_refused(nomad: Stage) -> None:
    """Keys and values together have a limit."""
    answer = nomad.ask("PUT", f"var/{path_of()}", {"Items": {"a": "b" * 65536}})

    assert answer.status_code == 400
    assert "64KiB" in answer.text


def test_namespaces_are_listed_by_name(nomad: Stage) -> None:
    """All namespaces are there, sorted."""
    listed = nomad.get("namespaces")

    assert [one["Name"] for one in listed] == ["ai4eosc", "default", "imagine", "tutorials"]
    assert all(
        {"Name", "Description", "Meta", "Capabilities", "CreateIndex", "ModifyIndex"} <= set(one) for one in listed
    )


def test_namespace_comes_and_goes(nomad: Stage) -> None:
    """A namespace can be made and removed."""
    name = fresh_id("ns")

    nomad.put(f"namespace/{name}", {"Name": name, "Description": "for a while"})
    made = nomad.get(f"namespace/{name}")
    removed = nomad.ask("DELETE", f"namespace/{name}")
    missing = nomad.ask("GET", f"namespace/{name}")

    assert (made["Description"], removed.status_code) == ("for a while", 200)
    assert (missing.status_code, missing.text) == (404, "Namespace not found")


@pytest.mark.parametrize(
    ("path", "name", "status", "text"),
    [
        ("namespace/a", "b", 400, "Namespace name does not match request path"),
        ("namespace", "a b", 500, 'Invalid namespace "a b": 1 error occurred:\n\t* invalid name "a b". '),
    ],
)
def test_wrong_namespace_is_refused(nomad: Stage, path: str, name: str, status: int, text: str) -> None:
    """A namespace must have a proper name, the one of the path."""
    answer = nomad.ask("PUT", path, {"Name": name})

    assert answer.status_code == status
    assert answer.text.startswith(text)


def test_default_namespace_stays(nomad: Stage) -> None:
    """The default namespace cannot be deleted."""
    answer = nomad.ask("DELETE", "namespace/default")

    assert (answer.status_code, answer.text) == (500, "can not delete default namespace")
