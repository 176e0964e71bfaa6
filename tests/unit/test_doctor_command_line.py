"""What `python app.py` understands, and how a check-up is told."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.command_line import Asked, Verb, parse, report
from bot.domain.checkup import Area, Finding

ROOT = Path(__file__).parents[2]
FINE = Area.NOMAD.fine("It answers.")
WARNING = Area.SLACK.warning("A scope too many.", "Take it away.")
UNKNOWN = Area.DATABASE.unknown("its tables: not checked.")


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], Asked(verb=Verb.RUN)),
        (["doctor"], Asked(verb=Verb.DOCTOR)),
        (["doctor", "--json"], Asked(verb=Verb.DOCTOR, as_json=True)),
        (["doctor", "--quiet", "--json"], Asked(verb=Verb.DOCTOR, as_json=True, quiet=True)),
    ],
)
def test_verbs_and_options_are_understood(arguments: list[str], asked: Asked) -> None:
    """Nothing at all means to run the bot."""
    assert parse(arguments) == asked


@pytest.mark.parametrize(
    "arguments", [["docter"], ["run"], ["--doctor"], ["doctor", "--loud"], ["doctor", "now"], ["doctor", "--js"]]
)
def test_anything_else_is_answered_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with status 2; shortened options are not guessed."""
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    out, told = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert told.startswith("usage: python app.py")
    assert "Verb." not in told


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--help"], ["doctor", "README.md"]), (["doctor", "--help"], ["exit status", "--quiet"])]
)
def test_help_is_told_on_standard_output(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With status 0; the doctor's says what the exit statuses mean."""
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    out, told = capsys.readouterr()
    assert (ended.value.code, told) == (0, "")
    assert all(word in out for word in words)


@pytest.mark.parametrize(
    ("findings", "quiet", "status", "told"),
    [
        ([FINE], False, 0, ["fine     Nomad      It answers.", "All fine: 1 findings."]),
        ([FINE], True, 0, []),
        (
            [FINE, WARNING],
            True,
            1,
            ["warning  Slack      A scope too many. Take it away.", "1 warning, 1 fine."],
        ),
        ([UNKNOWN], True, 3, ["unknown  Database   its tables: not checked.", "1 could not be told, 0 fine."]),
    ],
)
def test_a_report_is_lines_and_a_summary(*, findings: list[Finding], quiet: bool, status: int, told: list[str]) -> None:
    """With --quiet only what is not fine, and nothing at all where everything is."""
    written: list[str] = []

    assert report(findings, Asked(verb=Verb.DOCTOR, quiet=quiet), written.append) == status
    assert "".join(written).splitlines() == told


def test_a_report_for_machines_is_one_object() -> None:
    """It has the verdict, the exit status, the summary and the findings; with --quiet those that are not fine."""
    written: list[str] = []

    status = report([FINE, WARNING], Asked(verb=Verb.DOCTOR, as_json=True, quiet=True), written.append)

    assert status == 1
    assert json.loads("".join(written)) == {
        "verdict": "warning",
        "exit_status": 1,
        "summary": "1 warning, 1 fine.",
        "findings": [
            {"area": "Slack", "verdict": "warning", "text": "A scope too many.", "mend": "Take it away."},
        ],
    }


def test_what_a_terminal_cannot_show_does_not_break_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    """Half a surrogate, as a broken name of a file may hold, becomes a question mark."""
    report([Area.NOMAD.fine("node \udc80")], Asked(verb=Verb.DOCTOR))

    assert "node ?" in capsys.readouterr().out


def test_an_interrupted_report_ends_quietly() -> None:
    """Ctrl-C needs no traceback, only the status that shells know."""

    def interrupted() -> Iterator[Finding]:
        yield FINE
        raise KeyboardInterrupt

    told: list[str] = []

    assert report(interrupted(), Asked(verb=Verb.DOCTOR), told.append) == 130
    assert len(told) == 1


def test_a_reader_that_has_heard_enough_ends_it_quietly() -> None:
    """`python app.py doctor | head -1` is no error of the doctor's."""
    program = (
        "import sys\nfrom bot.command_line import Asked, Verb, report\nfrom bot.domain.checkup import Area\n"
        "findings = (Area.NOMAD.fine('x' * 9000) for _ in range(100))\n"
        "sys.exit(report(findings, Asked(verb=Verb.DOCTOR)))"
    )
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()

    assert (process.returncode, told) == (3, "")
