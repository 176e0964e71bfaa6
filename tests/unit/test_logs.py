"""The logs: one line an event, and no secret in any of them."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from pydantic import SecretStr

from bot import logs
from bot.logs import LogFormat, LogLevel

Start = Callable[..., io.StringIO]


@pytest.fixture
def start() -> Iterator[Start]:
    """Give a function that sets up the logs on a stream in memory, and restore the process's logging afterwards."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)

    def set_up(log_format: LogFormat = LogFormat.JSON, **options: object) -> io.StringIO:
        stream = io.StringIO()
        logs.set_up(log_format=log_format, stream=stream, **options)  # type: ignore[arg-type]  # tests name options
        return stream

    yield set_up
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.setLevel(level)
    root.handlers[:] = handlers


def events_in(stream: io.StringIO) -> list[dict[str, object]]:
    """Return the events of a stream of JSON lines."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def break_with(text: str) -> None:
    """Raise an error with a text in it."""
    raise ValueError(text)


def test_an_event_is_one_json_object(start: Start) -> None:
    """In production an event is one line of JSON with its time, level, logger and keys."""
    stream = start()

    structlog.get_logger("bot.services").info("deployment submitted", deployment="1b4e28ba", gpus=1)

    (event,) = events_in(stream)
    assert event["event"] == "deployment submitted"
    assert (event["level"], event["logger"]) == ("info", "bot.services")
    assert (event["deployment"], event["gpus"]) == ("1b4e28ba", 1)
    assert str(event["timestamp"]).endswith("Z")


def test_the_standard_library_logs_to_the_same_place(start: Start) -> None:
    """A library's own logger ends in the same stream and form, its extra keys included."""
    stream = start()

    logging.getLogger("alembic.runtime").info("Running upgrade %s", "0001", extra={"revision": "0001"})

    (event,) = events_in(stream)
    assert (event["event"], event["revision"]) == ("Running upgrade 0001", "0001")


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "apscheduler.scheduler"])
def test_libraries_that_repeat_what_the_bot_says_are_silent(start: Start, name: str) -> None:
    """A retry with a whole address in it, and a run that was skipped, are no warnings of ours."""
    stream = start(level=LogLevel.DEBUG)

    logging.getLogger(name).warning("Retrying: /v1/jobs?filter=ada@example.org")

    assert events_in(stream) == []


def test_the_end_of_a_connection_is_no_error(start: Start) -> None:
    """The socket library calls it one; the bot knows why a connection ends, and says so itself."""
    stream = start(level=LogLevel.DEBUG)

    logging.getLogger("websocket").error("Connection to remote host was lost. - goodbye")

    assert events_in(stream) == []


@pytest.mark.parametrize("name", ["slack_bolt.App", "slack_sdk.web.base_client"])
def test_libraries_that_write_whole_requests_are_kept_quiet(start: Start, name: str) -> None:
    """Even at level debug, those who would write form fields and signatures say only warnings and errors."""
    stream = start(level=LogLevel.DEBUG)

    logging.getLogger(name).info("body: password=sesame")
    logging.getLogger(name).warning("connection lost")

    assert [event["event"] for event in events_in(stream)] == ["connection lost"]


def test_the_level_is_kept(start: Start) -> None:
    """Events below the level are not written."""
    stream = start(level=LogLevel.WARNING)

    structlog.get_logger("bot").info("small talk")

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "text",
    [
        "token xoxb-123-sesame",
        "token xapp-1-A0-sesame rejected",
        "xoxp-sesame",
        "cannot reach postgresql://bot:sesame@db:5432/ai4os",
        "cannot reach postgresql://bot:open@sesame@db:5432/ai4os",
        "the secret is known-sesame.",
    ],
)
def test_secrets_are_taken_out_of_every_text(start: Start, text: str) -> None:
    """Tokens, passwords in addresses and known secret values are taken out wherever they stand."""
    stream = start(secrets=["known-sesame"])
    log = structlog.get_logger("bot")

    log.info(text)
    log.info("told", detail=text, nested={"list": [text], text: 1}, pair=(text, 2))
    logging.getLogger("elsewhere").warning("%s", text)

    assert len(events_in(stream)) == 3
    assert "sesame" not in stream.getvalue()


def test_the_name_of_a_kind_of_token_is_no_secret(start: Start) -> None:
    """Help texts say how a token begins."""
    stream = start()

    structlog.get_logger("bot").info("it begins with xapp-. Copy the one with xoxb-, too")

    assert "it begins with xapp-. Copy the one with xoxb-, too" in stream.getvalue()


@pytest.mark.parametrize(
    "key",
    ["password", "jupyterPASSWORD", "nomad_token", "client_secret", "Authorization", "api_key", "X-Slack-Signature"],
)
def test_values_of_secret_keys_are_never_written(start: Start, key: str) -> None:
    """A key whose name says that it is secret keeps its value to itself, at any depth."""
    stream = start()

    structlog.get_logger("bot").info("told", **{key: "sesame"}, headers={key: ["sesame"]})

    assert "sesame" not in stream.getvalue()


def test_an_exception_is_written_without_secrets(start: Start) -> None:
    """A traceback is part of the event, and secrets in the exception's text are not."""
    stream = start(secrets=["known-sesame"])

    try:
        break_with("xoxb-1-sesame and known-sesame")
    except ValueError:
        structlog.get_logger("bot").exception("it broke")

    (event,) = events_in(stream)
    assert "ValueError" in str(event["exception"])
    assert "sesame" not in stream.getvalue()


def test_objects_are_written_as_text(start: Start) -> None:
    """Anything that is not plain data is written as its text, without secrets."""
    stream = start()

    structlog.get_logger("bot").info("told", value=SecretStr("sesame"), kinds={LogFormat.JSON}, nothing=None)

    (event,) = events_in(stream)
    assert (event["value"], event["kinds"], event["nothing"]) == ("**********", ["json"], None)


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
def test_a_text_cannot_pass_for_another_event(start: Start, log_format: LogFormat) -> None:
    """Line ends and terminal codes in a value are escaped, so that one event stays one line."""
    stream = start(log_format)

    structlog.get_logger("bot").info("title\nwith a line end", title="a\r\nINFO all is well\x1b[2J\u2028b")

    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b[2J" not in stream.getvalue()


def test_a_traceback_at_a_terminal_is_indented(start: Start) -> None:
    """On the console the lines of a traceback are indented, so that none of them looks like an event."""
    stream = start(LogFormat.CONSOLE)

    try:
        break_with("first\nsecond")
    except ValueError:
        structlog.get_logger("bot").exception("it broke")

    first, *rest = stream.getvalue().splitlines()
    assert "it broke" in first
    assert all(line.startswith("    ") for line in rest if line)


def test_away_from_a_terminal_the_format_is_json(start: Start) -> None:
    """`auto` means JSON where the stream is no terminal."""
    stream = start(LogFormat.AUTO)

    structlog.get_logger("bot").info("hello")

    assert events_in(stream)[0]["event"] == "hello"


def test_a_second_set_up_replaces_the_first(start: Start) -> None:
    """Setting up twice does not write every event twice."""
    first = start()
    second = start()

    structlog.get_logger("bot").info("hello")

    assert first.getvalue() == ""
    assert len(events_in(second)) == 1
