"""Offer the real Nomad to tests: what there is, one agent, or a cluster of them."""

from tests.agent.api import AgentAnsweredError, AgentApi
from tests.agent.certificates import TlsFiles
from tests.agent.cluster import AgentCluster
from tests.agent.configuration import NAMESPACES, USABLE, NodeShape
from tests.agent.equipment import WHY_MISSING, Equipment, equipment
from tests.agent.machine import can_pretend
from tests.agent.scenery import A100, NO_SUCH_TAG, OUT_OF_MEMORY, T4, Gpu, ImageScript
from tests.agent.single import NomadAgent
from tests.agent.waiting import WaitedInVainError, wait_until

__all__ = [
    "A100",
    "NAMESPACES",
    "NO_SUCH_TAG",
    "OUT_OF_MEMORY",
    "T4",
    "USABLE",
    "WHY_MISSING",
    "AgentAnsweredError",
    "AgentApi",
    "AgentCluster",
    "Equipment",
    "Gpu",
    "ImageScript",
    "NodeShape",
    "NomadAgent",
    "TlsFiles",
    "WaitedInVainError",
    "can_pretend",
    "equipment",
    "wait_until",
]
