"""The workspace's book-keeping: people, conversations, messages, views, calls, acks and problems."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from playground.slack.wire import Json

ConversationKind = Literal["public", "private", "im"]
Values = dict[str, dict[str, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A member of the workspace, an outside guest or a bot."""

    id: str
    name: str
    real_name: str
    email: str | None
    tz: str
    team_id: str
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """One message as the server keeps it; `only_for` names the reader of an ephemeral one."""

    ts: str
    channel: str
    author: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    edited_ts: str | None = None
    tombstone: bool = False
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    files: list[Json] = field(default_factory=list)
    values: dict[str, Values] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A channel, or the direct messages between the app and one person (`partner`)."""

    id: str
    name: str
    kind: ConversationKind
    members: set[str]
    partner: str | None = None
    is_archived: bool = False
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """The hours in which a person asked Slack not to disturb them: the present ones, or the next."""

    begins: datetime
    ends: datetime


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file: announced, filled, completed. `unready` is how often it is still refused in blocks before it shows."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    alt_text: str = ""
    is_complete: bool = False
    unready: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group (`@handle`) with its members' ids."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]
    is_disabled: bool = False


@dataclass(slots=True, kw_only=True)
class View:
    """One modal or Home view on a person's screen, with what is typed in it."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    banner: str | None = None


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A trigger id: whose, from when, whether used, and the modal it came from."""

    id: str
    user: str
    issued_at: datetime
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """A response_url: where it posts, which message it may replace, and how often it was used."""

    key: str
    interaction: str
    user: str
    channel: str
    issued_at: datetime
    origin_ts: str | None = None
    uses: int = 0


class Outcome(StrEnum):
    """How a delivery to the app ended; PENDING until it does."""

    PENDING = "pending"
    ACKED = "acked"
    TIMEOUT = "timeout"
    NO_CONNECTION = "no_connection"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AckRecord:
    """One delivery to the app; `latency` is None while no answer has come, and real time, not the clock's."""

    envelope_id: str
    kind: str
    name: str
    user: str | None
    outcome: Outcome
    latency: timedelta | None
    attempt: int
    payload: Json = field(repr=False)
    answer: Any = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Web API call or response_url post; tokens are left out of `arguments`."""

    method: str
    arguments: Json
    answer: Json
    status: int
    at: datetime

    @property
    def ok(self) -> bool:
        """Tell whether the call succeeded."""
        return bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """Return Slack's error code, if any."""
        code = self.answer.get("error")
        return None if code is None else str(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something a person would see go wrong, or a rule of the protocol that the app broke."""

    kind: str
    text: str
    at: datetime
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One line of the conversation's transcript; `audience` is the id of the only person who saw it."""

    at: datetime
    who: str
    text: str
    channel: str | None = None
    audience: str | None = None
