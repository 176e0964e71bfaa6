"""A simulated Nomad cluster that speaks the part of Nomad's HTTP API we use."""

from playground.cluster.acl import Token
from playground.cluster.calls import Call
from playground.cluster.cluster import SimulatedCluster
from playground.cluster.faults import Faults
from playground.cluster.papi_jobs import PapiJob, papi_job
from playground.cluster.scripts import ImageScript, Pace
from playground.cluster.statistics import RPC_FAILED
from playground.cluster.usage import GpuUsage, TaskUsage
from playground.cluster.world import A100, T4, V100, NodeSpec, default_world

__all__ = [
    "A100",
    "RPC_FAILED",
    "T4",
    "V100",
    "Call",
    "Faults",
    "GpuUsage",
    "ImageScript",
    "NodeSpec",
    "Pace",
    "PapiJob",
    "SimulatedCluster",
    "TaskUsage",
    "Token",
    "default_world",
    "papi_job",
]
