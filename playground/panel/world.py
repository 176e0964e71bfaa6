"""What a person can do to the simulated world: machines, images, Nomad and Slack, each with a button."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from playground.cluster import SimulatedCluster
from playground.cluster.scripts import ImageScript
from playground.page.panel import WorldRefused
from playground.panel.behaviour import Behaviour, Behaviours
from playground.slack.faults import EVERY_METHOD
from playground.slack.wire import Json
from playground.slack.workspace import Workspace

STRANGER = "somebody@example.org"
_LATE = timedelta(seconds=2)
_FOR_LONG = 100_000
_NEW_LINE = "apps.connections.open"
"""The call by which the bot asks Slack for a connection."""
_NO_SUCH_TAG = "manifest unknown: manifest unknown"


@dataclass(slots=True, kw_only=True)
class World:
    """Plays the world; `images` are those that can be broken. Thread-safe."""

    cluster: SimulatedCluster
    workspace: Workspace
    images: Sequence[str]
    behaviours: Behaviours
    is_nomad_away: bool = False
    fillers: list[str] = field(default_factory=list)
    """The deployments that take GPUs away, by their ids."""
    _broken: set[str] = field(default_factory=set)
    _is_slack_slow: bool = False
    _is_socket_cut: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def do(self, name: str, wanted: Json) -> str:
        """Press a button and return what became of it. Raises WorldRefused."""
        act = self._acts().get(name)
        if act is None:
            raise WorldRefused(f"The world has no button {name!r}.")
        with self._lock:
            return act(wanted)

    def buttons(self, drawn: Json) -> list[Json]:
        """Return the buttons, each with the choices that make sense now; one without any is left out."""
        found = (*self._of_deployments(drawn), *self._of_machines(drawn), *self._of_services())
        return [each for each in found if each is not None]

    def _acts(self) -> Mapping[str, Callable[[Json], str]]:
        return {
            "train": lambda wanted: self._behave(wanted, Behaviour.TRAINING),
            "rest": lambda wanted: self._behave(wanted, Behaviour.RESTING),
            "fill": self._fill,
            "free": self._free,
            "lose node": self._lose_node,
            "restore node": self._restore_node,
            "break image": self._break_image,
            "mend image": self._mend_image,
            "stop Nomad": self._stop_nomad,
            "start Nomad": self._start_nomad,
            "slow Slack": self._slow_slack,
            "quicken Slack": self._quicken_slack,
            "refresh the socket": self._refresh_socket,
            "cut the socket": self._cut_socket,
            "mend the socket": self._mend_socket,
        }

    def _of_deployments(self, drawn: Json) -> Sequence[Json | None]:
        running = [each for each in drawn["deployments"] if each["state"] == "running"]
        resting = [each for each in running if each["behaviour"] != Behaviour.TRAINING]
        training = [each for each in running if each["behaviour"] == Behaviour.TRAINING]
        return (
            _button("train", "Start a training", "Its GPU and CPU are at work from now on.", _deployments(resting)),
            _button("rest", "Let it idle", "It keeps its GPU and does nothing.", _deployments(training)),
            _button("fill", "Fill all GPUs", "Somebody else takes every GPU that is free."),
            _button("free", "Free them again", "Somebody else gives them back.") if self.fillers else None,
        )

    def _of_machines(self, drawn: Json) -> Sequence[Json | None]:
        nodes = [node for site in drawn["sites"] for node in site["nodes"]]
        used: Counter[str] = Counter()
        for each in drawn["deployments"]:
            used[each["node"]] += 1 + each["gpus"]
        ready = sorted((node["name"] for node in nodes if node["status"] == "ready"), key=lambda name: -used[name])
        lost = [node["name"] for node in nodes if node["status"] != "ready"]
        whole = [image for image in self.images if image not in self._broken]
        cut_off = "It is cut off from the cluster; what runs there goes on unseen."
        gone = "Its registry does not have it any more."
        return (
            _button("lose node", "Lose a machine", cut_off, _choice("node", "Machine", ready)),
            _button("restore node", "Bring it back", "", _choice("node", "Machine", lost)),
            _button("break image", "Break an image", gone, _choice("image", "Image", whole)),
            _button("mend image", "Mend it", "", _choice("image", "Image", sorted(self._broken))),
        )

    def _of_services(self) -> Sequence[Json | None]:
        return (
            _button("start Nomad", "Start Nomad again", "")
            if self.is_nomad_away
            else _button("stop Nomad", "Stop Nomad", "What runs goes on; nobody can be asked."),
            _button("quicken Slack", "Slack is quick again", "")
            if self._is_slack_slow
            else _button("slow Slack", "Slow Slack down", "Slack answers the bot two seconds late."),
            _button("refresh the socket", "Refresh the socket", "Slack asks for a new one, as every few hours."),
            _button("mend the socket", "Mend the socket", "")
            if self._is_socket_cut
            else _button("cut the socket", "Cut the socket", "Slack cannot reach the bot until you mend it."),
        )

    def _behave(self, wanted: Json, behaviour: Behaviour) -> str:
        job = self.cluster.job(str(wanted.get("deployment", "")))
        if job is None:
            raise WorldRefused("That deployment is not there any more.")
        self.behaviours.set(job.id, behaviour)
        title = (job.spec.get("Meta") or {}).get("title") or job.id[:8]
        return f"“{title}” is {behaviour} from now on."

    def _fill(self, _wanted: Json) -> str:
        taken = self.cluster.fill_gpus(STRANGER)
        if not taken:
            raise WorldRefused("No GPU is free.")
        self.fillers += [job.id for job in taken]
        for job in taken:
            self.behaviours.set(job.id, Behaviour.TRAINING)
        return f"Somebody else has taken {len(taken)} GPUs."

    def _free(self, _wanted: Json) -> str:
        _refuse_if(not self.fillers, "Nobody has filled them: what is taken belongs to people's deployments.")
        fillers, self.fillers = self.fillers, []
        for job in fillers:
            if self.cluster.job(job) is not None:
                self.cluster.stop(job, purge=True)
        return "They are free again; who waits longest gets one."

    def _lose_node(self, wanted: Json) -> str:
        self.cluster.lose_node(self._node(wanted))
        return "It is cut off. What ran there is out of reach."

    def _restore_node(self, wanted: Json) -> str:
        self.cluster.restore_node(self._node(wanted))
        return "It is back."

    def _node(self, wanted: Json) -> str:
        name = str(wanted.get("node", ""))
        if name not in {node.name for node in self.cluster.nodes()}:
            raise WorldRefused("There is no such machine.")
        return name

    def _break_image(self, wanted: Json) -> str:
        image = self._image(wanted)
        self.cluster.script_image(image, ImageScript(pull_error=_NO_SUCH_TAG, recoverable=False))
        self._broken.add(image)
        return f"Who deploys {image} now cannot get it."

    def _mend_image(self, wanted: Json) -> str:
        image = self._image(wanted)
        self.cluster.script_image(image, ImageScript())
        self._broken.discard(image)
        return f"{image} can be pulled again."

    def _image(self, wanted: Json) -> str:
        image = str(wanted.get("image", ""))
        if image not in self.images:
            raise WorldRefused("There is no such image.")
        return image

    def _stop_nomad(self, _wanted: Json) -> str:
        _refuse_if(self.is_nomad_away, "Nomad is stopped already.")
        self.is_nomad_away = True
        self.cluster.unplug()
        return "Nomad does not answer any more."

    def _start_nomad(self, _wanted: Json) -> str:
        _refuse_if(not self.is_nomad_away, "Nomad runs already.")
        self.is_nomad_away = False
        self.cluster.plug()
        return "Nomad answers again."

    def _slow_slack(self, _wanted: Json) -> str:
        _refuse_if(self._is_slack_slow, "Slack is slow already.")
        self._is_slack_slow = True
        self.workspace.faults.delay(EVERY_METHOD, _LATE, times=_FOR_LONG)
        return "Slack takes two seconds for each answer."

    def _quicken_slack(self, _wanted: Json) -> str:
        self._is_slack_slow = False
        self.workspace.faults.clear(EVERY_METHOD)
        return "Slack answers at once again."

    def _refresh_socket(self, _wanted: Json) -> str:
        self.workspace.disconnect("refresh_requested")
        return "Slack asked for a new connection. Nothing should be lost meanwhile."

    def _cut_socket(self, _wanted: Json) -> str:
        _refuse_if(self._is_socket_cut, "The socket is cut already.")
        self._is_socket_cut = True
        self.workspace.faults.drop_before(_NEW_LINE, times=_FOR_LONG)
        self.workspace.close_sockets()
        return "The line is cut: whatever anybody types, the bot does not hear it."

    def _mend_socket(self, _wanted: Json) -> str:
        _refuse_if(not self._is_socket_cut, "The socket is whole.")
        self._is_socket_cut = False
        self.workspace.faults.clear(_NEW_LINE)
        return "The line works again. The bot is back by itself within some seconds."


def _refuse_if(condition: bool, words: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if condition:
        raise WorldRefused(words)


def _button(do: str, label: str, hint: str, field_: Json | None = None) -> Json | None:
    """Return a button; None where it needs a choice and there is nothing to choose."""
    if field_ is not None and not field_["options"]:
        return None
    return {"do": do, "label": label, "hint": hint, "fields": [field_] if field_ else []}


def _choice(name: str, label: str, values: Sequence[str]) -> Json:
    return {"name": name, "label": label, "options": [{"value": value, "label": value} for value in values]}


def _deployments(found: Sequence[Json]) -> Json:
    options = [{"value": each["deployment"], "label": f"{each['title']} ({each['owner']})"} for each in found]
    return {"name": "deployment", "label": "Deployment", "options": options}
