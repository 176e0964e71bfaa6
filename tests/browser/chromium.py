"""Finds the browser that the tests in a browser drive: the system's Chromium or Chrome, none of Playwright's own."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ADVICE = "No Chromium on PATH: on Debian and Ubuntu `apt-get install chromium`, and these tests run, too."
PATIENCE_MS = 20_000
"""So long a state may take to come; nothing here waits for a time."""


def executable(path: str | None = None) -> str | None:
    """Return where the browser is, None when there is none."""
    return next(filter(None, (shutil.which(name, path=path) for name in NAMES)), None)


def is_required(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a missing browser is a failure and no reason to skip."""
    return environ.get("REQUIRE_BROWSER", "") not in {"", "0"}


@contextmanager
def launched(found: str) -> Iterator[Browser]:
    """Start the browser, and end it. Playwright's loop stays in this thread for as long: nobody else may run one."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-proxy-server", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()
