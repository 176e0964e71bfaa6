"""What all domain values share: immutability and identifiers that cannot be mixed up."""

from typing import NewType

from pydantic import BaseModel, ConfigDict

DeploymentId = NewType("DeploymentId", str)
DraftId = NewType("DraftId", str)
ModuleName = NewType("ModuleName", str)
Namespace = NewType("Namespace", str)
NodeId = NewType("NodeId", str)
PlatformKey = NewType("PlatformKey", str)
Site = NewType("Site", str)
SlackUserId = NewType("SlackUserId", str)


class Frozen(BaseModel):
    """A value: compared by its content, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
