"""What a person sees of their deployments: one row each, alive ones first."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.base import DeploymentId, Frozen, Namespace, NodeId
from bot.domain.catalog import Service
from bot.domain.deployment import Deployment, Hardware, Node, Status
from bot.domain.endpoints import current_allocation
from bot.domain.platform import Platform
from bot.domain.status import FINAL_PHASES, holds_resources, status_of


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
    def gpus(self) -> int:
        """Return how many GPUs it asks for; 0 also where that is not known."""
        return self.hardware.gpus if self.hardware else 0


def rows_of(
    deployments: Sequence[Deployment], *, platforms: Sequence[Platform], nodes: Mapping[NodeId, Node], now: datetime
) -> tuple[Row, ...]:
    """Return a row for each deployment: those that are alive first, the newest first among each."""
    titles = {platform.namespace: platform.title for platform in platforms}
    rows = [
        row_of(deployment, platform=titles.get(deployment.namespace, deployment.namespace), nodes=nodes, now=now)
        for deployment in deployments
    ]
    newest_first = sorted(rows, key=lambda row: (row.submitted_at, row.deployment), reverse=True)
    return tuple(sorted(newest_first, key=lambda row: row.is_over))


def row_of(deployment: Deployment, *, platform: str, nodes: Mapping[NodeId, Node], now: datetime) -> Row:
    """Return the row of one deployment; `platform` is the platform's title."""
    allocation = current_allocation(deployment)
    node = nodes.get(allocation.node_id) if allocation else None
    return Row(
        deployment=deployment.id,
        namespace=deployment.namespace,
        title=deployment.shown_title,
        platform=platform,
        status=status_of(deployment, nodes=nodes, now=now),
        hardware=deployment.hardware or (allocation.hardware if allocation else None),
        service=deployment.service,
        image=deployment.image,
        node=allocation.node_name if allocation else "",
        site=node.site if node else "",
        submitted_at=deployment.submitted_at,
        holds_resources=holds_resources(deployment),
        made_by_bot=deployment.made_by_bot,
    )
