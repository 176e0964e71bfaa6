"""What the page asks of a cluster and of time; `playground.panel` and `playground.time_lapse` give it."""

from typing import Protocol

from playground.slack.wire import Json


class WorldRefused(Exception):  # what the page tells the person who pressed the button
    """The cluster or the clock cannot do what was asked; the text says why."""


class Panel(Protocol):
    """The cluster as a picture and, where it is a simulated one, the buttons that play the world."""

    def snapshot(self) -> Json:
        """Return sites, nodes, GPUs, the queue, deployments, the world's buttons and the tour."""
        ...

    def do(self, name: str, wanted: Json) -> str:
        """Press one of the world's buttons; return what to tell the person. Raises WorldRefused."""
        ...


class Passage(Protocol):
    """The one clock, as the person moves it."""

    def snapshot(self) -> Json:
        """Return what time it is, how fast it passes, and how much is still to pass."""
        ...

    def speed(self, speed: float) -> None:
        """Let time pass so many times as fast. Raises WorldRefused."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, and return at once. Raises WorldRefused."""
        ...

    def until_working_morning(self) -> None:
        """Let time pass until the next working morning, and return at once. Raises WorldRefused."""
        ...
