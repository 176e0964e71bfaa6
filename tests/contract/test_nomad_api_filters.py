"""The contract of Nomad's HTTP API about filter expressions; the two jobs they look at are registered once."""

import pytest

from tests.contract.nomad_stage import TwoJobs

pytest_plugins = ("tests.agent.fixtures", "tests.contract.nomad_fixtures")
WORDS = '"contains", "in", "is", "matches", "not" or [ \\t\\r\\n]'
MISSING_FIELD = "failed to read result page: error finding value in datum: "
UNSUITABLE = "failed to read result page: "
UNREADABLE = "failed to create result paginator: failed to read filter expression: "


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ('Meta.owner == "ada@example.org"', True, False),
        ('Meta.owner_email == "ada@example.org" and Meta.title == Leaves', True, False),
        ("Meta.owner == `ada@example.org`", True, False),
        ('Meta["owner"] == "ada@example.org"', True, False),
        ('"/Meta/owner" == "ada@example.org"', True, False),
        ('Meta.owner != "ada@example.org"', False, True),
        ('Meta.absent == "x"', False, False),
        ('Meta.absent != "x"', True, True),
        ("Meta is empty", False, True),
        ("Meta is not empty", True, False),
        ("Meta is nil", False, True),
        ('Meta is not empty and Meta.owner contains "@example"', True, False),
        ('"owner" in Meta', True, False),
        ("owner in Meta", True, False),
        ('"owner" not in Meta', False, True),
        ("Meta contains owner", True, False),
        ('Name matches "^module-"', True, False),
        ('Name not matches "^module-"', False, True),
        ('Name contains "module"', True, False),
        ('not (Name contains "module") or Meta.title == "other"', False, True),
        ("Namespace == ai4eosc", True, False),
        ("Priority == 50", True, True),
        ('Priority == "50"', True, True),
        ("Stop == false", True, True),
        ('Status == "running"', True, True),
        ('"*" in Datacenters', True, True),
        ('TaskGroups.0.Name == "usergroup"', True, True),
        ('TaskGroups[`0`].Name == "usergroup"', True, True),
        ('Meta.note == "it\'s \\\\ `odd`"', True, False),
        ("(Namespace==ai4eosc)", True, False),
    ],
)
def test_filter_of_jobs(two_jobs: TwoJobs, expression: str, first: bool, second: bool) -> None:  # noqa: FBT001  # a table
    """A filter sees the whole job; a key that metadata lacks is no error."""
    found = {one["ID"] for one in two_jobs.nomad.get("jobs", namespace="*", filter=expression)}

    assert (two_jobs.deployment in found, two_jobs.plain in found) == (first, second)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('Absent == "x"', MISSING_FIELD + '/Absent at part 0: couldn\'t find key: struct field with name "Absent"'),
        (
            "TaskGroups.9.Name == x",
            MISSING_FIELD + "/TaskGroups/9/Name at part 1: index 9 is out of range (length = 1)",
        ),
        ('ID == "', UNREADABLE + '1:8 (7): rule "string": Unterminated string literal'),
        ('("x" in ID', UNREADABLE + '1:11 (10): rule "grouping": Unmatched parentheses'),
        ('Status in "running"', UNREADABLE + '1:11 (10): rule "match": Invalid selector'),
        ("Meta.`owner` == x", UNREADABLE + "1:6 (5): no match found, expected: [0-9] or [a-zA-Z]"),
        ("ID == a xor ID == b", UNREADABLE + '1:9 (8): no match found, expected: "and", "or", [ \\t\\r\\n] or EOF'),
        (
            "Priority > 3",
            f'{UNREADABLE}1:10 (9): no match found, expected: "!=", "==", {WORDS}',
        ),
        (
            'Priority == "abc"',
            f'{UNSUITABLE}error getting match value in expression: strconv.ParseInt: parsing "abc": invalid syntax',
        ),
        (
            "Priority is empty",
            'failed to read result page: cannot perform is-empty operations on type int for selector: "Priority"',
        ),
        (
            'Name matches "("',
            f'{UNSUITABLE}failed to compile regular expression "(": error parsing regexp: missing closing ): `(`',
        ),
        (
            'Meta == "x"',
            "failed to read result page: unable to find suitable primitive comparison function for matching",
        ),
    ],
)
def test_wrong_filter_is_a_bad_request(two_jobs: TwoJobs, expression: str, text: str) -> None:
    """What cannot be read, or does not suit a job, is told with its place."""
    answer = two_jobs.nomad.ask("GET", "jobs", namespace="*", filter=expression)

    assert (answer.status_code, answer.text) == (400, text)


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ('Job.Meta.owner == "ada@example.org"', True, False),
        ("Job.Meta is not empty and Job.Meta.owner_email == `ada@example.org`", True, False),
        ("Job.Meta.absent == x", False, False),
        ("Job.Type == service", True, True),
        ("Job.Version == 0", True, True),
        ('ClientStatus == "running" and DesiredStatus == run', True, True),
        ("NextAllocation is empty", True, True),
        ('FollowupEvalID != ""', False, False),
        ("RescheduleTracker is nil", True, True),
        ("main in TaskStates", True, True),
        ('TaskStates.main.State == "running"', True, True),
        ('Name matches "usergroup"', True, True),
    ],
)
def test_filter_of_allocations(two_jobs: TwoJobs, expression: str, first: bool, second: bool) -> None:  # noqa: FBT001  # a table
    """A filter sees the whole allocation and the job in it, which the list does not show."""
    found = {one["JobID"] for one in two_jobs.nomad.get("allocations", namespace="*", filter=expression)}

    assert (two_jobs.deployment in found, two_jobs.plain in found) == (first, second)


@pytest.mark.parametrize(
    ("path", "expression", "place"),
    [
        (
            "allocations",
            "JobVersion == 0",
            '/JobVersion at part 0: couldn\'t find key: struct field with name "JobVersion"',
        ),
        (
            "allocations",
            "Job.Absent == 0",
            '/Job/Absent at part 1: couldn\'t find key: struct field with name "Absent"',
        ),
        ("allocations", "TaskStates.nope.State == x", '/TaskStates/nope/State at part 1: couldn\'t find key "nope"'),
        ("evaluations", "Absent == 0", '/Absent at part 0: couldn\'t find key: struct field with name "Absent"'),
        ("nodes", "JobID == x", '/JobID at part 0: couldn\'t find key: struct field with name "JobID"'),
        ("nodes", "Drivers.nope.Healthy == true", '/Drivers/nope/Healthy at part 1: couldn\'t find key "nope"'),
        ("deployments", "Absent == 0", '/Absent at part 0: couldn\'t find key: struct field with name "Absent"'),
    ],
)
def test_filter_by_a_field_that_is_missing(two_jobs: TwoJobs, path: str, expression: str, place: str) -> None:
    """A field that the records lack, or a key on the way to one, is an error."""
    answer = two_jobs.nomad.ask("GET", path, filter=expression)

    assert (answer.status_code, answer.text) == (400, MISSING_FIELD + place)
