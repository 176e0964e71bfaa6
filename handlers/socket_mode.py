"""Socket Mode: connections that the bot opens, so that nothing of it listens; another stands when one ends."""

from dataclasses import dataclass, field
from threading import Event, Thread

import structlog
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from websocket import WebSocketException

from bot.errors import SettingsError
from handlers.socket_line import Adapter, Line

log = structlog.get_logger()

LINES = 2
"""How many connections stand at a time: when Slack closes one without its usual warning, the other goes on."""
_OPENING_SECONDS = 10.0
_TICK_SECONDS = 1.0
_GRACE_SECONDS = 15.0
"""How long a line may finish what it has begun; Slack closes one about 10 s after warning of it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STOPPING_SECONDS = 5.0
_SWITCHED_OFF = "link_disabled"
_CONFIGURATION = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "missing_scope"})


@dataclass(slots=True, kw_only=True)
class SocketMode:
    """Keeps two connections to Slack: when one ends, or is about to, the next is opened, whatever it takes.

    The websocket-client adapter, because Bolt's default loses acks at a refresh (slack.md 5.3 e to g).
    """

    app: App
    app_token: str = field(repr=False)
    client: WebClient
    _lines: list[Line] = field(default_factory=list)
    _wanted: Event = field(default_factory=Event)
    _stopping: Event = field(default_factory=Event)
    _is_switched_off: bool = False
    _keeper: Thread | None = None

    @property
    def is_connected(self) -> bool:
        """Tell whether Slack can reach us right now."""
        return any(line.is_open for line in tuple(self._lines))

    def connect(self) -> None:
        """Connect, again and again with growing pauses; the second connection comes by itself.

        Raises SettingsError if the app token is bad.
        """
        self._open()
        self._wanted.set()
        self._keeper = Thread(target=self._keep, name="socket-mode", daemon=True)
        self._keeper.start()

    def give_up(self) -> None:
        """Try no further; safe while `connect` runs."""
        self._stopping.set()
        self._wanted.set()

    def stop(self) -> None:
        """Send the answers that are due and close every connection."""
        self.give_up()
        if self._keeper is not None:
            self._keeper.join(timeout=_STOPPING_SECONDS)
        for line in tuple(self._lines):
            line.close()

    def _open(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._lines.append(self._new_line())
            except (SlackClientError, OSError, WebSocketException) as error:
                _give_up_if_configured_wrongly(error)
                wait = max(pause, _retry_after(error))
                log.warning("no Socket Mode connection yet", error=type(error).__name__, next_try_in=wait)
                self._stopping.wait(wait)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                log.info("connected", transport="socket")
                return

    def _new_line(self) -> Line:
        line = Line(app_token=self.app_token, client=self.client, on_end=self._note_end)
        Adapter(self.app, line)
        try:
            line.connect()
            line.wait_until_open(_OPENING_SECONDS)
        except Exception:
            line.close()
            raise
        return line

    def _note_end(self, reason: str) -> None:
        """Take note, in a line's own thread, that another line is wanted."""
        log.info("a connection ends", transport="socket", reason=reason)
        self._is_switched_off = reason == _SWITCHED_OFF
        self._wanted.set()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            if self._wanted.wait(_TICK_SECONDS):
                self._renew()
            self._clear_away()

    def _renew(self) -> None:
        self._wanted.clear()
        if self._is_switched_off:
            log.error("Socket Mode is switched off in Slack; switch it on again on the app's page Socket Mode")
            self._stopping.wait(_LONGEST_PAUSE)
        self._hand_over()
        try:
            while sum(not line.is_ending for line in self._lines) < LINES and not self._stopping.is_set():
                self._open()
                self._hand_over()
        except SettingsError as error:
            log.error("Slack refuses a new connection", reason=str(error))  # noqa: TRY400 - the cause is in its text
            self._stopping.wait(_LONGEST_PAUSE)
            self._wanted.set()

    def _hand_over(self) -> None:
        """Let a line that stands take over the answers that are due over those that end."""
        standing = [line for line in self._lines if not line.is_ending]
        for line in self._lines if standing else ():
            if line.is_ending and not line.retired_for:
                line.retire(standing[-1])

    def _clear_away(self) -> None:
        for line in tuple(self._lines):
            if line.retired_for and (line.is_over or line.retired_for > _GRACE_SECONDS):
                line.close()
                self._lines.remove(line)


def _retry_after(error: Exception) -> float:
    """Return for how many seconds Slack asks to be left alone."""
    asked = str(error.response.headers.get("Retry-After", "")) if isinstance(error, SlackApiError) else ""
    return min(float(asked), _LONGEST_PAUSE) if asked.isdecimal() else 0.0


def _give_up_if_configured_wrongly(error: Exception) -> None:
    code = str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""
    if code in _CONFIGURATION:
        raise SettingsError(
            f"SLACK_APP_TOKEN: Slack answers “{code}”. Make an app-level token with the scope connections:write."
        ) from error
