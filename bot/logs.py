"""The logs: JSON in production, readable at a terminal, one line an event, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from enum import StrEnum
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
_QUIET = ("slack_bolt", "slack_sdk", "sqlalchemy", "asyncio", "alembic.runtime.migration")
_SILENT = ("urllib3", "apscheduler")
"""Below errors these tell what the bot tells better itself: retries with whole addresses, runs that were skipped."""
_MUTE = ("websocket",)
"""These call errors what is none, such as the end of a connection; the bot tells of it itself."""
_SECRET_KEY = re.compile(r"(?i)passw|token|secret|authorization|cookie|credential|api_?key|private_key|signature")
_TOKEN = re.compile(r"\b(?:xox[a-z]|xapp|xwfp)-[A-Za-z0-9][A-Za-z0-9.-]*")
_URL_PASSWORD = re.compile(r"(?P<before>\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*):[^\s/]+(?=@)")
_SHORTEST = 4


class LogLevel(StrEnum):
    """The least serious events that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How an event is written; `auto` is console at a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


def set_up(
    *,
    level: LogLevel = LogLevel.INFO,
    log_format: LogFormat = LogFormat.AUTO,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Route structlog and the standard library's loggers to one stream (standard error), replacing an earlier set-up.

    `secrets` are values that must never be written, whatever they stand in.
    """
    target = stream or sys.stderr
    is_console = log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and target.isatty())
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*first, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _OwnHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redaction(secrets),
                *_renderers(is_console=is_console, in_colour=target.isatty()),
            ],
        )
    )
    _install(handler, level)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Take Slack tokens, passwords in addresses and the given values out of a text."""
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return _URL_PASSWORD.sub(rf"\g<before>:{REDACTED}", _TOKEN.sub(REDACTED, text))


class Redaction:
    """A processor that takes secrets out of everything an event holds."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Return the event without secrets."""
        return {key: self._clean(key, value) for key, value in event.items()}

    def _clean(self, key: object, value: Any) -> Any:
        if _SECRET_KEY.search(str(key)) and value is not None:
            return REDACTED
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return redact(value, self._secrets)
            case Mapping():
                return {self._clean("", str(name)): self._clean(name, inner) for name, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._clean("", inner) for inner in value]
            case _:
                return redact(str(value), self._secrets)


class _OwnHandler(logging.StreamHandler[TextIO]):
    """The handler that `set_up` installs, so that a second set-up finds and replaces it."""


def _install(handler: _OwnHandler, level: LogLevel) -> None:
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _OwnHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        # At lower levels these write whole request bodies: form fields, messages, signatures.
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in _SILENT:
        logging.getLogger(name).setLevel(max(logging.ERROR, root.level))
    for name in _MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.captureWarnings(capture=True)


def _renderers(*, is_console: bool, in_colour: bool) -> list[Processor]:
    if not is_console:
        return [structlog.processors.JSONRenderer()]
    plain = structlog.dev.ConsoleRenderer(colors=in_colour, exception_formatter=structlog.dev.plain_traceback)
    return [_one_line_each, plain]


def _one_line_each(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep a value from starting a line of its own, which could pass for another event; tracebacks are indented."""
    shown = {key: _escaped(value) for key, value in event.items() if key != "exception"}
    if "exception" in event:
        shown["exception"] = "\n".join("    " + _escaped(line) for line in str(event["exception"]).split("\n"))
    return shown


def _escaped(value: Any) -> Any:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in value)
