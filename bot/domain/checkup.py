"""A check-up of all that the bot needs: what was found, how bad it is, and how that is told."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.base import Frozen


class Verdict(StrEnum):
    """How something stands; `unknown` is for what could not be told, which is neither fine nor wrong."""

    FINE = "fine"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Finding(Frozen):
    """One line of a check-up: what was found, and, if it is not fine, what to do."""

    area: "Area"
    verdict: Verdict
    text: str
    mend: str = ""


class Area(StrEnum):
    """What a finding is about, with the four kinds of findings about it."""

    SETTINGS = "Settings"
    SLACK = "Slack"
    NOMAD = "Nomad"
    DATABASE = "Database"
    CATALOGUE = "Catalogue"
    CLOCK = "Clock"

    def fine(self, text: str) -> Finding:
        """Return a fact that is as it should be."""
        return Finding(area=self, verdict=Verdict.FINE, text=text)

    def warning(self, text: str, mend: str) -> Finding:
        """Return something that works, but not as it should, or not for long."""
        return Finding(area=self, verdict=Verdict.WARNING, text=text, mend=mend)

    def problem(self, text: str, mend: str) -> Finding:
        """Return something without which the bot, or a part of it, does not work."""
        return Finding(area=self, verdict=Verdict.PROBLEM, text=text, mend=mend)

    def unknown(self, text: str, mend: str = "") -> Finding:
        """Return something that could not be told."""
        return Finding(area=self, verdict=Verdict.UNKNOWN, text=text, mend=mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at, with those that must have gone well before (`needs`, by their keys).

    `about` names it in a line of its own; `otherwise` is the rest of "not checked, because …" for what needs this one.
    """

    key: str
    area: Area
    about: str
    otherwise: str
    run: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, area: Area, key: str, about: str, run: Callable[[], Iterable[Finding]], *needs: str, otherwise: str = ""
    ) -> "Check":
        """Return a check of an area; `key` and `needs` are names within it."""
        group = area.name.lower()
        return cls(
            key=f"{group}.{key}",
            area=area,
            about=about,
            otherwise=otherwise,
            run=run,
            needs=tuple(f"{group}.{need}" for need in needs),
        )


EXIT_STATUS = {Verdict.FINE: 0, Verdict.WARNING: 1, Verdict.PROBLEM: 2, Verdict.UNKNOWN: 3}
"""As monitoring plugins for Nagios and its kin have it."""

_WORST_FIRST = (Verdict.PROBLEM, Verdict.UNKNOWN, Verdict.WARNING, Verdict.FINE)
_MARKS = {Verdict.FINE: "fine", Verdict.WARNING: "warning", Verdict.PROBLEM: "PROBLEM", Verdict.UNKNOWN: "unknown"}
"""Words, not signs: they can be searched for, read aloud, and printed in any encoding."""


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict on the whole: a problem outdoes what is unknown, which outdoes a warning."""
    found = {finding.verdict for finding in findings}
    return next((verdict for verdict in _WORST_FIRST if verdict in found), Verdict.FINE)


def blocks(findings: Iterable[Finding]) -> bool:
    """Tell whether what needs this check cannot be checked."""
    return worst(findings) in {Verdict.PROBLEM, Verdict.UNKNOWN}


def line(finding: Finding) -> str:
    """Write a finding as one line: mark, area, what was found, what to do."""
    return f"{_MARKS[finding.verdict]:<8} {finding.area:<10} {finding.text}{' ' if finding.mend else ''}{finding.mend}"


def summary(findings: Sequence[Finding]) -> str:
    """Write the last line: how many of each kind."""
    counts = Counter(finding.verdict for finding in findings)
    if set(counts) <= {Verdict.FINE}:
        return f"All fine: {counts[Verdict.FINE]} findings."
    parts = (
        _counted(counts[Verdict.PROBLEM], "problem"),
        _counted(counts[Verdict.WARNING], "warning"),
        f"{counts[Verdict.UNKNOWN]} could not be told" if counts[Verdict.UNKNOWN] else "",
        f"{counts[Verdict.FINE]} fine",
    )
    return f"{', '.join(part for part in parts if part)}."


def listed(names: Iterable[str], *, most: int = 5) -> str:
    """Join names as people do, cutting a long list short."""
    known = list(names)
    shown, rest = known[:most], len(known) - most
    words = [*shown, f"{rest} more"] if rest > 0 else shown
    return " and ".join(([", ".join(words[:-1])] if words[1:] else []) + words[-1:])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
