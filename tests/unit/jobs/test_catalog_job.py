"""When the catalogue is read anew, and that what was learned is kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.base import ModuleName
from bot.domain.catalog import CatalogSnapshot, ImageTags
from bot.errors import CatalogUnavailable
from jobs.table import look_after
from tests.fakes.catalog import FakeCatalog
from tests.unit.catalog.published import StoppedClock

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class CountingCatalog:
    """A catalogue that counts what is done to it."""

    def __init__(self, catalog: FakeCatalog) -> None:
        self.readings = 0
        self.kept = 0
        self._catalog = catalog

    def snapshot(self) -> CatalogSnapshot:
        """Return our copy."""
        return self._catalog.snapshot()

    def refresh(self, name: ModuleName | None = None) -> None:
        """Read, and count it."""
        self.readings += 1
        self._catalog.refresh(name)

    def keep(self) -> None:
        """Count it."""
        self.kept += 1

    def known_tags(self, image: str) -> ImageTags:
        """Return what is known."""
        return self._catalog.known_tags(image)

    def refresh_tags(self, image: str) -> ImageTags:
        """Ask the registry."""
        return self._catalog.refresh_tags(image)


@pytest.fixture
def clock() -> StoppedClock:
    """Give a clock that stands."""
    return StoppedClock()


def passing(clock: StoppedClock, catalog: CountingCatalog, *, minutes: int) -> None:
    """Let so many minutes pass, with the job run in each."""
    for _ in range(minutes):
        _quietly(lambda: look_after(catalog, now=clock()))
        clock.advance(MINUTE)


def _quietly(run: Callable[[], None]) -> None:
    try:
        run()
    except CatalogUnavailable:
        return


def test_a_day_has_four_readings(clock: StoppedClock) -> None:
    """One at the start, then one every six hours, however often the job runs."""
    catalog = CountingCatalog(FakeCatalog(clock=clock, is_read=False))

    passing(clock, catalog, minutes=24 * 60)

    assert catalog.readings == 4
    assert catalog.kept == 24 * 60


def test_an_outage_is_asked_about_less_and_less(clock: StoppedClock) -> None:
    """A day without the catalogue costs it a reading an hour, and six more at the beginning."""
    fake = FakeCatalog(clock=clock, is_read=False)
    fake.is_up = False
    catalog = CountingCatalog(fake)

    passing(clock, catalog, minutes=24 * 60)

    assert 24 <= catalog.readings <= 31
    assert catalog.snapshot().failures == catalog.readings


def test_a_short_outage_is_over_within_a_minute(clock: StoppedClock) -> None:
    """After the first failure it is tried again at once."""
    fake = FakeCatalog(clock=clock, is_read=False)
    fake.is_up = False
    catalog = CountingCatalog(fake)
    passing(clock, catalog, minutes=1)
    fake.is_up = True

    passing(clock, catalog, minutes=1)

    assert catalog.snapshot().certain
    assert catalog.readings == 2


def test_what_was_learned_is_kept_although_reading_fails(clock: StoppedClock) -> None:
    """Tags are kept while the catalogue is down, too."""
    fake = FakeCatalog(clock=clock, is_read=False)
    fake.is_up = False
    catalog = CountingCatalog(fake)

    with pytest.raises(CatalogUnavailable):
        look_after(catalog, now=clock())

    assert catalog.kept == 1
