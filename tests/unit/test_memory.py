"""The process is told how to use memory, in a process of its own, so that the tests' is left as it is."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def printed_by(code: str) -> str:
    """Return what a fresh interpreter prints that runs the code."""
    return subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_glibc_takes_the_setting() -> None:
    """Where there is glibc it is told to use few arenas, and says that it will."""
    assert printed_by("from bot.memory import use_few_arenas; print(use_few_arenas())") == "True"


def test_where_there_is_no_such_setting_nothing_happens() -> None:
    """A C library without it, or none that can be asked, is no reason not to start."""
    code = (
        "import ctypes; from bot import memory\n"
        "class Other:\n    def __init__(self, name): raise OSError\n"
        "ctypes.CDLL = Other\n"
        "print(memory.use_few_arenas())"
    )

    assert printed_by(code) == "False"


def test_what_is_there_is_collected_no_more() -> None:
    """After the start the collector has nothing left to look at but what comes then."""
    code = (
        "import gc, logging; from bot import memory; memory.spare_the_collector(); "
        "print(gc.get_freeze_count() > 1000, len(gc.get_objects()) < 100)"
    )

    assert printed_by(code) == "True True"
