"""Reminders: what they say of each kind of finding, which buttons there are, and what is left once it is settled."""

from datetime import datetime, timedelta

import pytest

from bot.domain.letters import Letter, Settling
from bot.domain.policy import FOR_ADMINISTRATORS, FindingKind
from handlers.ids import Action, read_episode
from handlers.views import reminder
from tests.conftest import Golden
from tests.views.checking import elements, sent_message, texts
from tests.views.examples import HOSTILE
from tests.views.letters import AGAIN, episode, holding, letter, line, settled, waiting

FILE = "F0000001AB"
KINDS = tuple(kind for kind in FindingKind if kind not in FOR_ADMINISTRATORS)
USE = (Action.REMINDER_KEEP, Action.REMINDER_IN_USE, Action.REMINDER_DETAILS, Action.REMINDER_STOP)
FACT = (Action.REMINDER_KEEP, Action.REMINDER_DETAILS, Action.REMINDER_STOP)
BUTTONS = {
    FindingKind.GPU_NEVER_USED: USE,
    FindingKind.GPU_IDLE: USE,
    FindingKind.ONE_GPU_IDLE: USE,
    FindingKind.CPU_IDLE: USE,
    FindingKind.OVER_ETIQUETTE: FACT,
    FindingKind.LONG_RUNNING: FACT,
    FindingKind.QUEUED: FACT,
    FindingKind.FAILED: (Action.REMINDER_KEEP, Action.DETAILS, Action.REMINDER_STOP),
    FindingKind.GPU_HEAVY: (Action.MENU_LIST,),
}
HOLDINGS = (
    holding(),
    holding("Plankton run", at_rest_for=timedelta(hours=20)),
    holding("Bark beetles", last_active_at=None),
    holding("A part of a card", last_active_at=None, seen_until=None),
    holding("Owl caller", is_running=False),
)
MANY = tuple(line(kind) for kind in KINDS) + tuple(
    line(episode=episode(title=HOSTILE), waiting=waiting()) for _ in range(6)
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_own_words(golden: Golden, kind: FindingKind) -> None:
    """The message about each kind of finding is what its golden file says."""
    golden.check(f"views/reminder_{kind.name.lower()}", sent_message(reminder.render(letter(line(kind)))))


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("first", letter(is_first=True, file=FILE)),
        ("somebody_waits", letter(line(waiting=waiting()))),
        ("one_waits", letter(line(waiting=waiting(1, 2)))),
        ("mild", letter(line(episode=episode(is_mild=True)))),
        ("kept_twice", letter(line(keeps_in_a_row=2, step=3))),
        ("last_time", letter(line(step=4, next_at=None))),
        ("last_time_unescalated", letter(line(FindingKind.CPU_IDLE, step=3, next_at=None))),
        ("several", letter(line(FindingKind.FAILED), line(), line(FindingKind.GPU_HEAVY), file=FILE)),
        ("too_many", letter(*MANY, file=FILE)),
        ("which_gpu", letter(line(FindingKind.OVER_ETIQUETTE, holdings=HOLDINGS))),
        ("may_be_stopped", letter(line(may_end_in_stop=True), is_first=True, stops_some=True)),
        ("may_be_stopped_last", letter(line(may_end_in_stop=True, step=4, next_at=None), stops_some=True)),
        ("is_stopped_on", letter(line(may_end_in_stop=True, step=3, stops_at=AGAIN), stops_some=True)),
        ("half_settled", letter(line(settled=settled(Settling.KEPT)), line(FindingKind.LONG_RUNNING), file=FILE)),
    ],
)
def test_letters_look_as_they_should(golden: Golden, name: str, subject: Letter) -> None:
    """Each state of a letter is what its golden file says, and within Slack's limits."""
    golden.check(f"views/reminder_{name}", sent_message(reminder.render(subject)))


@pytest.mark.parametrize("how", Settling)
def test_what_is_settled_says_how_and_has_no_buttons(golden: Golden, how: Settling) -> None:
    """Nothing is left to press, and the text tells what came of it."""
    message = sent_message(reminder.render(letter(line(settled=settled(how)))))

    golden.check(f"views/reminder_settled_{how.name.lower()}", message)
    assert elements(message) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_buttons_fit_the_kind(kind: FindingKind) -> None:
    """The expected answer comes first; a statement about a person blames nobody and asks for nothing."""
    assert tuple(elements(sent_message(reminder.render(letter(line(kind)))))) == BUTTONS[kind]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not FindingKind.GPU_HEAVY])
def test_stopping_asks_first_and_names_what_is_lost(kind: FindingKind) -> None:
    """The button is red, and its dialog names the deployment."""
    button = elements(sent_message(reminder.render(letter(line(kind)))))[Action.REMINDER_STOP]

    assert button["style"] == "danger"
    assert "plant-classifier" in button["confirm"]["title"]["text"]
    assert "lost" in button["confirm"]["text"]["text"] or "disappears" in button["confirm"]["text"]["text"]


def test_a_button_is_about_exactly_one_thing() -> None:
    """It holds the episode and the version of the job, and nothing else."""
    told = line()
    button = elements(sent_message(reminder.render(letter(told))))[Action.REMINDER_KEEP]
    ref = read_episode(button["value"])

    assert ref is not None
    assert (ref.episode, ref.version) == (told.episode.id, told.episode.version)


@pytest.mark.parametrize("value", ["", "1204", "|x", "x|y", "1204|", "-1|x", f"{10**30}|x"])
def test_a_value_that_was_made_up_is_about_nothing(value: str) -> None:
    """Only what a button of ours holds is read."""
    assert read_episode(value) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_fallback_is_complete_by_itself(kind: FindingKind) -> None:
    """Whoever hears it read aloud learns what was seen, what is asked and what happens otherwise."""
    message = sent_message(reminder.render(letter(line(kind), is_first=True)))
    read_aloud = message["text"]

    assert "`" not in read_aloud
    assert "/ai4os reminders" in read_aloud
    assert [part for part in ("Nothing is stopped", "information alone") if part in read_aloud] != []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not FindingKind.GPU_HEAVY])
@pytest.mark.parametrize("next_at", [AGAIN, None])
def test_what_may_be_stopped_is_never_said_not_to_be(kind: FindingKind, next_at: datetime | None) -> None:
    """Where a site has switched that on for a kind, neither its findings nor the first letter promise the contrary."""
    told = line(kind, may_end_in_stop=True, next_at=next_at)
    shown = texts(sent_message(reminder.render(letter(told, is_first=True, stops_some=True))))

    named = "a later reminder names the day, and leaves two whole working days" if next_at else "only on a day that"
    assert named in shown
    assert [words for words in ("by itself", "I stop nothing") if words in shown] == []


def test_the_next_day_is_named_without_an_hour() -> None:
    """It may come earlier that day, together with something else that is to be told."""
    shown = texts(sent_message(reminder.render(letter())))

    assert "I ask again on Fri 12 June." in shown


def test_a_second_gpu_is_shown_with_what_each_deployment_does() -> None:
    """Whoever is to give one back sees which one rests, and which one the button is about."""
    shown = texts(sent_message(reminder.render(letter(line(FindingKind.OVER_ETIQUETTE, holdings=HOLDINGS[:2])))))

    assert "*plant-classifier* was at work on Thu 11 June, 09:29 CEST; " in shown
    assert "*Plankton run* has shown no GPU activity since Wed 10 June, 13:29 CEST." in shown
    assert "The button stops this one; any other one you stop in" in shown


def test_a_second_gpu_that_is_no_question_any_more_says_why() -> None:
    """It may have been given back, or it may be in use with nobody waiting: nobody is told one when it is the other."""
    cleared = line(FindingKind.OVER_ETIQUETTE, settled=settled(Settling.CLEARED))

    assert "you hold one GPU again, or two" in texts(sent_message(reminder.render(letter(cleared))))


def test_a_letter_with_nothing_left_to_ask_explains_nothing() -> None:
    """Not even the first one: that it asks is over."""
    shown = texts(sent_message(reminder.render(letter(line(settled=settled(Settling.GONE)), is_first=True))))

    assert "first reminder" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_shouted_at(kind: FindingKind) -> None:
    """There is no exclamation mark, no waste and no emoji in a reminder."""
    shown = texts(sent_message(reminder.render(letter(line(kind, waiting=waiting())))))

    assert [word for word in ("!", "wast", ":warning:", ":rotating_light:") if word in shown] == []


def test_hostile_titles_mention_nobody() -> None:
    """Whatever a deployment is called, it stays a text."""
    shown = sent_message(reminder.render(letter(line(episode=episode(title=HOSTILE)), file=FILE)))
    marked = [block["text"]["text"] for block in shown["blocks"] if block["type"] == "section"]

    assert [text for text in (*marked, shown["text"]) if "<!channel>" in text] == []


def test_a_picture_says_in_words_what_it_shows() -> None:
    """Its alternative text names each deployment with what was seen."""
    blocks = sent_message(reminder.render(letter(file=FILE)))["blocks"]
    (picture,) = [block for block in blocks if block["type"] == "image"]

    assert picture["slack_file"] == {"id": FILE}
    assert "plant-classifier: no GPU activity has been seen since Tue 9 June" in picture["alt_text"]


def test_times_are_told_by_the_readers_clock() -> None:
    """The same moment is another hour, and another day, elsewhere."""
    madrid = texts(sent_message(reminder.render(letter())))
    auckland = texts(sent_message(reminder.render(letter(time_zone="Pacific/Auckland"))))
    nowhere = texts(sent_message(reminder.render(letter(time_zone="Mars/Olympus"))))

    assert "Tue 9 June, 18:40 CEST" in madrid
    assert "Wed 10 June, 04:40 NZST" in auckland
    assert "Tue 9 June, 16:40 UTC" in nowhere
