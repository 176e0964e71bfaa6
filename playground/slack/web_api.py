"""The Web API's door: tokens, scopes, rate limits, the table of methods, and the log of calls."""

from dataclasses import dataclass, field

from playground.slack import (  # noqa: F401  # importing them enters their methods into the table
    methods_apps,
    methods_chat,
    methods_files,
    methods_people,
    methods_views,
)
from playground.slack.methods import METHODS, Method, MethodCall, Rooms
from playground.slack.records import Call
from playground.slack.wire import Json, RateLimited, SlackError, copy_json

_OK = 200
_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back over HTTP."""

    body: Json
    status: int = _OK
    headers: dict[str, str] = field(default_factory=dict)


class WebApi:
    """Answer calls one at a time under the state's lock."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.revoked = ""

    def call(self, name: str, token: str, arguments: Json, *, by_get: bool = False) -> Answer:
        """Answer one call and log it."""
        with self._rooms.state.lock:
            call = MethodCall(rooms=self._rooms, arguments=arguments, warnings=[])
            answer = self._answer(name, token, call, by_get=by_get)
            self.log(name, arguments, answer.body, answer.status)
        return answer

    def refuse_rate(self, name: str, arguments: Json, retry_after: int) -> Answer:
        """Answer 429 without looking at the call."""
        answer = _too_many(retry_after)
        self.log(name, arguments, answer.body, answer.status)
        return answer

    def log(self, name: str, arguments: Json, answer: Json, status: int) -> None:
        """Add a call to the log, without its token."""
        state = self._rooms.state
        with state.lock:
            shown = copy_json({key: value for key, value in arguments.items() if key != "token"})
            state.calls.append(
                Call(method=name, arguments=shown, answer=copy_json(answer), status=status, at=state.clock.now())
            )
            state.announce()

    def _answer(self, name: str, token: str, call: MethodCall, *, by_get: bool) -> Answer:
        method = METHODS.get(name)
        headers = {"x-oauth-scopes": ",".join(sorted(call.state.settings.scopes))}
        if method is not None:
            headers["x-accepted-oauth-scopes"] = method.scope or ""
        try:
            body = self._run(method, token, call, by_get=by_get)
        except SlackError as refusal:
            return Answer(body=refusal.as_answer(), headers=headers)
        except RateLimited as limited:
            return _too_many(limited.retry_after)
        if call.warnings:
            body["response_metadata"] = {"warnings": list(call.warnings)}
        return Answer(body={"ok": True, **body}, headers=headers)

    def _run(self, method: Method | None, token: str, call: MethodCall, *, by_get: bool) -> Json:
        if method is None:
            raise SlackError("unknown_method")
        self._check_token(method, token)
        if by_get and not method.readable:
            raise SlackError("invalid_post_type")
        self._rooms.limits.spend(method.name, method.tier)
        if method.scope:
            call.need_scope(method.scope)
        return method.run(call)

    def _check_token(self, method: Method, token: str) -> None:
        identity = self._rooms.state.identity
        if not token:
            raise SlackError("not_authed")
        if self.revoked and token == identity.bot_token:
            raise SlackError(self.revoked)
        kinds = {identity.bot_token: "bot", identity.app_token: "app"}
        if token not in kinds:
            raise SlackError("invalid_auth")
        if kinds[token] != method.token:
            raise SlackError("not_allowed_token_type")


def _too_many(retry_after: int) -> Answer:
    body = {"ok": False, "error": "ratelimited"}
    return Answer(body=body, status=_TOO_MANY, headers={"Retry-After": str(retry_after)})
