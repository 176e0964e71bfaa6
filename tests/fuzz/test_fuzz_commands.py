"""Whatever somebody types: it is understood or refused in words, and what was understood can be written again."""

import shlex
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands import FLAGS, Command, Verb, parse, render
from bot.domain.request import Field
from bot.errors import UsageError
from tests.fuzz.hostile import texts
from tests.fuzz.profiles import fuzzed

MARKS = "\"'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
WORDS = [*(flag.name for flag in FLAGS), "--yes", "-y", "--help", "--dev", "-", "--", "=", *MARKS, "\u2014gpu"]
words = st.one_of(st.sampled_from([*Verb, *WORDS, "demo-app", "1", "&lt;", "<@U1|ada>", "<https://x.org>"]), texts)
lines = st.lists(words, max_size=8).map(" ".join)
marks = st.text(st.sampled_from(f"aé 1-\u2014\u2013=\\&;<>|@#`$\n\u00a0{MARKS}"), max_size=40)


def _as_slack_sends_it(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _understood(text: str) -> Command | None:
    with suppress(UsageError):
        return parse(text)
    return None


@fuzzed(300)
@given(st.one_of(lines, marks, texts))
def test_whatever_is_typed_is_understood_or_refused_in_words(text: str) -> None:
    """Parsing raises nothing but a sentence for whoever typed it."""
    _understood(text)


@fuzzed(300)
@given(st.one_of(lines, marks.map(lambda text: f"deploy {text}")))
def test_what_was_understood_can_be_written_and_read_again(text: str) -> None:
    """A button that holds a command asks for what was typed, and for nothing else."""
    command = _understood(text)

    assert command is None or parse(render(command)) == command


@fuzzed(200)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_value_in_quotation_marks_arrives_unharmed(value: str) -> None:
    """Whatever stands inside a straight quotation is a value, its quotation marks, dashes and entities included."""
    typed = _as_slack_sends_it(f"deploy demo-app --title={shlex.quote(value)}")

    assert parse(typed) == Command(verb=Verb.DEPLOY, subject="demo-app", fields={Field.TITLE: value})


@fuzzed(100)
@given(st.text(st.characters(codec="utf-8", exclude_characters="“”„«»\\"), max_size=60))
def test_a_value_in_a_phones_quotation_marks_arrives_unharmed(value: str) -> None:
    """Phones write curly quotation marks by themselves; what is between them is not touched."""
    typed = _as_slack_sends_it(f"deploy demo-app --title=“{value}”")

    assert parse(typed) == Command(verb=Verb.DEPLOY, subject="demo-app", fields={Field.TITLE: value})
