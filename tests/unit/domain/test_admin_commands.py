"""What administrators type, and how their slips are mended."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.admin_commands import AdminCommand, parse_admin, read_day, read_kind, read_number
from bot.domain.command_words import ADMIN_WORDS, HELP
from bot.domain.commands import Command, Verb, parse
from bot.domain.policy import FindingKind
from bot.errors import UsageError

TODAY = date(2026, 6, 8)


@pytest.mark.parametrize(
    ("text", "word", "subject"),
    [
        ("admin", "help", ""),
        ("admin help", "help", ""),
        ("admin CATALOGUE", "catalog", ""),
        ("admin refresh", "refresh", ""),
        ("admin refresh owl-caller", "refresh", "owl-caller"),
        ("admin review", "review", ""),
        ("admin Status", "review", ""),
        ("admin audit 50", "audit", "50"),
        ("admin unpause", "resume", ""),
        ("admin GO live", "go live", ""),
        ("admin go-live", "go live", ""),
        ("admin dry", "go dry", ""),
    ],
)
def test_what_administrators_say_is_understood(text: str, word: str, subject: str) -> None:
    """Their words, other names for them, and what may stand behind."""
    assert parse_admin(parse(text)) == AdminCommand(word=word, subject=subject)


@pytest.mark.parametrize(
    ("text", "subject", "options"),
    [
        (
            'exempt "Plankton run 3" --until 2026-12-31 --reason "long paper"',
            "Plankton run 3",
            {"until": "2026-12-31", "reason": "long paper"},
        ),
        (
            "exempt —owner <mailto:ada@example.org|ada@example.org> —until=30 —kind gpu-idle —reason “a – b”",
            "",
            {"owner": "ada@example.org", "until": "30", "kind": "gpu-idle", "reason": "a – b"},
        ),
        ("exempt 1b4e28ba --END", "1b4e28ba", {"end": ""}),
        ("exempt --end 1b4e28ba", "1b4e28ba", {"end": ""}),
        ("exempt owl --days 5 --why because", "owl", {"until": "5", "reason": "because"}),
        ("pause --until 2026-12-31 --reason maintenance of the servers", "", None),
        ("pause", "", {}),
        ("go live --reason two weeks were fine", "", {"reason": "two weeks were fine"}),
    ],
)
def test_options_go_as_far_as_the_next(text: str, subject: str, options: dict[str, str] | None) -> None:
    """With quotation marks or without, in any order, by any of their names."""
    wanted = options if options is not None else {"until": "2026-12-31", "reason": "maintenance of the servers"}

    command = parse_admin(parse(f"admin {text}"))

    assert (command.subject, command.options) == (subject, wanted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("catlog", "Did you mean `admin catalog`?"),
        ("reload-all", "Did you mean `admin refresh`?"),
        ("reveiw", "Did you mean `admin review`?"),
        ("go liv", "Did you mean `admin go live`?"),
        ("go", f"It is `/ai4os {HELP[Verb.ADMIN].usage}`."),
        ("everything", f"It is `/ai4os {HELP[Verb.ADMIN].usage}`."),
        ("catalog owl", "`/ai4os admin refresh NAME`"),
        ("review owl", "It is `/ai4os admin review`."),
        ("exempt", "`/ai4os admin exempt NAME --until"),
        ("exempt owl --owner ada@example.org --until 3 --reason x", "or `--owner EMAIL` in place of NAME"),
        ("exempt owl --reason x", "--until 2026-12-31"),
        ("exempt owl --until 3", '--reason "WHY"'),
        ("exempt owl --until 3 --reason", '--reason "WHY"'),
        ("exempt owl --untill 3 --reason x", "Did you mean `--until`?"),
        ("exempt owl --until 3 --until 4 --reason x", "Give it once."),
        ("pause --kind gpu-idle", "There are `--until`, `--reason`."),
        ("resume --reason x", "It takes none."),
    ],
)
def test_what_administrators_say_wrongly_is_mended(text: str, said: str) -> None:
    """The line is parsed without an error first: who says it is checked in between."""
    command = parse(f"admin {text}")

    with pytest.raises(UsageError) as caught:
        parse_admin(command)

    assert said in caught.value.hint


@pytest.mark.parametrize("example", HELP[Verb.ADMIN].examples)
def test_every_example_of_the_help_can_be_typed(example: str) -> None:
    """Whoever copies one gets no error."""
    assert parse_admin(parse(example.removeprefix("/ai4os "))).word in ADMIN_WORDS


@given(st.text())
def test_administrators_get_a_command_or_a_usage_error(text: str) -> None:
    """Whatever follows `admin`, the person gets an answer."""
    assert _asked_of_administrators(text) in {*ADMIN_WORDS, None}


def _asked_of_administrators(text: str) -> str | None:
    try:
        return parse_admin(Command(verb=Verb.ADMIN, subject=text)).word
    except UsageError:
        return None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("30", date(2026, 7, 8)),
        ("0", TODAY),
        ("7d", date(2026, 6, 15)),
        ("1 day", date(2026, 6, 9)),
        (" 14 Days ", date(2026, 6, 22)),
    ],
)
def test_a_day_is_a_date_or_a_number_of_days(text: str, day: date) -> None:
    """Numbers count from today."""
    assert read_day(text, today=TODAY) == day


@pytest.mark.parametrize("text", ["", "soon", "31.12.2026", "2026-13-01", "-3", "99999", "2026-12-31T10:00"])
def test_what_is_no_day_is_told_so(text: str) -> None:
    """With both ways of writing one."""
    with pytest.raises(UsageError, match="is no day") as caught:
        read_day(text, today=TODAY)

    assert "2026-12-31" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("gpu-idle", FindingKind.GPU_IDLE),
        ("GPU idle", FindingKind.GPU_IDLE),
        ("gpu_never_used", FindingKind.GPU_NEVER_USED),
        ("failed, but holding", FindingKind.FAILED),
        ("long-running", FindingKind.LONG_RUNNING),
    ],
)
def test_a_finding_is_named_by_its_words(text: str, kind: FindingKind) -> None:
    """As in the help, or as it is written in the review."""
    assert read_kind(text) is kind


def test_a_finding_that_is_none_is_guessed() -> None:
    """With all there are where nothing is near."""
    with pytest.raises(UsageError) as near:
        read_kind("gpu-idel")
    with pytest.raises(UsageError) as far:
        read_kind("xyzzy")

    assert near.value.hint == "Did you mean `gpu-idle`?"
    assert "one-gpu-idle" in far.value.hint


def test_the_number_of_entries_is_a_number() -> None:
    """Nothing stands for the usual one."""
    assert (read_number("", default=100), read_number("20", default=100)) == (100, 20)


@pytest.mark.parametrize("text", ["0", "-1", "many", "12345", "1.5", "²"])
def test_what_is_no_number_of_entries_is_told_so(text: str) -> None:
    """With an example."""
    with pytest.raises(UsageError, match="no number of entries"):
        read_number(text, default=100)
