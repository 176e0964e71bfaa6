"""The page: a local Slack and a small cluster in a browser, to try the bot without an account and without a cluster."""

from playground.page.panel import Panel, Passage, WorldRefused
from playground.page.people import Resident
from playground.page.server import PageServer

__all__ = ["PageServer", "Panel", "Passage", "Resident", "WorldRefused"]
