"""The panel of the simulated cluster: its picture, the buttons that play the world, and the tour."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from playground.cluster import SimulatedCluster
from playground.panel.accounts import user_of
from playground.panel.behaviour import Behaviours
from playground.panel.picture import Picture
from playground.panel.tour import SCENES
from playground.panel.world import World
from playground.slack.wire import Json
from playground.slack.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class SimulatedPanel:
    """Shows a simulated cluster, and plays the world on it; `images` are those that can be broken."""

    cluster: SimulatedCluster
    workspace: Workspace
    images: Sequence[str]
    behaviours: Behaviours = field(init=False)
    _picture: Picture = field(init=False)
    _world: World = field(init=False)

    def __post_init__(self) -> None:
        """Let whatever is there rest."""
        self.behaviours = Behaviours(cluster=self.cluster)
        self._picture = Picture(cluster=self.cluster, behaviours=self.behaviours, who=partial(user_of, self.workspace))
        self._world = World(
            cluster=self.cluster, workspace=self.workspace, images=self.images, behaviours=self.behaviours
        )
        self.behaviours.attend()

    def snapshot(self) -> Json:
        """Return the picture, the world's buttons as they can be pressed now, and the tour."""
        self.behaviours.attend()
        drawn = self._picture.draw(leave_out=frozenset(self._world.fillers))
        return {
            "real": False,
            "place": "a simulated cluster",
            **drawn,
            "is_away": self._world.is_nomad_away,
            "world": self._world.buttons(drawn),
            "tour": [scene.as_json() for scene in SCENES],
        }

    def do(self, name: str, wanted: Json) -> str:
        """Press a button of the world. Raises WorldRefused."""
        return self._world.do(name, wanted)
