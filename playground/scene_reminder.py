"""The scenes about a forgotten notebook: two days without use, a question, Keep, three days more, and Stop."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playground.panel.behaviour import Behaviour
from playground.scene_actor import FORGOTTEN, Actor, expect
from playground.scene_stage import ZONE
from playground.slack.screen import ShownMessage
from playground.time_lapse import next_working_morning

_DAY = timedelta(days=1)
_MORNING = range(9, 12)
_REMINDER = "ai4os_reminder"
_ANSWERS = ("Keep it", "It is in use", "Details", "Stop it")


def forgets_a_notebook(actor: Actor) -> None:
    """Deploy with a GPU, train until the evening, and go home."""
    actor.open_form(f'--gpu 1 --title "{FORGOTTEN}"')
    actor.submit(actor.review())
    actor.announcement(FORGOTTEN, "is running")
    _behave(actor, Behaviour.TRAINING)
    _let_pass(actor, timedelta(hours=9), "Nine hours")
    _behave(actor, Behaviour.RESTING)
    expect(not _reminders(actor), "nobody is asked about a GPU at work")


def is_asked_once(actor: Actor) -> None:
    """Let two days pass, and read the question that came on a working morning, with picture and buttons."""
    _let_pass(actor, 2 * _DAY, "Two days")
    message = _the_reminder(actor, 1)
    came = datetime.fromtimestamp(float(message.ts), ZoneInfo(ZONE))
    expect(came.hour in _MORNING, f"the question came on a morning, but it came on {_words(came)}")
    expect(FORGOTTEN in message.text, "the question names the deployment")
    expect("no GPU activity" in message.text, "it says what was seen, and what was not")
    expect(set(_ANSWERS) <= set(message.buttons), f"there is a button for each answer, but there are {message.buttons}")
    picture = actor.ada.picture(message)
    expect(picture.startswith(b"\x89PNG"), "a picture shows the last days of the GPU")


def keeps_it(actor: Actor) -> None:
    """Answer that it is needed for three more days, and why."""
    actor.ada.click(_the_reminder(actor, 1), label="Keep it")
    view = actor.see("reminder.keep", lambda shown: "For how long" in shown.text)
    actor.ada.select(view, "For how long?", "3 days")
    result = actor.ada.submit(actor.see("reminder.keep"))
    expect(result.accepted, f"it is taken, but it says {dict(result.errors)}")
    message = actor.ada.wait_for_message(lambda shown: _is_reminder(shown) and "Kept until" in shown.text)
    expect("Stop it" not in message.buttons, "the message says so, and its buttons are gone")
    actor.ada.close(actor.see("reminder.keep", lambda shown: "Kept until" in shown.text))


def is_asked_again(actor: Actor) -> None:
    """Let the three days pass, and a working morning come: the same question, once more."""
    _let_pass(actor, 3 * _DAY, "Three days")
    expect(len(_reminders(actor)) == 1, "nobody is asked while it is kept, and not on a Saturday evening either")
    _let_a_morning_come(actor)
    message = _the_reminder(actor, 2)
    expect("Stop it" in message.buttons, "it can be answered again")


def stops_it_there(actor: Actor) -> None:
    """Press Stop in the message: the deployment is gone, and its GPU is free for others."""
    cluster = actor.stage.cluster
    free = sum(cluster.free_gpus().values()) if cluster else 0
    message = _the_reminder(actor, 2)
    question = actor.ada.confirmation(message, label="Stop it")
    expect("lost" in question, "the dialog says what is lost")
    actor.ada.click(message, label="Stop it", confirm=True)
    actor.announcement(FORGOTTEN, "is stopped")
    actor.ada.wait_for_message(lambda shown: shown.ts == message.ts and not shown.buttons)
    if cluster is not None:
        cluster.wait_for(lambda: sum(cluster.free_gpus().values()) == free + 1)


def _let_pass(actor: Actor, span: timedelta, words: str) -> None:
    time = actor.stage.time
    if time is not None:
        _tell_time(actor, f"{words} pass, to", time.clock.now() + span)
        time.pass_time(span.total_seconds())
        time.wait()


def _let_a_morning_come(actor: Actor) -> None:
    time = actor.stage.time
    if time is not None:
        _tell_time(actor, "The next working morning comes:", next_working_morning(time.clock.now(), ZONE))
        time.until_working_morning()
        time.wait()


def _tell_time(actor: Actor, words: str, until: datetime) -> None:
    """Let the printed conversation say how time passes, before what happens meanwhile."""
    actor.stage.workspace.state.tell("clock", f"{words} {_words(until.astimezone(ZoneInfo(ZONE)))} in Madrid.")


def _words(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B, %H:%M}"


def _behave(actor: Actor, behaviour: Behaviour) -> None:
    cluster, panel = actor.stage.cluster, actor.stage.panel
    if cluster is None or panel is None:
        return
    (job,) = [job for job in cluster.jobs() if (job.spec.get("Meta") or {}).get("title") == FORGOTTEN]
    panel.behaviours.set(job.id, behaviour)


def _reminders(actor: Actor) -> list[ShownMessage]:
    return [message for message in actor.ada.messages() if _is_reminder(message)]


def _the_reminder(actor: Actor, number: int) -> ShownMessage:
    """Return the newest reminder, which is the only one that has been sent since the one before it."""
    found = _reminders(actor)
    expect(len(found) == number, f"she was asked {number} times by now, but there are {len(found)} messages")
    return found[-1]


def _is_reminder(message: ShownMessage) -> bool:
    return (message.metadata or {}).get("event_type") == _REMINDER
