"""The town in which the application tests live."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.town import Town
from tests.app.town import town as open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Give a town with a simulated cluster, two researchers and the running bot."""
    with open_town(tmp_path) as found:
        yield found
