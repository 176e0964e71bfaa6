"""Check that foreign text gets into filter expressions as a harmless literal only."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.base import Namespace
from bot.domain.people import Owner
from bot.errors import RejectedByCluster
from bot.nomad import filters

HERE = [Namespace("ai4eosc"), Namespace("imagine")]


def test_owner_is_matched_by_email_and_subject() -> None:
    """An owner's jobs are matched by e-mail in any case, by subject, and by an e-mail that stands as owner."""
    found = filters.owned(Owner(email="a.b@x.org", subject="id1"), HERE)

    assert found == (
        r'(Meta.owner_email matches "(?i)^a\\x2eb\\x40x\\x2eorg$"'
        r' or Meta.owner matches "^(id1|a\\x2eb\\x40x\\x2eorg)$") and (Namespace matches "^(ai4eosc|imagine)$")'
        ' and Name matches "^(module|tool|userjob|batch|try)-"'
    )


def test_a_single_namespace_is_left_to_the_call() -> None:
    """In one namespace, which the call names itself, owner and kind suffice; allocations need the owner alone."""
    owner, here = Owner(email="", subject="id1"), [Namespace("ai4eosc")]

    jobs, allocations = filters.owned(owner, here), filters.owned_allocations(owner, here)

    assert jobs == '(Meta.owner matches "^(id1)$") and Name matches "^(module|tool|userjob|batch|try)-"'
    assert allocations == '(Job.Meta.owner matches "^(id1)$")'


def test_allocations_of_other_namespaces_are_left_out() -> None:
    """Where the call goes to all namespaces, the filter keeps to those that are served."""
    found = filters.owned_allocations(Owner(email="", subject="id1"), HERE)

    assert found == '(Job.Meta.owner matches "^(id1)$") and (Namespace matches "^(ai4eosc|imagine)$")'


def test_nobody_owns_nothing() -> None:
    """Without e-mail and subject nothing is asked, rather than everything."""
    with pytest.raises(RejectedByCluster):
        filters.owned(Owner(email=""), HERE)
    with pytest.raises(RejectedByCluster):
        filters.owned_allocations(Owner(email=""), HERE)


@given(st.text())
def test_literal_matches_exactly_its_text(text: str) -> None:
    """The literal of any text is a regular expression for that text, and cannot end the quoted string."""
    literal = filters.literal(text)

    assert '"' not in literal
    assert re.fullmatch(literal.replace("\\\\", "\\"), text)


@pytest.mark.parametrize("word", ["a b", 'x" or ""', "a|b", "ä", "a.c", "x/y", "\\"])
def test_odd_ids_match_themselves_only(word: str) -> None:
    """An id or namespace with any characters gets in as a literal: one odd job must not spoil a whole list."""
    found = filters.of_jobs(["first", word])

    pattern = found.removeprefix('JobID matches "').removesuffix('"').replace("\\\\", "\\")
    assert '"' not in pattern
    assert re.search(pattern, word)
    assert not re.search(pattern, word.replace(word[0], "other"))


@pytest.mark.parametrize(
    ("rule", "is_taken"),
    [
        ("Host(`deepaas.leaves.x.org`, `www.deepaas.leaves.x.org`)", True),
        ("Host(`leaves.x.org`)", True),
        ("Host(`deepaas.many-leaves.x.org`)", False),
        ("Host(`deepaas.leaves2.x.org`)", False),
        ("Host(`deepaas.leaves.y.x.org`)", False),
        ("Host(`deepaas.leaves.x.org.evil.net`)", False),
    ],
)
def test_host_name_is_found_in_rules_as_a_whole(rule: str, is_taken: bool) -> None:  # noqa: FBT001 - a table's column
    """A rule takes a host name only if the whole name stands before the base domain."""
    found = filters.routed_to("leaves", "x.org")

    pattern = found.partition('tag matches "')[2].partition('"')[0].replace("\\\\", "\\")
    assert bool(re.search(pattern, rule)) is is_taken


@pytest.mark.parametrize(("hostname", "domain"), [("a.b", "x.org"), ("", "x.org"), ("a", "x org"), ("a", "")])
def test_odd_host_names_get_into_no_filter(hostname: str, domain: str) -> None:
    """A host name or base domain with other characters is refused."""
    with pytest.raises(RejectedByCluster):
        filters.routed_to(hostname, domain)
