"""The order of checks, their limits of time, and what becomes of secrets and of what nobody expected."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from threading import Event

import pytest

from bot.domain.checkup import Area, Check, Finding, Verdict
from bot.errors import SettingsError
from bot.services.doctor import Doctor

FINE = Area.NOMAD.fine("It answers.")
WARNING = Area.NOMAD.warning("It is slow.", "Wait.")
PROBLEM = Area.NOMAD.problem("It is away.", "Start it.")


def check(key: str, run: Callable[[], Iterable[Finding]], *needs: str) -> Check:
    """Return a check of that key."""
    return Check(key=key, area=Area.NOMAD, about=f"the {key}", otherwise=f"the {key} is bad", run=run, needs=needs)


def doctor(*checks: Check, **changes: timedelta) -> Doctor:
    """Return a doctor who takes the word sesame for a secret."""
    return Doctor(checks=checks, clean=lambda text: text.replace("sesame", "[redacted]"), **changes)


def raising(error: Exception) -> Callable[[], Iterator[Finding]]:
    """Return a check's work that fails after its first finding."""

    def run() -> Iterator[Finding]:
        yield FINE
        raise error

    return run


def test_findings_come_in_the_order_of_the_checks() -> None:
    """Each check's findings follow each other, a check may have none or several."""
    found = list(doctor(check("a", lambda: [FINE, WARNING]), check("b", list), check("c", lambda: [FINE])).examine())

    assert found == [FINE, WARNING, FINE]


def test_they_come_as_they_are_found() -> None:
    """Who reads does not wait for the whole: the second check has not begun when the first one's finding is there."""
    begun = Event()

    def second() -> list[Finding]:
        begun.set()
        return [WARNING]

    findings = doctor(check("a", lambda: [FINE]), check("b", second)).examine()

    assert next(findings) == FINE
    assert not begun.is_set()
    assert list(findings) == [WARNING]


@pytest.mark.parametrize("bad", [PROBLEM, Area.NOMAD.unknown("?")])
def test_what_needs_a_failed_check_is_told_as_not_checked(bad: Finding) -> None:
    """With the first cause, also over several steps; what does not need it is looked at all the same."""
    checks = (
        check("way", lambda: [FINE, bad]),
        check("token", lambda: [FINE], "way"),
        check("rights", lambda: [FINE], "token"),
        check("disk", lambda: [FINE]),
    )

    found = list(doctor(*checks).examine())

    assert [finding.text for finding in found[2:4]] == [
        "the token: not checked, because the way is bad.",
        "the rights: not checked, because the way is bad.",
    ]
    assert {finding.verdict for finding in found[2:4]} == {Verdict.UNKNOWN}
    assert found[4] == FINE


def test_a_warning_hinders_nothing() -> None:
    """What works, if not well, can be built upon."""
    found = list(doctor(check("a", lambda: [WARNING]), check("b", lambda: [FINE], "a")).examine())

    assert found == [WARNING, FINE]


def test_a_check_that_hangs_is_given_up() -> None:
    """After its limit it is unknown, and the next one is looked at."""
    release = Event()

    def hang() -> list[Finding]:
        release.wait()
        return [FINE]

    checks = (check("slow", hang), check("next", lambda: [FINE]), check("after", lambda: [FINE], "slow"))
    found = list(doctor(*checks, check_limit=timedelta(seconds=0.05)).examine())
    release.set()

    assert found[0].verdict is Verdict.UNKNOWN
    assert found[0].text.startswith("the slow: no answer within")
    assert found[1] == FINE
    assert found[2].text == "the after: not checked, because the slow is bad."


def test_when_the_time_for_everything_is_over_the_rest_is_not_checked() -> None:
    """It is told, too, so that nobody takes it for fine."""
    found = list(doctor(check("a", lambda: [FINE]), total_limit=timedelta(0)).examine())

    assert [finding.verdict for finding in found] == [Verdict.UNKNOWN]
    assert "not checked, because the 0 s for everything are over" in found[0].text


def test_an_error_of_ours_is_a_problem_with_its_hint() -> None:
    """Its sentence and what to do next are told."""
    found = list(doctor(check("a", raising(SettingsError("KEY: it is wrong.", hint="Set it.")))).examine())

    assert found == [Area.NOMAD.problem("the a: KEY: it is wrong.", "Set it.")]


def test_of_any_other_error_only_the_kind_is_told() -> None:
    """Its text may hold anything, such as a token that nobody here knows."""
    found = list(doctor(check("a", raising(ValueError("xoxb-the-token")))).examine())

    assert found == [Area.NOMAD.unknown("the a: could not be told (ValueError).")]


def test_secrets_and_new_lines_are_taken_out_of_every_text() -> None:
    """Of findings and of mends; control characters cannot begin a line or steer a terminal."""
    hostile = Area.NOMAD.warning("node sesame\nfine     Nomad\x1b[2J", "say\u202esesame")

    (found,) = doctor(check("a", lambda: [hostile])).examine()

    assert found.text == "node [redacted] fine Nomad [2J"
    assert found.mend == "say [redacted]"
