"""The guided tour: six scenes, each of which says what to try and what to watch."""

from dataclasses import dataclass

from playground.slack.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class TourButton:
    """Something that a scene asks for and that is done right there: `path` and `body` are those of the page's posts."""

    label: str
    path: str
    body: Json

    def as_json(self) -> Json:
        """Return it as the page draws it."""
        return {"label": self.label, "path": self.path, "body": self.body}


@dataclass(frozen=True, slots=True, kw_only=True)
class TourScene:
    """One scene of the tour: what to try, step by step, what to watch meanwhile, and what can be done right there."""

    id: str
    title: str
    steps: tuple[str, ...]
    watch: str
    buttons: tuple[TourButton, ...] = ()

    def as_json(self) -> Json:
        """Return it as the page draws it."""
        return {
            "id": self.id,
            "title": self.title,
            "try": list(self.steps),
            "watch": self.watch,
            "do": [button.as_json() for button in self.buttons],
        }


def _world(label: str, do: str) -> TourButton:
    return TourButton(label=label, path="world", body={"do": do})


_DAY = TourButton(label="+1 day", path="clock", body={"do": "pass", "seconds": 86_400})
_MORNING = TourButton(label="Next working morning", path="clock", body={"do": "until", "what": "working morning"})

SCENES = (
    TourScene(
        id="first",
        title="A notebook in a minute",
        steps=(
            "As Ada, type “/ai4os deploy demo-app” below the messages and press Enter.",
            "In the form ask for 1 GPU, give it a title, and press Next.",
            "Read what the review says, and press Deploy.",
        ),
        watch="One direct message follows the deployment until it runs, and brings the links. "
        "In the cluster, a GPU tile gets a frame: it is hers now.",
    ),
    TourScene(
        id="limit",
        title="One GPU each, two with a reason",
        steps=(
            "As Ada, deploy a second time with 1 GPU: the form asks why she needs it.",
            "Then try a third one.",
        ),
        watch="The third is refused before anything is started. "
        "The refusal names the deployments that hold her GPUs, so that she can stop one.",
    ),
    TourScene(
        id="queue",
        title="All GPUs are taken",
        steps=(
            "Press “Fill all GPUs” here: somebody else takes them.",
            "Be Bob (on the left), and deploy with 1 GPU. The review says that it will wait.",
            "Press “Free them again”.",
        ),
        watch="Bob's message says that it waits and why, and the cluster shows the queue. "
        "It starts by itself as soon as a GPU is free.",
        buttons=(_world("Fill all GPUs", "fill"), _world("Free them again", "free")),
    ),
    TourScene(
        id="forgotten",
        title="The forgotten notebook",
        steps=(
            "As Ada, have a deployment with a GPU running, and do nothing with it.",
            "Press “+1 day” twice, then “Next working morning”.",
            "Open the reminder, look at the details, and answer it: keep it, it is in use, or stop it.",
        ),
        watch="One message on a working morning, with figures and a picture, and never more than one a day. "
        "Let it train in the cluster's tab instead, and nobody is asked.",
        buttons=(_DAY, _MORNING),
    ),
    TourScene(
        id="broken",
        title="When something breaks",
        steps=(
            "In the cluster's tab press “Break an image” for demo-app, and deploy that as Ada.",
            "Mend it. Then lose the machine on which somebody's deployment runs, and be that person: “/ai4os list”.",
            "Bring the machine back.",
        ),
        watch="The message says in plain words what is wrong and what to do. A deployment that nobody can see is "
        "never called idle: what is not known is said to be not known.",
    ),
    TourScene(
        id="trouble",
        title="Nomad or Slack in trouble",
        steps=(
            "Press “Stop Nomad”, and type “/ai4os list”. Start it again and ask once more.",
            "Press “Cut the socket”, and type “/ai4os help”: Slack says that the app did not answer.",
            "Mend it, and try again after a moment.",
            "Open the inspector, and see how much of Slack's three seconds the bot uses.",
        ),
        watch="Each error says what happened, whether anything was changed, and what to do next. "
        "Afterwards everything goes on as if nothing had been.",
        buttons=(
            _world("Stop Nomad", "stop Nomad"),
            _world("Start Nomad again", "start Nomad"),
            _world("Cut the socket", "cut the socket"),
            _world("Mend the socket", "mend the socket"),
        ),
    ),
)
