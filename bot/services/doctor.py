"""Look at everything that the bot needs, one check after another, within limits of time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from bot.domain.checkup import Check, Finding, blocks
from bot.errors import BotError

CHECK_LIMIT = timedelta(seconds=10)
TOTAL_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Carries out checks in their order. `clean` takes secrets out of a text; every text passes through it."""

    checks: Sequence[Check]
    clean: Callable[[str], str]
    check_limit: timedelta = CHECK_LIMIT
    total_limit: timedelta = TOTAL_LIMIT

    def examine(self) -> Iterator[Finding]:
        """Return what is found, as it is found; what a failed check is needed for is told as not checked."""
        end = monotonic() + self.total_limit.total_seconds()
        causes: dict[str, str] = {}
        for check in self.checks:
            cause = next((causes[need] for need in check.needs if need in causes), "")
            found = [_skipped(check, cause)] if cause else self._carry_out(check, end - monotonic())
            if blocks(found):
                causes[check.key] = cause or check.otherwise
            yield from (self._tidied(finding) for finding in found)

    def _carry_out(self, check: Check, seconds_left: float) -> list[Finding]:
        limit = min(self.check_limit.total_seconds(), seconds_left)
        if limit <= 0:
            return [_skipped(check, f"the {self.total_limit.total_seconds():.0f} s for everything are over")]
        results: SimpleQueue[list[Finding]] = SimpleQueue()
        # A daemon: nothing can end a thread that hangs in the network, and it must not keep the program from ending.
        Thread(target=lambda: results.put(_outcome(check)), name=f"doctor-{check.key}", daemon=True).start()
        try:
            return results.get(timeout=limit)
        except Empty:
            return [check.area.unknown(f"{check.about}: no answer within {limit:.0f} s.", "Try again later.")]

    def _tidied(self, finding: Finding) -> Finding:
        return finding.model_copy(update={"text": self._one_line(finding.text), "mend": self._one_line(finding.mend)})

    def _one_line(self, text: str) -> str:
        """Take out secrets, and whatever would begin a line of its own or steer a terminal."""
        visible = "".join(character if character.isprintable() else " " for character in self.clean(text))
        return " ".join(visible.split())


def _outcome(check: Check) -> list[Finding]:
    try:
        return list(check.run())
    except BotError as error:
        return [check.area.problem(f"{check.about}: {error}", error.hint)]
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
        # Only the kind: what a library says may quote a token, and nobody here knows what it is.
        return [check.area.unknown(f"{check.about}: could not be told ({type(error).__name__}).")]


def _skipped(check: Check, cause: str) -> Finding:
    return check.area.unknown(f"{check.about}: not checked, because {cause}.")
