"""Membership: who belongs to a platform as the configuration says it."""

import re

import pytest

from bot.domain.base import SlackUserId
from bot.domain.membership import Membership, parse

ADA = SlackUserId("U0ADA")


def test_everyone_includes_everybody() -> None:
    """`everyone` includes a person without an address, too."""
    assert parse(["everyone"]).includes(email="", slack_user=ADA)


def test_nobody_is_included_by_an_empty_list() -> None:
    """An empty list includes nobody, and an unknown address is not the empty address."""
    assert not Membership().includes(email="", slack_user=ADA)


@pytest.mark.parametrize("words", [["ADA@example.org"], ["U0ADA"], ["usergroup:@modellers"], ["usergroup:S0MODEL"]])
def test_a_person_is_included_by_any_identity(words: list[str]) -> None:
    """An address, a Slack user id, a user group's handle and its id each include the person, whatever the case."""
    membership = parse(words)

    assert membership.includes(email="Ada@Example.org", slack_user=ADA, usergroups=["S0MODEL", "Modellers"])


@pytest.mark.parametrize("words", [["grace@example.org"], ["U0GRACE"], ["usergroup:others"]])
def test_a_person_is_not_included_by_other_identities(words: list[str]) -> None:
    """Nobody is included by somebody else's identity."""
    assert not parse(words).includes(email="ada@example.org", slack_user=ADA, usergroups=["S0MODEL"])


@pytest.mark.parametrize("word", ["Ada", "", "ada@", "usergroup:", "all", "u0ada", "<@U0ADA>"])
def test_a_word_that_names_nobody_is_refused(word: str) -> None:
    """A word that is no address, id or user group is named, instead of silently including nobody."""
    with pytest.raises(ValueError, match=f"^{re.escape(word)}$"):
        parse([word])
