"""The cluster panel of the page: the simulated cluster with the world's buttons, or a real Nomad to look at."""

from playground.panel.accounts import user_of
from playground.panel.real import RealPanel
from playground.panel.simulated import SimulatedPanel

__all__ = ["RealPanel", "SimulatedPanel", "user_of"]
