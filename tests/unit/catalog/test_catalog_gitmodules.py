"""Reading the catalogue's list in git's configuration syntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.gitmodules import MAX_ENTRIES, Entry, parse
from bot.domain.base import ModuleName
from tests.unit.catalog.published import as_listing

QUIRKS = """\
# the modules
[submodule "kites"]
    path = kites
    url = "https://github.com/ai4os-hub/kites#top" ; quoted
    branch = dev/two # not yet released
[SubModule "moss"] Path = moss
URL=https://github.com/ai4os-hub/\\
moss
[core]
    url = https://nowhere.example-lab.org
    ; a comment
[submodule "tides"]
    url
    branch = .
[submodule "kites"]
    branch = main
[submodule "torn
    url = https://nowhere.example-lab.org
"""


def entry(name: str, url: str = "", branch: str = "master") -> Entry:
    """Return an entry."""
    return Entry(name=ModuleName(name), url=url, branch=branch)


def test_a_plain_list_is_read_in_its_order() -> None:
    """Each section is an entry with its address and branch."""
    listing = parse(as_listing("moss", "kites"))

    assert listing.entries == (
        entry("moss", "https://github.com/ai4os-hub/moss", "main"),
        entry("kites", "https://github.com/ai4os-hub/kites", "main"),
    )
    assert listing.broken == ()


def test_gits_syntax_is_understood() -> None:
    """Comments, quotes, case, continued lines, other sections, repeated and broken ones are read as git reads them."""
    assert parse(QUIRKS).entries == (
        entry("kites", "https://github.com/ai4os-hub/kites#top", "main"),
        entry("moss", "https://github.com/ai4os-hub/moss"),
        entry("tides"),
    )


@pytest.mark.parametrize(
    "name",
    ["../moss", "..", ".hidden", "a/b", "a b", "-x", "a\\\\b", "moss;id", "ümlaut", "a" * 101, 'a\\"b'],
)
def test_hostile_names_are_refused(name: str) -> None:
    """A name that could be a path, a flag or markup is listed as broken and never used."""
    listing = parse(f'[submodule "{name}"]\nurl = https://github.com/a/b\n')

    assert listing.entries == ()
    assert "name" in listing.broken[0].reason


def test_a_name_that_slack_cannot_take_is_told_with_its_length() -> None:
    """A name is the value of a choice in a form, of 75 characters at most."""
    listing = parse(as_listing("a" * 75, "b" * 76))

    assert [item.name for item in listing.entries] == ["a" * 75]
    assert listing.broken[0].reason == "has a name of 76 characters in .gitmodules: Slack takes no more than 75"


@pytest.mark.parametrize("branch", ["../x", "a..b", "-x", "a b", "a//b", "a?b", "/a"])
def test_hostile_branches_are_refused(branch: str) -> None:
    """A branch goes into an address, so it must be a branch's name."""
    listing = parse(f'[submodule "moss"]\nbranch = {branch}\n')

    assert listing.entries == ()
    assert "branch" in listing.broken[0].reason


def test_names_that_differ_by_case_only_cannot_both_be_used() -> None:
    """The second of them is broken, because people type names in any case."""
    listing = parse(as_listing("moss", "Moss"))

    assert [item.name for item in listing.entries] == ["moss"]
    assert listing.broken[0].name == "Moss"
    assert "same name as moss" in listing.broken[0].reason


def test_the_number_of_entries_is_bounded() -> None:
    """What comes after the bound is told, not read."""
    listing = parse(as_listing(*(f"m{number}" for number in range(MAX_ENTRIES + 1))))

    assert len(listing.entries) == MAX_ENTRIES
    assert listing.broken[0].name == f"m{MAX_ENTRIES}"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "<!DOCTYPE html>\n<html>[x]</html>", "404: Not Found", "\\", "[", "\ufeff"]
)
def test_what_is_no_list_has_no_entries(text: str) -> None:
    """An empty file or an error page lists nothing."""
    assert parse(text).entries == ()


PIECES = st.sampled_from(
    ['[submodule "', '"]', "\n", "\tpath = ", "\turl = ", "\tbranch = ", "a", "..", "/", "\\", '"', "#", ";", "=", " "]
)


@given(st.text(max_size=200) | st.lists(PIECES, max_size=40).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    """Any text gives a list, and no entry of it has a name or branch that could be anything else."""
    listing = parse(text)

    assert all(
        set(item.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        for item in listing.entries
    )
    assert all(".." not in item.branch for item in listing.entries)
    assert listing.model_dump_json()
