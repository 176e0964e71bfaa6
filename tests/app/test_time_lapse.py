"""The demo's clock with the whole bot: what is found while days pass in seconds is what is found in earnest."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from playground.cluster.papi_jobs import PapiJob
from playground.pace import STEP
from playground.panel.behaviour import Behaviour
from playground.scene_stage import Stage, open_stage
from playground.slack.screen import ShownMessage
from playground.time_lapse import TimeLapse

HOUR = timedelta(hours=1)
TITLE = "Plankton run"
OWNER = "ada@example.org"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give what the demo is played on: it is Monday, ten o'clock in Madrid, and reminders are live."""
    with open_stage(tmp_path, {}) as found:
        yield found


def time_of(stage: Stage) -> TimeLapse:
    """Return the clock as a person moves it."""
    assert stage.time is not None
    return stage.time


def deploy(stage: Stage, behaviour: Behaviour) -> None:
    """Let Ada deploy with a GPU, and do something with it or nothing."""
    assert stage.cluster is not None
    assert stage.panel is not None
    wanted = PapiJob(id="0000000a-2fa1-11d2-883f-0016d3cca427", owner=OWNER, owner_email=OWNER, cpus=2, gpus=1)
    job = stage.cluster.add_papi_job(OWNER, TITLE, wanted=wanted)
    stage.panel.behaviours.set(job.id, behaviour)


def let_pass(stage: Stage, span: timedelta) -> None:
    """Let so much time pass, to its end."""
    time_of(stage).pass_time(span.total_seconds())
    time_of(stage).wait()


def reminders(stage: Stage) -> list[ShownMessage]:
    """Return the reminders that Ada has."""
    return [each for each in stage.ada.messages() if (each.metadata or {}).get("event_type") == "ai4os_reminder"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("step", [timedelta(minutes=10), STEP])
def test_a_gpu_that_rests_is_found_after_its_window_whatever_the_steps(stage: Stage, step: timedelta) -> None:
    """Two hours of warm-up and a day without activity: not a word before, and one question soon after."""
    time_of(stage).step = step
    deploy(stage, Behaviour.RESTING)

    let_pass(stage, 25 * HOUR)
    before = reminders(stage)
    let_pass(stage, 3 * HOUR)

    (message,) = reminders(stage)
    assert before == []
    assert TITLE in message.text
    assert "no GPU activity" in message.text


@pytest.mark.timeout(180)
def test_what_rests_over_night_is_asked_about_on_the_next_working_morning(stage: Stage) -> None:
    """Whose window ends in the evening is asked in the morning, and no second time that day."""
    let_pass(stage, 9 * HOUR)
    deploy(stage, Behaviour.RESTING)
    let_pass(stage, 27 * HOUR)
    before = reminders(stage)

    time_of(stage).until_working_morning()
    time_of(stage).wait()
    let_pass(stage, 4 * HOUR)

    (message,) = reminders(stage)
    assert before == []
    assert TITLE in message.text


@pytest.mark.timeout(180)
def test_a_training_is_never_asked_about(stage: Stage) -> None:
    """Two days at work, and a working morning: nobody hears anything."""
    deploy(stage, Behaviour.TRAINING)

    let_pass(stage, 48 * HOUR)
    time_of(stage).until_working_morning()
    time_of(stage).wait()

    assert reminders(stage) == []


@pytest.mark.timeout(180)
def test_somebody_who_types_while_days_pass_is_answered(stage: Stage) -> None:
    """Time waits for who does something: the form opens, and the days go on afterwards."""
    begun = stage.workspace.clock.now()
    time_of(stage).pass_time((48 * HOUR).total_seconds())

    reply = stage.ada.command("/ai4os", "deploy demo-app")
    form = stage.ada.wait_for_modal(lambda view: view.callback_id == "deploy.form")
    stage.ada.close(form)
    time_of(stage).wait()

    assert reply.error is None
    assert stage.workspace.clock.now() - begun >= 48 * HOUR


@pytest.mark.timeout(180)
def test_days_pass_while_nomad_is_stopped(stage: Stage) -> None:
    """Jobs that fail stop nothing; afterwards the bot answers, and nobody is called idle for what nobody saw."""
    assert stage.panel is not None
    deploy(stage, Behaviour.RESTING)
    let_pass(stage, 2 * HOUR)
    stage.panel.do("stop Nomad", {})
    let_pass(stage, 24 * HOUR)
    stage.panel.do("start Nomad", {})

    let_pass(stage, 2 * HOUR)

    assert reminders(stage) == []
