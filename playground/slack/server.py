"""The HTTP server on loopback: Web API, socket link, response URLs and uploads."""

import asyncio
import json
from typing import Any

from aiohttp import web

from playground.slack.faults import Fault, FaultKind, Faults
from playground.slack.methods import Rooms
from playground.slack.response_urls import ResponseUrls
from playground.slack.web_api import Answer, WebApi
from playground.slack.wire import Json, SlackError

HOST = "127.0.0.1"
BODY_LIMIT = 20_000_000


class Server:
    """Listen on loopback; `listen` and `hang_up` may be called in turns, the port stays."""

    def __init__(self, api: WebApi, rooms: Rooms, response_urls: ResponseUrls, faults: Faults) -> None:
        self._api = api
        self._rooms = rooms
        self._response_urls = response_urls
        self._faults = faults
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def listen(self) -> None:
        """Start to listen, on a free port the first time."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/api/{method:.*}", self._serve_api)
        app.router.add_get("/link/", self._rooms.hub.accept)
        app.router.add_post("/{kind:commands|actions}/{team}/{key}", self._serve_response_url)
        app.router.add_post("/upload/{key}", self._serve_upload)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self.port)
        await site.start()
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def hang_up(self) -> None:
        """Stop to listen and cut every connection."""
        runner, self._runner = self._runner, None
        await self._rooms.hub.close()
        if runner is not None:
            await runner.cleanup()

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        arguments, broken = await _arguments(request)
        token = _token(request, arguments)
        fault = self._faults.take(name)
        if broken:
            return _respond(Answer(body={"ok": False, "error": broken}))
        answer_late = fault is not None and fault.kind is FaultKind.DELAY
        if fault is not None and answer_late:
            await asyncio.sleep(fault.delay.total_seconds())
        if fault is not None and not answer_late and fault.kind is not FaultKind.DROP_AFTER:
            return self._fail(request, name, arguments, fault)
        answer = self._api.call(name, token, arguments, by_get=request.method == "GET")
        if fault is not None and fault.kind is FaultKind.DROP_AFTER:
            return _cut(request)
        return _respond(answer)

    def _fail(self, request: web.Request, name: str, arguments: Json, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case FaultKind.RATE_LIMIT:
                return _respond(self._api.refuse_rate(name, arguments, fault.retry_after))
            case FaultKind.REFUSE:
                body = {"ok": False, "error": fault.error}
                self._api.log(name, arguments, body, 200)
                return _respond(Answer(body=body))
            case FaultKind.STATUS:
                self._api.log(name, arguments, {}, fault.status)
                return web.Response(status=fault.status, text="upstream trouble")
            case FaultKind.GARBLE:
                self._api.log(name, arguments, {}, 200)
                return web.Response(text="<html>Something went wrong</html>", content_type="text/html")
            case _:
                self._api.log(name, arguments, {}, 0)
                return _cut(request)

    async def _serve_response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            body: Any = json.loads(await request.text())
        except ValueError:
            body = None
        answer: Json = {"ok": True}
        status, text = 200, "ok"
        try:
            self._response_urls.take(request.match_info["key"], body)
        except SlackError as refusal:
            answer, text = refusal.as_answer(), refusal.code
            status = 404 if refusal.code.endswith("_url") else 400
        self._api.log("response_url", body if isinstance(body, dict) else {}, answer, status)
        return web.Response(status=status, text=text)

    async def _serve_upload(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        with self._rooms.state.lock:
            upload = self._rooms.uploads.receive(request.match_info["key"], content)
        return web.Response(text=f"OK - {upload.length}") if upload else web.Response(status=400, text="rejected")


async def _arguments(request: web.Request) -> tuple[Json, str]:
    arguments: Json = dict(request.query)
    if request.method == "GET":
        return arguments, ""
    if request.content_type == "application/json":
        text = await request.text()
        try:
            body = json.loads(text or "{}")
        except ValueError:
            return arguments, "invalid_json"
        return ({**arguments, **body}, "") if isinstance(body, dict) else (arguments, "json_not_object")
    form = await request.post()
    return {**arguments, **{key: value for key, value in form.items() if isinstance(value, str)}}, ""


def _token(request: web.Request, arguments: Json) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else str(arguments.get("token") or "")


def _respond(answer: Answer) -> web.StreamResponse:
    return web.json_response(answer.body, status=answer.status, headers=answer.headers)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
