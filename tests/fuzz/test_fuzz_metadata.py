"""Whatever a module's metadata file holds: a module or a broken item with a reason, soon, and never an exception."""

import time
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from bot.catalog import gitmodules, metadata
from bot.catalog.gitmodules import Entry
from bot.domain.base import ModuleName
from bot.domain.catalog import BrokenItem, Module
from tests.fuzz.hostile import TEXTS
from tests.fuzz.profiles import fuzzed

FOLDER = Path(__file__).parents[2] / "playground" / "catalogue"
FILES = [path.read_bytes() for path in sorted((FOLDER / "modules").glob("*.yml"))]
ENTRY = Entry(name=ModuleName("demo-app"), url="https://github.com/ai4os-hub/demo-app", branch="main")
SECONDS = 2.0
PIECES = [
    *(text.encode("utf-8", "surrogatepass") for text in TEXTS),
    *(b"&a [*a]", b"*a", b"<<: *a\n", b"!!python/object:os.system x", b"{{", b"- - - -", b": : :", b"\t", b"---\n"),
    *(b"|\n", b"? [", b"\xff\xfe", b"\xef\xbb\xbf", b"%YAML 9.9\n", b"[" * 500, b"a: &x [" * 40, b"'", b'"', b"\x85"),
    b"\\uD800",
]


@st.composite
def mutated(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """Take a file and cut, repeat, replace or insert something in a few places."""
    content = draw(st.sampled_from(files))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(content)))
        end = draw(st.integers(at, min(len(content), at + 60)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8), st.just(content[at:end] * 20)))
        content = content[:at] + piece + content[end:]
    return content


@fuzzed(120)
@given(mutated(FILES))
@example(b"a: &x [1]\n" + b"".join(b"k%d: [*x, *x, *x]\n" % number for number in range(5000)))
@example(b"title: " + b"x" * 60_000)
@example(b"".join(b"%s- a\n" % (b" " * number) for number in range(300)))
def test_a_metadata_file_of_any_content_is_read_or_explained(content: bytes) -> None:
    """A stranger's file cannot stop the catalogue, nor keep it busy."""
    begun = time.process_time()

    found = metadata.read(content, ENTRY)

    assert time.process_time() - begun < SECONDS
    assert isinstance(found, Module | BrokenItem)
    assert found.name == ENTRY.name
    assert isinstance(found, Module) or found.reason.strip()


@fuzzed(80)
@given(mutated([(FOLDER / "gitmodules.txt").read_bytes()]))
def test_a_list_of_modules_of_any_content_is_read(content: bytes) -> None:
    """What is no name is left out: a name becomes part of addresses and paths."""
    listing = gitmodules.parse(content.decode("utf-8", "replace"))

    assert all(gitmodules.is_name(entry.name) for entry in listing.entries)
    assert not any("/" in entry.name or entry.name.startswith(".") for entry in listing.entries)
