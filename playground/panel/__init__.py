"""The cluster panel of the page: the simulated cluster with the world's buttons, or a real Nomad to look at."""

from playground.panel.simulated import SimulatedPanel

__all__ = ["SimulatedPanel"]
