"""Socket Mode: a connection that the bot opens, so that nothing of it listens."""

from dataclasses import dataclass, field
from threading import Event
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SettingsError

log = structlog.get_logger()

CONCURRENCY = 32
_WATCH_SECONDS = 5.0
_LOST_AFTER_ROUNDS = 12
_OPENING_ROUNDS, _OPENING_SECONDS = 400, 0.025
_CONFIGURATION = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "missing_scope"})
_LONGEST_PAUSE = 30.0


@dataclass(slots=True, kw_only=True)
class SocketMode:
    """Keeps the connection; after a minute without one it is opened anew.

    The websocket-client adapter, because Bolt's default loses acks at a refresh (slack.md 5.3 e to g).
    """

    app: App
    app_token: str
    client: WebClient
    _handler: SocketModeHandler | None = None
    _stopping: Event = field(default_factory=Event)

    @property
    def is_connected(self) -> bool:
        """Tell whether Slack can reach us right now."""
        return self._handler is not None and bool(self._handler.client.is_connected())

    def connect(self) -> None:
        """Connect, again and again with growing pauses. Raises SettingsError if the app token is bad."""
        pause = 1.0
        while not self._stopping.is_set():
            try:
                self._open()
            except (SlackClientError, OSError) as error:
                _give_up_if_configured_wrongly(error)
                log.warning("no Socket Mode connection yet", error=type(error).__name__, next_try_in=pause)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                log.info("connected", transport="socket")
                return

    def watch(self) -> None:
        """Stay until told to stop, opening the connection anew when it has been away for a minute."""
        rounds_without = 0
        while not self._stopping.wait(_WATCH_SECONDS):
            rounds_without = 0 if self.is_connected else rounds_without + 1
            if rounds_without >= _LOST_AFTER_ROUNDS:
                log.warning("Socket Mode connection lost, opening it anew")
                self._close()
                self.connect()
                rounds_without = 0

    def stop(self) -> None:
        """Close the connection."""
        self._stopping.set()
        self._close()

    def _open(self) -> None:
        handler = SocketModeHandler(
            self.app, app_token=self.app_token, web_client=self.client, concurrency=CONCURRENCY, logger=self.app.logger
        )
        try:
            handler.connect()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
        except Exception:
            _close_safely(handler)
            raise
        self._handler = handler
        for _ in range(_OPENING_ROUNDS):
            if self.is_connected or self._stopping.wait(_OPENING_SECONDS):
                return
        self._close()
        raise TimeoutError

    def _close(self) -> None:
        if self._handler is not None:
            _close_safely(self._handler)
            self._handler = None


def _close_safely(handler: Any) -> None:
    """Close a handler; the library's own clean-up sometimes trips over itself (slack.md 5.3 i)."""
    try:
        handler.close()
    except Exception as error:  # noqa: BLE001 - whatever it is, the connection is gone
        log.debug("closing the connection failed", error=type(error).__name__)


def _give_up_if_configured_wrongly(error: Exception) -> None:
    code = str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""
    if code in _CONFIGURATION:
        raise SettingsError(
            f"SLACK_APP_TOKEN: Slack answers “{code}”. Make an app-level token with the scope connections:write."
        ) from error
