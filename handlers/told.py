"""What a person is told of an error: the error in words, and the reference under which the log has the rest."""

from dataclasses import dataclass
from uuid import uuid4

import structlog

from bot.errors import BotError, UsageError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told:
    """An error as the person is told it, with the reference under which the log has it."""

    error: BotError
    reference: str


def explain(error: Exception) -> Told:
    """Log an error under a new reference and return what to tell about it."""
    reference = uuid4().hex[:8]
    if isinstance(error, UsageError):
        return Told(error, "")  # the person mends it by typing; support has nothing to look up
    if isinstance(error, BotError):
        log.info("refused", reference=reference, kind=type(error).__name__, text=str(error))
        return Told(error, reference)
    log.error("unexpected error", reference=reference, exc_info=error)
    surprise = BotError(
        "Something broke on my side.",
        changed="I do not know whether anything was changed: see `/ai4os list`.",
        hint="Please give the operators the reference below.",
    )
    return Told(surprise, reference)
