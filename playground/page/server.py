"""Serves the page on loopback: what people see as a stream, what they do as posts."""

import asyncio
import html
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from playground.page.acting import Acting
from playground.page.guard import HEADERS, Guard
from playground.page.panel import Panel, Passage, WorldRefused
from playground.page.people import Resident
from playground.page.screens import Screens
from playground.page.stream import Stream
from playground.page.suggestions import read_commands
from playground.slack.loop_thread import LoopThread
from playground.slack.wire import Json
from playground.slack.workspace import Workspace

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
HANDS = 16
"""So many things may be done at the same time: each waits for the app's acknowledgement."""
_PLACE_OF_THE_KEY = "{{key}}"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class PageServer:
    """The page of a workspace, and of a cluster and a clock where there are some; use it as a context manager."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        people: Sequence[Resident],
        manifest: Path,
        panel: Panel | None = None,
        passage: Passage | None = None,
        port: int = 0,
    ) -> None:
        self._state = workspace.state
        self._people = tuple(people)
        self._screens = Screens(state=workspace.state, people=self._people)
        self._acting = Acting(people=self._people)
        self._panel, self._passage = panel, passage
        self._commands = read_commands(manifest)
        self._guard = Guard()
        self._port = port
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="page")
        self._thread: LoopThread | None = None
        self._runner: web.AppRunner | None = None
        self._is_ending = asyncio.Event()

    def __enter__(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        self._thread = thread = LoopThread()
        try:
            thread.run(self._listen())
        except OSError:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every open page and stop to listen."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.run(self._hang_up())
            thread.close()
        self._hands.shutdown(wait=True)

    @property
    def address(self) -> str:
        """Return the address to open in a browser."""
        return f"http://{HOST}:{self._guard.port}/"

    @property
    def key(self) -> str:
        """Return the key that stands in the page, without which nothing is told and nothing is done."""
        return self._guard.key

    async def _listen(self) -> None:
        app = web.Application(middlewares=[self._guard.middleware()])
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", self._static)
        app.router.add_get("/stream", self._stream)
        app.router.add_get("/file/{id}", self._file)
        app.router.add_get("/commands", self._suggest)
        app.router.add_post("/act", self._act)
        app.router.add_post("/clock", self._clock)
        app.router.add_post("/world", self._world)
        self._runner = runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, HOST, self._port).start()
        self._guard.port = runner.addresses[0][1]

    async def _hang_up(self) -> None:
        self._is_ending.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        text = (STATIC / "index.html").read_text(encoding="utf-8")
        return web.Response(
            text=text.replace(_PLACE_OF_THE_KEY, html.escape(self._guard.key)), content_type="text/html"
        )

    async def _static(self, request: web.Request) -> web.StreamResponse:
        """Serve one of our own files; a name that is none of them is not looked for anywhere."""
        name = request.match_info["name"]
        known = {path.name: path for path in STATIC.iterdir() if path.is_file()}
        if name not in known:
            return web.Response(status=404, text="There is no such file.")
        kind = _TYPES.get(known[name].suffix, "application/octet-stream")
        return web.Response(text=known[name].read_text(encoding="utf-8"), content_type=kind, charset="utf-8")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        person = request.query.get("person") or self._people[0].person.id
        if person not in {each.person.id for each in self._people}:
            return web.Response(status=404, text="There is no such person here.")
        answer = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await answer.prepare(request)
        stream = Stream(
            person=person, state=self._state, screens=self._screens, panel=self._panel, passage=self._passage
        )
        try:
            async for event in stream.events():
                if self._is_ending.is_set():
                    break
                await answer.write(event)
        except ConnectionError:
            pass  # the page was closed
        return answer

    async def _file(self, request: web.Request) -> web.StreamResponse:
        with self._state.lock:
            upload = self._state.files.get(request.match_info["id"])
            content = upload.content if upload else None
        if content is None:
            return web.Response(status=404, text="There is no such file.")
        return web.Response(body=content, content_type="image/png")

    async def _suggest(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self._commands)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        return await self._do(request, self._acting.act)

    async def _clock(self, request: web.Request) -> web.StreamResponse:
        return await self._do(request, self._move_time)

    async def _world(self, request: web.Request) -> web.StreamResponse:
        return await self._do(request, self._play_world)

    async def _do(self, request: web.Request, what: Callable[[Json], Json]) -> web.StreamResponse:
        """Do something that may wait, in a thread of its own."""
        if request.content_type != "application/json":
            return web.Response(status=415, text="The page sends JSON.")
        try:
            body: Any = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.Response(status=400, text="The page sends a JSON object.")
        done: Awaitable[Json] = asyncio.get_running_loop().run_in_executor(self._hands, what, body)
        return web.json_response(await done)

    def _move_time(self, body: Json) -> Json:
        passage = self._passage
        if passage is None:
            return {"ok": False, "error": "On a real cluster time passes by itself."}
        try:
            match body.get("do"):
                case "speed":
                    passage.speed(float(body["speed"]))
                case "pass":
                    passage.pass_time(float(body["seconds"]))
                case "until":
                    passage.until_working_morning()
                case other:
                    return {"ok": False, "error": f"The clock cannot {other!r}."}
        except (WorldRefused, KeyError, TypeError, ValueError) as refusal:
            return {"ok": False, "error": str(refusal)}
        return {"ok": True}

    def _play_world(self, body: Json) -> Json:
        panel = self._panel
        if panel is None:
            return {"ok": False, "error": "There is no cluster to play with."}
        try:
            told = panel.do(str(body.get("do", "")), body)
        except (WorldRefused, KeyError, TypeError, ValueError) as refusal:
            return {"ok": False, "error": str(refusal)}
        return {"ok": True, "told": told}
