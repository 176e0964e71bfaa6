"""Takes the pictures of README and docs with headless Chromium: `python -m playground.screenshots [--folder …]`."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from playground.page import PageServer
from playground.panel.behaviour import Behaviour
from playground.scene_stage import MANIFEST, Stage, open_stage

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 800
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ADVICE = "There is no Chromium on PATH. On Debian: apt-get install chromium"
_COLOURS = 128
_PATIENCE = 20_000
_TITLE = "Plankton notebook"
_DEPLOY = f'/ai4os deploy demo-app --service jupyter --gpu 1 --cpu 4 --ram 8000 --disk 10000 --title "{_TITLE}"'


def main(arguments: list[str]) -> int:
    """Take all pictures; return 0, or 2 where there is no browser."""
    parser = argparse.ArgumentParser(prog="python -m playground.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args(arguments).folder
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print(ADVICE, file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-", dir=cache) as place,
        open_stage(Path(place), {}) as stage,
        _page(stage, browser) as page,
    ):
        _take(page, stage, folder)
    return 0


@contextmanager
def _page(stage: Stage, browser: str) -> Iterator[Page]:
    server = PageServer(stage.workspace, people=stage.people, panel=stage.panel, passage=stage.time, manifest=MANIFEST)
    with server, sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
        )
        page.set_default_timeout(_PATIENCE)
        expect.set_options(timeout=_PATIENCE)
        page.goto(server.address)
        yield page
        opened.close()


def _take(page: Page, stage: Stage, folder: Path) -> None:
    """Play Ada's story, and take a picture at each of its turns."""
    _command(page, _DEPLOY)
    window = page.get_by_role("dialog")
    expect(window).to_contain_text("Docker tag")
    _save(page, folder / "form.png")
    window.get_by_role("button", name="Next", exact=True).click()
    window.get_by_role("button", name="Deploy", exact=True).click()
    expect(window).to_contain_text("is submitted")
    page.keyboard.press("Escape")
    expect(page.get_by_role("log")).to_contain_text("answers")
    _save(page, folder / "message.png")
    _train_and_forget(stage)
    expect(page.get_by_role("button", name=f"Stop {_TITLE}")).to_be_visible()
    expect(page.locator("#clock.passing")).to_have_count(0)
    page.get_by_role("article").last.scroll_into_view_if_needed()
    _save(page, folder / "reminder.png")
    page.get_by_role("button", name="Fill all GPUs").click()
    expect(page.get_by_role("region", name="Play the world")).to_contain_text("Somebody else has taken")
    page.get_by_role("heading", name="ifca", exact=True).scroll_into_view_if_needed()
    _save(page, folder / "cluster.png", of="#aside")


def _train_and_forget(stage: Stage) -> None:
    """Let her train for some hours, and then let two days pass."""
    cluster, panel, time = stage.cluster, stage.panel, stage.time
    if cluster is None or panel is None or time is None:
        raise LookupError("Pictures are taken on the simulated cluster.")
    job = next(job for job in cluster.jobs() if (job.spec.get("Meta") or {}).get("title") == _TITLE)
    for behaviour, span in ((Behaviour.TRAINING, timedelta(hours=5)), (Behaviour.RESTING, timedelta(days=2))):
        panel.behaviours.set(job.id, behaviour)
        time.pass_time(span.total_seconds())
        time.wait()


def _command(page: Page, line: str) -> None:
    composer = page.get_by_role("combobox", name="Message or command")
    composer.fill(line)
    composer.press("Enter")


def _save(page: Page, path: Path, *, of: str = "") -> None:
    """Save the page, or a part of it, with few colours: the pictures are part of the repository."""
    taken = page.locator(of).screenshot() if of else page.screenshot()
    with Image.open(BytesIO(taken)) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
