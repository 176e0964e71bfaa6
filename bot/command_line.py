"""What `python app.py` understands, and how it answers: the verbs, the report of a check-up as text or as JSON."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from bot.domain.base import Frozen
from bot.domain.checkup import EXIT_STATUS, Finding, Verdict, line, summary, worst

_STATUSES = """\
exit status, as monitoring plugins have it:
  0  everything is fine
  1  there are warnings, and nothing worse
  2  there are problems: the bot, or a part of it, does not work
  3  there are no problems, but something could not be told
"""


INTERRUPTED = 130
"""The exit status of a program that was interrupted from the keyboard, as shells have it."""


class Verb(StrEnum):
    """What to do."""

    RUN = "run"
    DOCTOR = "doctor"


class Asked(Frozen):
    """What somebody typed after `python app.py`."""

    verb: Verb = Verb.RUN
    as_json: bool = False
    quiet: bool = False


def parse(arguments: Sequence[str]) -> Asked:
    """Read the arguments; what nobody knows ends the program with the usage and status 2, --help with status 0."""
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="The AI4OS bot. Without a verb it runs until SIGTERM or SIGINT.",
        epilog="Settings come from the environment and .env; README.md lists them.",
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    doctor = verbs.add_parser(
        Verb.DOCTOR.value,
        help="look at everything the bot needs: settings, Slack, Nomad, database, catalogue, clocks",
        description="Look at everything the bot needs and say what to do. It changes nothing, and the bot may run.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    doctor.add_argument("--json", dest="as_json", action="store_true", help="one JSON object, for machines")
    doctor.add_argument("--quiet", action="store_true", help="only what is not fine")
    given = vars(parser.parse_args(arguments))
    return Asked(**(given | {"verb": given["verb"] or Verb.RUN}))


def report(findings: Iterable[Finding], asked: Asked, write: Callable[[str], object] | None = None) -> int:
    """Write what is found, line by line as it is found or as one JSON object; return the exit status.

    Whoever interrupts it, or closes the pipe that it writes to, has heard enough.
    """
    try:
        return _report(findings, asked, write or _to_standard_output)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return EXIT_STATUS[Verdict.UNKNOWN]


def _report(findings: Iterable[Finding], asked: Asked, write: Callable[[str], object]) -> int:
    found: list[Finding] = []
    for finding in findings:
        found.append(finding)
        if not asked.as_json and not (asked.quiet and finding.verdict is Verdict.FINE):
            write(f"{line(finding)}\n")
    verdict = worst(found)
    if asked.as_json:
        write(f"{json.dumps(_as_json(found, verdict, quiet=asked.quiet), ensure_ascii=False)}\n")
    elif not (asked.quiet and verdict is Verdict.FINE):
        write(f"{summary(found)}\n")
    return EXIT_STATUS[verdict]


def _to_standard_output(text: str) -> None:
    """Write at once, in whatever the terminal can show: it may know no curly quotes."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))
    sys.stdout.flush()


def _as_json(found: Sequence[Finding], verdict: Verdict, *, quiet: bool) -> dict[str, object]:
    shown = [finding for finding in found if not (quiet and finding.verdict is Verdict.FINE)]
    return {
        "verdict": verdict.value,
        "exit_status": EXIT_STATUS[verdict],
        "summary": summary(found),
        "findings": [finding.model_dump(mode="json") for finding in shown],
    }
