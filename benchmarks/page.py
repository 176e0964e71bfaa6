"""Write docs/performance.md: each benchmark replaces its own section, and the sections keep their order."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
ORDER = (
    "list_deployments",
    "acks",
    "hanging",
    "deploying",
    "measuring",
    "start",
    "memory",
    "growth",
    "time_lapse",
    "soak",
)
"""The marks of the sections, as they follow each other on the page."""

_BEGINNING = """\
# Performance

What was measured last, each section by the command under its heading; `make bench` runs them all but the simulated
day, which is `make soak`. The figures are ratios and counts, because seconds say as much about the machine as about the
code; where some stand beside a ratio, they are of that run. Each ratio is of two things measured by turns in the same
run. No test waits for a time. What is measured and why: [decision 30](decisions/0030-what-is-measured.md).
"""
_SECTION = "<!-- {mark} -->\n{text}\n<!-- end of {mark} -->\n"
_ANY_SECTION = re.compile(r"<!-- (?P<mark>[a-z_]+) -->\n(?P<text>.*?)\n<!-- end of (?P=mark) -->", re.DOTALL)


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
    """Put a section in its place on the page, whatever stood there; the others stay as they are."""
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = {found["mark"]: found["text"] for found in _ANY_SECTION.finditer(before)} | {mark: text.strip()}
    in_order = [each for each in ORDER if each in sections]
    parts = [_SECTION.format(mark=each, text=sections[each]) for each in in_order]
    page.write_text("\n".join((_BEGINNING, *parts)), encoding="utf-8")


def put_between(page: Path, mark: str, text: str) -> None:
    """Replace what stands between a section's marks on a page that has them. Raises ValueError if it has not."""
    before = page.read_text(encoding="utf-8")
    start, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    if before.count(start) != 1 or before.count(end) != 1:
        raise ValueError(f"{page.name} has no place for {mark}: the lines {start.strip()} and {end}.")
    head, tail = before.split(start)[0], before.split(end)[1]
    page.write_text(f"{head}{start}{text.strip()}\n{end}{tail}", encoding="utf-8")


def today() -> str:
    """Return the date that stands beside what was measured."""
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d")
