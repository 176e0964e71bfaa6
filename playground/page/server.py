"""Serves the page on loopback: what people see as a stream, what they do as posts."""

import asyncio
import html
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from playground.page.acting import Acting
from playground.page.guard import HEADERS, Guard
from playground.page.manifest import read_commands
from playground.page.moving import Moving
from playground.page.panel import Panel, Passage
from playground.page.people import Resident
from playground.page.screens import Screens
from playground.page.stream import PULSE, Stream
from playground.page.traffic import Reader, TrafficBook
from playground.slack.loop_thread import LoopThread
from playground.slack.wire import Json
from playground.slack.workspace import Workspace

HOST = "127.0.0.1"
STATIC = Path(__file__).parent / "static"
HANDS = 16
"""So many things are done at the same time: each may wait three seconds for the app's acknowledgement."""
MOST_WAITING = 64
"""So many things are done or wait to be; another one is refused."""
EYES = 4
"""So many threads look at the workspace for the open pages, and as many at the cluster."""
MOST_STREAMS = 16
"""So many pages may be open; another one is told so."""
_PLACE_OF_THE_KEY = "{{key}}"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_BUSY: Json = {"ok": False, "error": "Too much is going on at once. Nothing was done; try again in a moment."}


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
        self._people = tuple(people)
        self._suggested = read_commands(manifest)
        self._screens = Screens(workspace=workspace, people=self._people)
        self._acting = Acting(people=self._people, workspace=workspace)
        self._panel, self._passage = panel, passage
        self._moving = Moving(panel=panel, passage=passage)
        self._book = TrafficBook(state=workspace.state)
        self._guard = Guard()
        self._port = port
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="page-hand")
        self._eyes = ThreadPoolExecutor(EYES, thread_name_prefix="page-eye")
        self._far_eyes = ThreadPoolExecutor(EYES, thread_name_prefix="page-far-eye")
        self._waiting = self._streams = 0
        self._thread: LoopThread | None = None
        self._runner: web.AppRunner | None = None
        self._noting: asyncio.Task[None] | None = None

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
        self._eyes.shutdown(wait=True)
        self._far_eyes.shutdown(wait=True)

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
        app.router.add_get("/commands", self._commands)
        app.router.add_post("/act", self._post(self._acting.act))
        app.router.add_post("/clock", self._post(self._moving.move_time))
        app.router.add_post("/world", self._post(self._moving.play_world))
        self._runner = runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, HOST, self._port).start()
        self._guard.port = runner.addresses[0][1]
        self._noting = asyncio.ensure_future(self._note())

    async def _hang_up(self) -> None:
        if self._noting is not None:
            self._noting.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _note(self) -> None:
        """Write the traffic down as it comes, whether or not a page is open."""
        while True:
            await asyncio.get_running_loop().run_in_executor(self._eyes, self._book.note)
            await asyncio.sleep(PULSE)

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        text = (STATIC / "index.html").read_text(encoding="utf-8")
        return web.Response(text=text.replace(_PLACE_OF_THE_KEY, html.escape(self.key)), content_type="text/html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        """Serve one of our own files; a name that is none of them is not looked for anywhere."""
        known = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}
        path = known.get(request.match_info["name"])
        if path is None:
            return web.Response(status=404, text="There is no such file.")
        text = path.read_text(encoding="utf-8")
        return web.Response(text=text, content_type=_TYPES[path.suffix], charset="utf-8")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        person = request.query.get("person") or self._people[0].person.id
        if not self._knows(person):
            return web.Response(status=404, text="There is no such person here.")
        if self._streams >= MOST_STREAMS:
            return web.Response(status=503, text=f"{MOST_STREAMS} pages are open; close one of them.")
        answer = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        self._streams += 1
        try:
            await answer.prepare(request)
            async for event in self._events_for(person).events():
                await answer.write(event)
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._streams -= 1
        return answer

    def _events_for(self, person: str) -> Stream:
        reader = Reader(book=self._book)
        return Stream(
            person=person,
            screens=self._screens,
            reader=reader,
            panel=self._panel,
            passage=self._passage,
            eyes=self._eyes,
            far_eyes=self._far_eyes,
        )

    async def _file(self, request: web.Request) -> web.StreamResponse:
        person, file_id = request.query.get("person", ""), request.match_info["id"]
        if not self._knows(person):
            return web.Response(status=404, text="There is no such person here.")
        looking = asyncio.get_running_loop().run_in_executor(self._eyes, self._screens.file, person, file_id)
        content = await looking
        if content is None:
            return web.Response(status=404, text="This person sees no such file.")
        return web.Response(body=content, content_type="image/png")

    async def _commands(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self._suggested)

    def _knows(self, person: str) -> bool:
        return any(each.person.id == person for each in self._people)

    def _post(self, what: Callable[[Json], Json]) -> Handler:
        """Return a handler that does something which may wait, in a thread of its own."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if request.content_type != "application/json":
                return web.Response(status=415, text="The page sends JSON.")
            try:
                body: Any = await request.json()
            except (ValueError, RecursionError):
                body = None
            if not isinstance(body, dict):
                return web.Response(status=400, text="The page sends a JSON object.")
            return web.json_response(await self._by_hand(what, body))

        return handle

    async def _by_hand(self, what: Callable[[Json], Json], body: Json) -> Json:
        if self._waiting >= MOST_WAITING:
            return _BUSY
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._hands, what, body)
        finally:
            self._waiting -= 1
