"""When the catalogue is read anew."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.catalog import CatalogSnapshot, is_due

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (CatalogSnapshot(certain=False), True),
        (CatalogSnapshot(read_at=NOW - MINUTE, certain=False), True),
        (CatalogSnapshot(read_at=NOW - MINUTE), False),
        (CatalogSnapshot(read_at=NOW - 6 * HOUR + MINUTE), False),
        (CatalogSnapshot(read_at=NOW - 6 * HOUR), True),
    ],
    ids=["never read", "copy of an earlier run", "just read", "nearly old", "old"],
)
def test_age_and_doubt_decide(snapshot: CatalogSnapshot, *, expected: bool) -> None:
    """What an earlier run read is looked at anew at once, what we read ourselves after six hours."""
    assert is_due(snapshot, now=NOW) is expected


@pytest.mark.parametrize(
    ("failures", "pause"),
    [(1, MINUTE), (2, 2 * MINUTE), (3, 4 * MINUTE), (6, 32 * MINUTE), (7, HOUR), (1000, HOUR), (10**9, HOUR)],
)
def test_after_a_failure_it_is_tried_again_soon_and_then_less_often(failures: int, pause: timedelta) -> None:
    """A short outage is over within a minute, a long one is not made worse by us."""
    snapshot = CatalogSnapshot(read_at=NOW - 8 * HOUR, certain=False, failure="x", failed_at=NOW, failures=failures)

    assert not is_due(snapshot, now=NOW + pause - timedelta(seconds=1))
    assert is_due(snapshot, now=NOW + pause)


def test_what_could_be_read_in_part_is_tried_again_soon() -> None:
    """Modules that could not be read do not stay away for six hours."""
    snapshot = CatalogSnapshot(read_at=NOW, certain=True, failure="2 of 46", failed_at=NOW, failures=1)

    assert is_due(snapshot, now=NOW + MINUTE)
