"""Moves the clock and plays the world, as the page's buttons ask for, and says in words what cannot be done."""

from dataclasses import dataclass

from playground.page.panel import Panel, Passage, WorldRefused
from playground.slack.wire import Json

_NO_CLOCK = "Time passes by itself here and cannot be moved."
_NO_WORLD = "There is no cluster to play with here."
_UNREADABLE = "The page sent something that cannot be read ({error!r}). Nothing was done."


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """Passes what the page asks on to time and to the cluster; every method is safe to call from any thread."""

    panel: Panel | None
    passage: Passage | None

    def move_time(self, body: Json) -> Json:
        """Change how fast time passes, or let some of it pass."""
        if self.passage is None:
            return _refused(_NO_CLOCK)
        try:
            return _move(self.passage, body)
        except WorldRefused as refusal:
            return _refused(str(refusal))
        except (KeyError, TypeError, ValueError) as error:
            return _refused(_UNREADABLE.format(error=error))

    def play_world(self, body: Json) -> Json:
        """Press one of the world's buttons; `told` says what became of it."""
        if self.panel is None:
            return _refused(_NO_WORLD)
        try:
            return {"ok": True, "told": self.panel.do(str(body.get("do", "")), body)}
        except WorldRefused as refusal:
            return _refused(str(refusal))
        except (KeyError, TypeError, ValueError) as error:
            return _refused(_UNREADABLE.format(error=error))


def _move(passage: Passage, body: Json) -> Json:
    match body.get("do"):
        case "speed":
            passage.speed(float(body["speed"]))
        case "pass":
            passage.pass_time(float(body["seconds"]))
        case "until":
            passage.until_working_morning()
        case other:
            return _refused(f"The clock cannot {other!r}.")
    return {"ok": True}


def _refused(words: str) -> Json:
    return {"ok": False, "error": words}
