"""The script of the demo: its scenes in order, and on which stages some are left out."""

from collections.abc import Callable
from dataclasses import dataclass

from playground import scene_ends, scene_first, scene_gpus, scene_reminder
from playground.scene_actor import Actor
from playground.scene_stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One step: its heading, what Ada does, and why a stage leaves it out (empty: it is played)."""

    heading: str
    play: Callable[[Actor], None]
    left_out: Callable[[Stage], str] = lambda _stage: ""


def _without_gpus(stage: Stage) -> str:
    return "" if stage.has_gpus else "no node for deployments has a GPU"


def _on_a_real_nomad(stage: Stage) -> str:
    return "" if stage.cluster else "only the simulated cluster fails on request"


def _without_a_clock(stage: Stage) -> str:
    return "" if stage.time else "the clock of a real cluster cannot be moved"


SCRIPT = (
    Scene(heading="Ada asks the bot what it can do, and opens the form", play=scene_first.asks_what_there_is),
    Scene(heading="She searches the demo module", play=scene_first.chooses_a_module),
    Scene(heading="She has every field explained", play=scene_first.reads_the_help),
    Scene(heading="She chooses JupyterLab; a bad password is marked, and mended", play=scene_first.fills_in_the_form),
    Scene(heading="The review says when it starts, and she submits", play=scene_first.submits),
    Scene(
        heading="One direct message follows the deployment until it brings the links", play=scene_first.gets_the_links
    ),
    Scene(heading="The IDE password is shown to her alone", play=scene_first.gets_the_password),
    Scene(heading="She lists, and looks closer", play=scene_first.lists_and_looks_closer),
    Scene(heading="She trains on a GPU", play=scene_gpus.trains_on_a_gpu, left_out=_without_gpus),
    Scene(heading="A second GPU needs a reason", play=scene_gpus.explains_a_second_gpu, left_out=_without_gpus),
    Scene(
        heading="A third GPU is refused, and the two are named",
        play=scene_gpus.is_refused_a_third_gpu,
        left_out=_without_gpus,
    ),
    Scene(
        heading="She stops one of the two from there, and goes on",
        play=scene_gpus.stops_one_of_the_two,
        left_out=_without_gpus,
    ),
    Scene(
        heading="An image that cannot be pulled, in plain words",
        play=scene_ends.reads_why_it_failed,
        left_out=_on_a_real_nomad,
    ),
    Scene(heading="She stops everything", play=scene_ends.stops_the_rest),
    Scene(
        heading="She trains in a notebook until the evening, and goes home",
        play=scene_reminder.forgets_a_notebook,
        left_out=_without_a_clock,
    ),
    Scene(
        heading="Two days pass; on a working morning she is asked about it, once",
        play=scene_reminder.is_asked_once,
        left_out=_without_a_clock,
    ),
    Scene(heading="She keeps it for three days", play=scene_reminder.keeps_it, left_out=_without_a_clock),
    Scene(heading="They pass, and she is asked again", play=scene_reminder.is_asked_again, left_out=_without_a_clock),
    Scene(heading="She stops it from the message", play=scene_reminder.stops_it_there, left_out=_without_a_clock),
    Scene(heading="Nothing is left", play=scene_ends.finds_nothing_left),
)
