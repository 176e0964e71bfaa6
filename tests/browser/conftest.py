"""One browser, the demo's own stage behind it, and visitors who look at its page; failures leave a picture."""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from playground.page import PageServer
from playground.scene_stage import Stage, open_stage
from tests.browser.chromium import ADVICE, executable, is_required, launched
from tests.browser.visitor import Visitor

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MANIFEST = ROOT / "app.yaml"
PICTURES = ROOT / ".cache" / "browser"
_REPORT = pytest.StashKey[pytest.TestReport]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser's tests in one process, which starts one browser; skip them where there is none."""
    own = [item for item in items if item.path.is_relative_to(HERE)]
    for item in own:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser"))
        if executable() is None and not is_required():
            item.add_marker(pytest.mark.skip(reason=ADVICE))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how a test ended, for the fixtures that end after it."""
    report = yield
    if report.when == "call":
        item.stash[_REPORT] = report
    return report


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give the browser: one for each module, so that no loop of Playwright's is left where other tests want one."""
    found = executable()
    if found is None:
        pytest.fail(ADVICE)
    with launched(found) as browser:
        yield browser


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give what the demo is played on: workspace, simulated cluster, clock and the real bot."""
    with open_stage(tmp_path, {}) as opened:
        yield opened


@pytest.fixture
def address(stage: Stage) -> Iterator[str]:
    """Give the address of the stage's page."""
    with PageServer(
        stage.workspace, people=stage.people, manifest=MANIFEST, panel=stage.panel, passage=stage.time
    ) as page:
        yield page.address


@pytest.fixture
def come_in(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Give a way for somebody to open a page; at the end no page may have complained in its console."""
    visitors: list[Visitor] = []
    with ExitStack() as leaving:

        def enter(address: str, name: str, **wishes: object) -> Visitor:
            visitor = leaving.enter_context(Visitor.entering(chromium, address, name, **wishes))
            visitors.append(visitor)
            return visitor

        yield enter
        report = request.node.stash.get(_REPORT, None)
        if report is None or report.failed:
            _keep(visitors, request.node.name)
    complaints = [line for visitor in visitors for line in visitor.complaints]
    assert complaints == [], "the page complained in its console"


@pytest.fixture
def ada(address: str, come_in: Callable[..., Visitor]) -> Visitor:
    """Give Ada, who has the page open."""
    return come_in(address, "Ada")


@pytest.fixture
def bob(address: str, come_in: Callable[..., Visitor]) -> Visitor:
    """Give Bob, who has the page open in a browser of his own."""
    return come_in(address, "Bob")


def _keep(visitors: list[Visitor], test: str) -> None:
    """Keep what the visitors of a failed test saw."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for visitor in visitors:
        name = re.sub(r"\W+", "-", f"{test}-{visitor.name}").strip("-")
        visitor.page.screenshot(path=PICTURES / f"{name}.png")
        (PICTURES / f"{name}.txt").write_text("\n".join(visitor.console) + "\n", encoding="utf-8")
