"""Where on the web the catalogue's files are."""

import pytest

from bot.catalog.addresses import (
    Address,
    catalog_address,
    files_in_repository,
    is_loopback,
    objection,
    repository_address,
)
from bot.catalog.gitmodules import Entry
from bot.domain.base import ModuleName

RAW = "https://raw.githubusercontent.com/ai4os-hub/modules-catalog"


@pytest.mark.parametrize(
    ("written", "listings"),
    [
        ("https://github.com/ai4os-hub/modules-catalog", (f"{RAW}/master/.gitmodules", f"{RAW}/main/.gitmodules")),
        (
            "https://www.github.com/ai4os-hub/modules-catalog.git/",
            (f"{RAW}/master/.gitmodules", f"{RAW}/main/.gitmodules"),
        ),
        ("https://github.com/ai4os-hub/modules-catalog/tree/a/b", (f"{RAW}/a/b/.gitmodules",)),
        ("https://github.com/ai4os-hub/modules-catalog/blob/dev/.gitmodules", (f"{RAW}/dev/.gitmodules",)),
        (f"{RAW}/master/.gitmodules", (f"{RAW}/master/.gitmodules",)),
        ("https://lab.example-forge.org/list/gitmodules.txt", ("https://lab.example-forge.org/list/gitmodules.txt",)),
        (
            "https://lab.example-forge.org/o/r",
            (
                "https://lab.example-forge.org/o/r/.gitmodules",
                "https://lab.example-forge.org/o/r/gitmodules.txt",
                "https://lab.example-forge.org/o/r/raw/master/.gitmodules",
                "https://lab.example-forge.org/o/r/master/.gitmodules",
                "https://lab.example-forge.org/o/r/raw/main/.gitmodules",
                "https://lab.example-forge.org/o/r/main/.gitmodules",
            ),
        ),
    ],
)
def test_the_list_is_looked_for_in_the_likely_places(written: str, listings: tuple[str, ...]) -> None:
    """A repository, a branch of it, a file's page, its bare text, or a folder on the web: each leads to the list."""
    assert catalog_address(written).listings == listings


def test_metadata_is_looked_for_on_its_branch_then_on_the_usual_ones() -> None:
    """A branch that was renamed, or left out of the list, does not hide a module."""
    entry = Entry(name=ModuleName("moss"), url="https://github.com/lab/moss.git", branch="dev")
    address = catalog_address("https://github.com/ai4os-hub/modules-catalog")

    assert files_in_repository(entry, address) == (
        "https://raw.githubusercontent.com/lab/moss/dev/ai4-metadata.yml",
        "https://raw.githubusercontent.com/lab/moss/main/ai4-metadata.yml",
        "https://raw.githubusercontent.com/lab/moss/master/ai4-metadata.yml",
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://github.com/lab/moss.git/", "https://github.com/lab/moss"),
        ("git@github.com:lab/moss.git", "https://github.com/lab/moss"),
        ("ssh://git@github.com/lab/moss", "https://github.com/lab/moss"),
        ("../moss", "https://github.com/ai4os-hub/moss"),
        ("file:///etc/passwd", ""),
        ("/etc/passwd", ""),
        ("https://user:word@github.com/lab/moss", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_a_repository_has_a_web_address_or_none(written: str, expected: str) -> None:
    """All of git's ways to write an address are understood; what is not on the web is not asked for."""
    address = Address(listings=(), repository="https://github.com/ai4os-hub/modules-catalog")

    assert repository_address(written, address) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/a", ""),
        ("http://127.0.0.1:80/a", ""),
        ("http://[::1]/a", ""),
        ("http://localhost/a", ""),
        ("http://github.com/a", "must begin with https"),
        ("ftp://github.com/a", "is not an http or https address"),
        ("https://", "is not an http or https address"),
        ("https://a:b@github.com/", "holds a user name or password"),
        ("http://a:99999/", "is not an address that can be read"),
        ("https://github.com/" + "a" * 500, "is not an http or https address"),
    ],
)
def test_only_https_is_asked(url: str, expected: str) -> None:
    """Only this machine itself may be asked without encryption."""
    assert objection(url, allows_loopback=True) == expected


def test_this_machine_is_asked_only_where_that_is_meant() -> None:
    """A list on the web cannot make the bot ask services on its own machine."""
    assert objection("https://127.0.0.1/a", allows_loopback=False) == "points to the bot's own machine"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("localhost.example.org", False)],
)
def test_this_machine_is_recognised(host: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Numbers and names of this machine are told from others."""
    assert is_loopback(host) is expected
