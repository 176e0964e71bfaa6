"""The page's server lets in its own page alone, on loopback, and serves nothing but what belongs to the page."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import aiohttp
import pytest

from playground.page import PageServer, Resident
from playground.page.server import MOST_STREAMS, MOST_WAITING, STATIC
from playground.slack import Workspace
from tests.contract.page_ground import MANIFEST, Page, open_page
from tests.contract.workspace_app import Json, api_of

PICTURE = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a page."""
    with open_page() as opened:
        yield opened


def test_the_page_holds_its_key_and_says_what_it_is_not(page: Page) -> None:
    """The page comes without a key, brings the key along, and says that it is not Slack."""
    answer = page.get("", key=False)

    assert answer.status_code == 200
    assert f'content="{page.server.key}"' in answer.text
    assert "It is not Slack and not affiliated with Slack." in answer.text


def test_nothing_but_our_own_scripts_and_styles_may_run(page: Page) -> None:
    """The content security policy forbids inline scripts, other servers and frames, and nothing is sniffed or kept."""
    headers = page.get("", key=False).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_the_page_needs_no_other_server_and_holds_no_inline_code(page: Page) -> None:
    """The page names files of its own alone, which are all there, and has neither inline scripts nor styles."""
    text = page.get("", key=False).text
    named = re.findall(r'(?:src|href)="([^"]+)"', text)

    assert all(name.startswith("/static/") for name in named)
    assert {page.get(name.lstrip("/"), key=False).status_code for name in named} == {200}
    assert re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("main.js", "text/javascript"), ("base.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
def test_each_file_has_its_kind(page: Page, name: str, kind: str) -> None:
    """Scripts, styles and pictures come with the type by which browsers take them."""
    assert page.get(f"static/{name}", key=False).headers["Content-Type"].startswith(kind)


def test_every_module_that_a_module_names_is_there() -> None:
    """No script imports a file that is missing."""
    scripts = [path for path in STATIC.iterdir() if path.suffix == ".js"]
    named = {name for path in scripts for name in re.findall(r"from '\./([\w.]+)'", path.read_text("utf-8"))}

    assert named
    assert sorted(name for name in named if not (STATIC / name).exists()) == []


@pytest.mark.parametrize("name", ["..%2Fserver.py", "%2e%2e%2fserver.py", "index.html", "nothing.js"])
def test_what_is_no_file_of_the_page_is_not_served(page: Page, name: str) -> None:
    """A name that leads elsewhere finds nothing; the page itself is served with its key only."""
    assert page.get(f"static/{name}", key=False).status_code in {403, 404}


@pytest.mark.parametrize("path", ["stream", "commands", "file/F1"])
def test_reading_needs_the_key(page: Page, path: str) -> None:
    """Without the page's key, or with another, nothing is told."""
    assert page.get(path, key=False).status_code == 403
    assert page.get(path, key=False, **{"X-Playground": "another"}).status_code == 403


@pytest.mark.parametrize("path", ["act", "clock", "world"])
def test_doing_needs_the_key(page: Page, path: str) -> None:
    """Without the page's key nothing is done."""
    assert page.post(path, {}, **{"X-Playground": "another"}).status_code == 403
    assert page.world.asked == []


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1", "127.0.0.1:1", "[::1]:80", ""])
def test_another_host_name_is_refused(page: Page, host: str) -> None:
    """A name that somebody made lead to this machine is refused, for the page itself, too."""
    assert page.get("", key=False, Host=host).status_code == 403
    assert page.get("commands", Host=host).status_code == 403


def test_localhost_is_this_machine_too(page: Page) -> None:
    """The address may be written as localhost."""
    port = urlsplit(page.server.address).port

    answer = page.get("commands", Host=f"localhost:{port}", Origin=f"http://localhost:{port}")

    assert answer.status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example.org", "https://127.0.0.1", "null", "http://127.0.0.1:1"])
def test_another_page_cannot_act(page: Page, origin: str) -> None:
    """A page of another origin is refused even if it had the key."""
    answer = page.post("act", {"person": page.ada.id, "do": "say", "text": "hello"}, Origin=origin)

    assert answer.status_code == 403
    assert page.ada.messages() == ()


def test_a_form_of_another_page_cannot_act(page: Page) -> None:
    """What a browser sends across origins without asking, such as a plain form, is not read."""
    answer = page.post("act", "{}", **{"Content-Type": "text/plain"})

    assert answer.status_code == 415


@pytest.mark.parametrize("body", ["", "[]", "{", '"text"', "null"])
def test_what_is_no_object_is_refused(page: Page, body: str) -> None:
    """A body that is no JSON object does nothing."""
    assert page.post("act", body).status_code == 400


def test_it_listens_on_loopback_only(page: Page) -> None:
    """The address is the loopback address."""
    assert urlsplit(page.server.address).hostname == "127.0.0.1"


def test_commands_come_from_the_manifest(page: Page) -> None:
    """The composer gets each command with its words and what may follow them."""
    commands = page.get("commands").json()

    words = {word["text"]: word["hint"] for word in commands[0]["words"]}
    assert commands[0]["command"] == "/ai4os"
    assert words["deploy"] == "[module]"
    assert words["list"] == ""
    assert "help" in words


def test_a_picture_is_shown_to_who_sees_its_message(page: Page) -> None:
    """A Slack file comes to the person in whose message it stands, and to nobody else."""
    upload = _share_picture(page)

    own = page.get(f"file/{upload}?person={page.ada.id}")
    other = page.get(f"file/{upload}?person={page.bob.id}")

    assert (own.status_code, own.headers["Content-Type"], own.content) == (200, "image/png", PICTURE)
    assert other.status_code == 404
    assert page.get(f"file/{upload}?person=U0").status_code == 404


def test_a_message_names_its_pictures(page: Page) -> None:
    """The screen says where the picture of a message is and what it shows in words."""
    upload = _share_picture(page)

    message = page.screen()["conversations"][0]["messages"][-1]

    assert message["files"] == {upload: {"alt": "a curve", "url": f"file/{upload}"}}


def test_a_page_too_many_is_told_so(page: Page) -> None:
    """So many pages may be open; the next one is refused in words."""
    with ExitStack() as stack:
        opened = [stack.enter_context(page.stream()) for _ in range(MOST_STREAMS)]
        shown = [watching.until("screen") for watching in opened]
        refused = page.get("stream")

    assert len(shown) == MOST_STREAMS
    assert refused.status_code == 503
    assert "close one" in refused.text


def test_what_is_too_much_at_once_is_refused(page: Page) -> None:
    """While so many things are being done or wait, one more is refused in words; those that wait are done."""
    answers = asyncio.run(_pressed_at_once(page, MOST_WAITING + 3))

    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert len(refused) == 3
    assert refused[0].startswith("Too much is going on at once. Nothing was done")
    assert len(page.world.asked) == MOST_WAITING


def test_an_unknown_person_has_no_stream(page: Page) -> None:
    """Only people of the page can be looked at."""
    assert page.get("stream?person=U0").status_code == 404


def test_a_port_that_is_taken_is_an_error_that_leaves_nothing_behind() -> None:
    """A second page on the same port is refused, and the first one goes on."""
    with open_page() as page:
        port = urlsplit(page.server.address).port or 0
        second = PageServer(
            page.workspace,
            people=[Resident(person=page.ada, role="researcher")],
            panel=None,
            passage=None,
            manifest=MANIFEST,
            port=port,
        )

        with pytest.raises(OSError, match="address already in use"):
            second.__enter__()

        assert page.get("commands").status_code == 200


def test_ending_the_page_ends_open_streams() -> None:
    """Who ends the page does not wait for pages that are open."""
    with Workspace() as workspace:
        ada = workspace.add_user("ada")
        with open_page() as page, page.stream() as watching:
            watching.until("screen")
            page.server.__exit__(None, None, None)

        assert ada.messages() == ()


def _share_picture(page: Page) -> str:
    """Upload a picture and show it to Ada; return its id."""
    with api_of(page.workspace) as api:
        begun = api.call(
            "files.getUploadURLExternal", filename="plot.png", length=str(len(PICTURE)), alt_txt="a curve"
        ).body
        answer = page.session.post(begun["upload_url"], data=PICTURE, timeout=10)
        answer.raise_for_status()
        api.call("files.completeUploadExternal", files=[{"id": begun["file_id"], "title": "plot"}])
        picture = {"type": "image", "slack_file": {"id": begun["file_id"]}, "alt_text": "a curve"}
        posted = api.call("chat.postMessage", channel=page.ada.dm, text="A picture", blocks=[picture])
    assert posted.error is None
    return str(begun["file_id"])


async def _pressed_at_once(page: Page, times: int) -> list[Json]:
    """Press a button that takes long, all at once; it ends when the last three presses have been answered."""
    headers = {"X-Playground": page.server.key}
    connector = aiohttp.TCPConnector(limit=times)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as browser:

        async def press() -> Json:
            async with browser.post(f"{page.server.address}world", json={"do": "wait"}) as answer:
                told: Json = await answer.json()
            return told

        presses = [asyncio.ensure_future(press()) for _ in range(times)]
        done: set[asyncio.Future[Json]] = set()
        while len(done) < times - MOST_WAITING:
            done, _ = await asyncio.wait(presses, return_when=asyncio.FIRST_COMPLETED)
        page.world.patience.set()
        return list(await asyncio.gather(*presses))
