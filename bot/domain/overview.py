"""What a person sees of one of their deployments."""

from datetime import datetime

from bot.domain.base import DeploymentId, Frozen, Namespace
from bot.domain.catalog import Service
from bot.domain.deployment import Hardware, Status
from bot.domain.status import FINAL_PHASES


class Row(Frozen):
    """One deployment of the person, with everything a list, its buttons and their dialogs need.

    `platform` is the platform's title. `hardware` is None, `node` and `site` are empty where nobody knows.
    `holds_resources` also holds for a failed or stopped one whose hardware is not free yet.
    """

    deployment: DeploymentId
    namespace: Namespace
    title: str
    platform: str
    status: Status
    hardware: Hardware | None = None
    service: Service | None = None
    image: str = ""
    node: str = ""
    site: str = ""
    submitted_at: datetime
    holds_resources: bool = False
    made_by_bot: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether nothing of it will run again by itself."""
        return self.status.phase in FINAL_PHASES

    @property
    def gpus_to_free(self) -> int:
        """Return how many GPUs ending it sets free; 0 also where that is not known."""
        if self.hardware is None or (self.is_over and not self.holds_resources):
            return 0
        return self.hardware.gpus
