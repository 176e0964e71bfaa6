"""What people type becomes a command, or a sentence that helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Capability
from bot.domain.commands import (
    FILTERS,
    FLAGS,
    HELP,
    Command,
    Verb,
    parse,
    render,
)
from bot.domain.request import Field
from bot.errors import UsageError


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("", Verb.MENU),
        ("   ", Verb.MENU),
        ("LIST", Verb.LIST),
        ("ls", Verb.LIST),
        ("Deployments", Verb.LIST),
        ("rm x", Verb.STOP),
        ("delete x", Verb.STOP),
        ("show x", Verb.DETAILS),
        ("open x", Verb.ACCESS),
        ("?", Verb.HELP),
        ("new", Verb.DEPLOY),
        ("Marketplace", Verb.MODULES),
        ("catalog", Verb.MODULES),
        ("catalogue", Verb.MODULES),
        ("search owls", Verb.MODULES),
        ("find owls", Verb.MODULES),
        ("about owl-caller", Verb.MODULE),
        ("ADMIN refresh", Verb.ADMIN),
    ],
)
def test_verbs_are_case_blind_and_have_aliases(text: str, verb: Verb) -> None:
    """The obvious words mean what people expect, whatever their case."""
    assert parse(text).verb is verb


@pytest.mark.parametrize(
    "text",
    [
        'deploy demo-app --gpu 1 --title "my run"',
        "deploy demo-app —gpu 1 —title “my run”",
        "deploy demo-app –gpu=1 –title=“my run”",
        "DEPLOY demo-app --GPUS 1 --name 'my run'",
        "deploy <https://demo-app|demo-app> --gpu 1 --title 'my run'",
    ],
)
def test_typographic_quotes_dashes_and_aliases_are_understood(text: str) -> None:
    """What phones and Slack make of quotes, dashes and links changes nothing."""
    command = parse(text)

    assert command == Command(verb=Verb.DEPLOY, subject="demo-app", fields={Field.GPU: "1", Field.TITLE: "my run"})


def test_an_apostrophe_is_not_a_quotation() -> None:
    """A name with an apostrophe is understood as it is written."""
    assert parse("stop ada's run").subject == "ada's run"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("deplyo", "deploy"),
        ("lsit", "list"),
        ("stpo x", "stop"),
        ("help depoly", "deploy"),
        ("deploy x --tga cpu", "--tag"),
        ("deploy x --gpu-modle T4", "--gpu-model"),
        ("modlues", "modules"),
        ("markteplace", "modules"),
        ("modules --trianable", "--trainable"),
        ("modules --inferense", "--inference"),
    ],
)
def test_a_typo_gets_the_word_that_was_meant(text: str, hint: str) -> None:
    """An unknown word is answered with the nearest one that is known."""
    with pytest.raises(UsageError) as caught:
        parse(text)

    assert f"Did you mean `{hint}`?" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('deploy x --title "my run', "never closed"),
        ("deploy x --gpu", "`--gpu` needs a value"),
        ("deploy x --gpu --cpu 4", "`--gpu` needs a value"),
        ("deploy x --cpu 4 --cpu 5", "given twice"),
        ("deploy my module", "`module`"),
        ("modules --gpu 1", "`--gpu` is not an option of `modules`"),
        ("modules --dev=yes", "`--dev` takes no value"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    """The sentence names the word that was not understood."""
    with pytest.raises(UsageError) as caught:
        parse(text)

    assert said in str(caught.value)


def test_help_of_a_verb_can_be_asked_in_two_ways() -> None:
    """`help stop` and `stop --help` are the same."""
    assert parse("help rm") == parse("rm --help") == Command(verb=Verb.HELP, subject="stop")


def test_every_verb_and_flag_is_explained() -> None:
    """Nothing that can be typed is missing from the help."""
    assert set(HELP) == set(Verb) - {Verb.MENU}
    assert all(flag.name in HELP[Verb.DEPLOY].usage for flag in FLAGS)


@pytest.mark.parametrize("verb", list(HELP))
def test_examples_in_the_help_work(verb: Verb) -> None:
    """Every example can be typed as it stands."""
    assert [parse(example.removeprefix("/ai4os ")).verb for example in HELP[verb].examples] == [verb] * len(
        HELP[verb].examples
    )


@pytest.mark.parametrize(
    ("text", "subject", "filters"),
    [
        ("modules", "", ()),
        ("modules plankton images", "plankton images", ()),
        ("modules --TRAINABLE", "", (Capability.TRAINABLE,)),
        ("modules —inference audio –train", "audio", (Capability.INFERENCE, Capability.TRAINABLE)),
        ("find --dev --dev", "", (Capability.DEVELOPMENT,)),
        ("modules “sea floor” --ready", "sea floor", (Capability.INFERENCE,)),
    ],
)
def test_words_and_filters_may_stand_in_any_order(text: str, subject: str, filters: tuple[Capability, ...]) -> None:
    """Filters have no values, so that every other word is searched for."""
    command = parse(text)

    assert command.subject == subject
    assert set(command.filters) == set(filters)


@given(st.text())
def test_parsing_never_raises_anything_but_a_usage_error(text: str) -> None:
    """Whatever is typed, the person gets a command or a sentence."""
    assert _understood(text)


def _understood(text: str) -> Command | str:
    try:
        return parse(text)
    except UsageError as error:
        return error.sentence()


_PLAIN = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20)


@given(_PLAIN, st.dictionaries(st.sampled_from([flag.field for flag in FLAGS]), _PLAIN, max_size=4))
def test_a_rendered_command_parses_into_itself(subject: str, fields: dict[Field, str]) -> None:
    """The text of a command means the command."""
    command = Command(verb=Verb.DEPLOY, subject=subject, fields=fields)

    assert parse(render(command)) == command


@given(st.lists(_PLAIN, max_size=5), st.sets(st.sampled_from([each.capability for each in FILTERS])))
def test_a_rendered_search_parses_into_itself(words: list[str], wanted: set[Capability]) -> None:
    """The text of a search means the search."""
    filters = tuple(each.capability for each in FILTERS if each.capability in wanted)
    command = Command(verb=Verb.MODULES, subject=" ".join(words), filters=filters)

    assert parse(render(command)) == command
