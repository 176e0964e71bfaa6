"""The page of measurements: each benchmark has its section, in one order, and leaves the others as they are."""

from pathlib import Path

from benchmarks.page import ORDER, Table, write_section


def test_sections_keep_their_order_whoever_measures_first(tmp_path: Path) -> None:
    """A section that is written later stands where it belongs, below the page's beginning."""
    page = tmp_path / "performance.md"
    last, first = ORDER[-1], ORDER[0]

    write_section(last, "## Last\n\nmeasured", page=page)
    write_section(first, "## First\n\nmeasured", page=page)

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Performance\n")
    assert text.index("## First") < text.index("## Last")


def test_a_section_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    """Measuring again changes one section; writing the same again changes nothing."""
    page = tmp_path / "performance.md"
    write_section("acks", "old", page=page)
    write_section("soak", "kept, with its date", page=page)

    write_section("acks", "new", page=page)
    once = page.read_text(encoding="utf-8")
    write_section("acks", "new", page=page)

    assert page.read_text(encoding="utf-8") == once
    assert "old" not in once
    assert "kept, with its date" in once


def test_a_table_reads_well_in_both_places() -> None:
    """In the page it is Markdown with figures to the right, in the terminal its columns stand under each other."""
    table = Table(headings=("", "p50"), rows=[("known people", "1.76"), ("strangers", "13.53")])

    assert table.as_markdown().splitlines()[:3] == ["|  | p50 |", "| --- | ---: |", "| known people | 1.76 |"]
    assert table.as_text().splitlines() == ["                p50", "known people   1.76", "strangers     13.53"]
