"""The documents: their links lead somewhere, and the files they name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)")
NAMED_FILE = re.compile(
    r"`((?:bot|handlers|jobs|playground|tests|docs|\.ci|\.cache/agent)/[\w./-]*|[\w.-]+\.(?:py|yaml|toml))`"
)
MADE_BY_BUILDING = (".cache/agent",)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to another document of the project finds it."""
    targets = LINK.findall(document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_files_are_there(document: Path) -> None:
    """Every file or folder that a document names is in the project."""
    names = [name for name in NAMED_FILE.findall(document.read_text(encoding="utf-8")) if name not in MADE_BY_BUILDING]
    places = (ROOT, ROOT / "bot" / "settings", document.parent)

    assert [name for name in names if not any((place / name).exists() for place in places)] == []


def test_every_decision_is_in_the_list() -> None:
    """The list of decisions links to every one of them, in their order."""
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))

    assert listed == [path.name for path in sorted(folder.glob("0*.md"))]


def test_every_target_of_the_makefile_that_a_document_names_is_there() -> None:
    """`make something` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = {
        word
        for document in DOCUMENTS
        for word in re.findall(r"(?:`|^)make ([a-z]+)\b", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }

    assert named <= targets


def test_every_test_that_a_document_names_is_there() -> None:
    """What a document claims is shown by a test that exists; a test that is renamed takes its name along."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    known = {name for source in sources for name in re.findall(r"^ *def (test_\w+)\(", source, flags=re.MULTILINE)}
    named = {name for document in DOCUMENTS for name in re.findall(r"`(test_\w+)`", document.read_text("utf-8"))}

    assert named - known == set()
