"""What is told about each version of Nomad."""

import pytest

from bot.domain.checkup import Verdict
from bot.nomad.checkup import versions
from bot.nomad.checkup.versions import FACTS, Version, facts_of, judge, parse

KNOWN = {"1.8.4", "1.9.7", "1.10.5", "1.11.2", "1.11.3", "2.0.0", "2.0.5"}


def told(version: str) -> str:
    """Return everything that is told about a version."""
    read = parse(version)
    assert read is not None
    return "\n".join(finding.text for finding in facts_of(read))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.11.3", (1, 11, 3)),
        ("v1.9.7", (1, 9, 7)),
        ("1.10.5+ent", (1, 10, 5)),
        ("2.0.0-beta.1", (2, 0, 0)),
        ("", None),
        ("dev", None),
        ("1.11", None),
    ],
)
def test_versions_are_read(text: str, version: Version | None) -> None:
    """With what Nomad appends to them; anything else is none."""
    assert parse(text) == version


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ((1, 7, 7), Verdict.PROBLEM),
        ((1, 8, 0), Verdict.FINE),
        ((1, 11, 3), Verdict.FINE),
        ((2, 0, 9), Verdict.FINE),
        ((2, 1, 0), Verdict.WARNING),
        ((3, 0, 0), Verdict.WARNING),
    ],
)
def test_old_ones_are_a_problem_and_untried_ones_a_warning(version: Version, verdict: Verdict) -> None:
    """The bot needs 1.8, and has been tried up to 2.0."""
    assert judge(version).verdict is verdict


@pytest.mark.parametrize(
    ("version", "is_atomic", "splits_rights", "replaces_lost", "needs_block", "crashes_on_purge", "counts_models"),
    [
        ("1.8.4", False, False, False, False, False, False),
        ("1.9.7", False, False, False, False, False, False),
        ("1.10.5", False, False, False, True, False, False),
        ("1.11.0", False, False, False, True, False, True),
        ("1.11.2", False, True, True, True, True, True),
        ("1.11.3", False, True, True, True, True, True),
        ("2.0.0", False, True, True, True, False, True),
        ("2.0.1", True, True, True, True, False, True),
        ("2.0.5", True, True, True, True, False, True),
    ],
)
def test_each_version_has_its_own_lines(
    *,
    version: str,
    is_atomic: bool,
    splits_rights: bool,
    replaces_lost: bool,
    needs_block: bool,
    crashes_on_purge: bool,
    counts_models: bool,
) -> None:
    """The differences of the handbook's table that the bot or its operators have to live with."""
    text = told(version)

    assert ("is not atomic" in text, "is atomic" in text) == (not is_atomic, is_atomic)
    assert ("purge-job are enough" in text, "is one right" in text) == (splits_rights, not splits_rights)
    assert ("started anew elsewhere" in text, "stays unknown" in text) == (replaces_lost, not replaces_lost)
    assert ("a plugin block" in text) is needs_block
    assert ("crashes a server" in text) is crashes_on_purge
    assert ("counted across models" in text) is counts_models


@pytest.mark.parametrize("version", sorted(KNOWN))
def test_no_version_contradicts_itself(version: str) -> None:
    """A version has exactly one kind of event stream and one kind of right to submit."""
    lines = told(version).splitlines()

    assert sum("event stream" in line for line in lines) == 1
    assert sum("submit-job" in line for line in lines) == 1
    assert all(line.startswith(f"In {version}, ") and line.endswith(".") for line in lines)


def test_every_fact_holds_for_a_known_version() -> None:
    """No line is dead: each is told for at least one version that there is."""
    read = [parse(version) for version in KNOWN]

    assert [fact.text for fact in FACTS if not any(fact.holds(version) for version in read if version)] == []


def test_the_right_to_stop_is_asked_apart_only_where_it_can_be_given_apart() -> None:
    """Older versions have the one right submit-job."""
    assert not versions.splits_submit((1, 11, 1))
    assert versions.splits_submit((1, 11, 2))
