"""Write docs/performance.md: each benchmark replaces its own section and leaves the others as they are."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_BEGINNING = """\
# Performance

What `make bench` measured last; it writes the sections below. The figures are ratios and counts, because seconds say as
much about the machine as about the code; the terminal shows both. Each ratio is of two things measured by turns in the
same run. No test waits for a time.
"""
_SECTION = "<!-- {mark} -->\n{text}\n<!-- end of {mark} -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of texts under a heading each; every column but the first stands to the right."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_markdown(self) -> str:
        """Return the table for the page."""
        rule = ["---", *("---:" for _ in self.headings[1:])]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (self.headings, rule, *self.rows))

    def as_text(self) -> str:
        """Return the table for a terminal."""
        lines = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ).rstrip()
            for cells in lines
        )


def write_section(mark: str, text: str, *, page: Path = PAGE) -> None:
    """Put a section between its marks, whatever stood there; without marks it goes to the end."""
    section = _SECTION.format(mark=mark, text=text.strip())
    between = re.compile(_SECTION.format(mark=mark, text=".*?"), re.DOTALL)
    before = page.read_text(encoding="utf-8") if page.exists() else _BEGINNING
    after, found = between.subn(lambda _: section, before)
    page.write_text(after if found else f"{before.rstrip()}\n\n{section}", encoding="utf-8")


def today() -> str:
    """Return the date that stands beside what was measured."""
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d")
