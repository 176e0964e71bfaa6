"""The guided tour: six scenes, each of which says what to try and what to watch."""

from dataclasses import dataclass

from playground.slack.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class TourScene:
    """One scene of the tour: what to try, step by step, and what to watch meanwhile."""

    title: str
    steps: tuple[str, ...]
    watch: str

    def as_json(self) -> Json:
        """Return it as the page draws it."""
        return {"title": self.title, "steps": list(self.steps), "watch": self.watch}


SCENES = (
    TourScene(
        title="A notebook in a minute",
        steps=(
            "As Ada, type /ai4os deploy below the messages and press Enter.",
            "Choose the module “demo-app” and the service JupyterLab, ask for 1 GPU, give it a title, press Next.",
            "Read what the review says, and press Deploy.",
        ),
        watch="One direct message follows the deployment until it runs and brings the links. "
        "In the cluster, a GPU gets Ada's colour.",
    ),
    TourScene(
        title="One GPU each, two with a reason",
        steps=(
            "As Ada, deploy a second time with a GPU: the form asks why.",
            "Then try a third one.",
        ),
        watch="The refusal names the deployments that hold her GPUs, each with a button to stop it.",
    ),
    TourScene(
        title="The queue",
        steps=(
            "In the cluster, press “Fill all GPUs”.",
            "As Bob, deploy with a GPU. The review says that it will wait.",
            "Press “Free them again”.",
        ),
        watch="Bob's message says that it waits and why. It starts by itself as soon as a GPU is free.",
    ),
    TourScene(
        title="The forgotten notebook",
        steps=(
            "As Ada, have a deployment with a GPU running, and do nothing with it.",
            "Above, press “+1 day” twice, then “Next working morning”.",
            "Answer the reminder: Details, Keep, It is in use, or Stop it.",
        ),
        watch="One message a working day at most, in the morning, with figures and a picture. "
        "Start a training on it instead, and nobody is asked.",
    ),
    TourScene(
        title="When something breaks",
        steps=(
            "Press “Break an image” and deploy it: the message says in plain words what is wrong.",
            "Press “Lose a machine” with a deployment on it, and bring it back.",
        ),
        watch="A deployment out of reach is never called idle: what is not known is said to be not known.",
    ),
    TourScene(
        title="Slack or Nomad in trouble",
        steps=(
            "Press “Stop Nomad”, and type /ai4os list. Start it again.",
            "Press “Cut the socket”, and type /ai4os help a moment later.",
            "Open the inspector and see how much of Slack's three seconds the bot uses.",
        ),
        watch="Each error says what happened, whether anything changed, and what to do next.",
    ),
)
