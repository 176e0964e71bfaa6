"""What a check-up's findings amount to, and how they read."""

import pytest

from bot.domain.checkup import EXIT_STATUS, Area, Finding, Verdict, line, listed, summary, worst

FINE = Area.NOMAD.fine("Nomad answers.")
WARNING = Area.CLOCK.warning("The clock is slow.", "Set it.")
PROBLEM = Area.SLACK.problem("The token is wrong.", "Copy it again.")
UNKNOWN = Area.DATABASE.unknown("its tables: not checked.")


@pytest.mark.parametrize(
    ("findings", "verdict", "status"),
    [
        ([], Verdict.FINE, 0),
        ([FINE, FINE], Verdict.FINE, 0),
        ([FINE, WARNING], Verdict.WARNING, 1),
        ([WARNING, UNKNOWN, FINE], Verdict.UNKNOWN, 3),
        ([UNKNOWN, PROBLEM, WARNING], Verdict.PROBLEM, 2),
    ],
)
def test_the_worst_finding_decides(findings: list[Finding], verdict: Verdict, status: int) -> None:
    """A problem outdoes what is unknown, which outdoes a warning; the exit status is the one of monitoring plugins."""
    assert worst(findings) is verdict
    assert EXIT_STATUS[worst(findings)] == status


def test_a_line_has_mark_area_finding_and_mend_in_columns() -> None:
    """The mark and the area stand in columns; what to do follows what is wrong, and nothing follows what is fine."""
    assert line(FINE) == "fine     Nomad      Nomad answers."
    assert line(PROBLEM) == "PROBLEM  Slack      The token is wrong. Copy it again."
    assert line(WARNING) == "warning  Clock      The clock is slow. Set it."
    assert line(UNKNOWN) == "unknown  Database   its tables: not checked."


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ([FINE], "All fine: 1 findings."),
        ([FINE, PROBLEM, WARNING, WARNING], "1 problem, 2 warnings, 1 fine."),
        ([UNKNOWN, PROBLEM, PROBLEM], "2 problems, 1 could not be told, 0 fine."),
    ],
)
def test_the_summary_counts(findings: list[Finding], told: str) -> None:
    """The last line counts each kind that there is."""
    assert summary(findings) == told


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
    ],
)
def test_names_are_joined_as_people_do(names: list[str], told: str) -> None:
    """Commas and an "and"; a long list is cut short and its rest counted."""
    assert listed(names) == told
