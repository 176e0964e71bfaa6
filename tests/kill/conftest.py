"""The town in which the bot is killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kill.town import KillTown, kill_town
from tests.kill.town import reminder_town as open_reminder_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[KillTown]:
    """Give a town whose cluster does something only when it is told to."""
    with kill_town(tmp_path) as found:
        yield found


@pytest.fixture
def lively_town(tmp_path: Path) -> Iterator[KillTown]:
    """Give a town whose cluster lives by the clock."""
    with kill_town(tmp_path, is_frozen=False) as found:
        yield found


@pytest.fixture
def reminder_town(tmp_path: Path) -> Iterator[KillTown]:
    """Give a town in which days pass when they are told to, so that people can be reminded."""
    with open_reminder_town(tmp_path) as found:
        yield found
