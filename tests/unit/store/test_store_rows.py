"""How records become rows and come back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from bot.domain.base import Frozen
from bot.domain.records import Announcement, AuditEntry, Draft, StopRecord, Submission
from bot.store.columns import AnyText, UtcDateTime
from bot.store.rows import decode, encode, table_of
from bot.store.tables import AnnouncementRow, AuditRow, Base, DraftRow, StopRow, SubmissionRow
from tests.unit.store.records import NOON, announcement, audit_entry, draft, stop, submission

SQLITE = make_url("sqlite://").get_dialect()()
POSTGRESQL = make_url("postgresql+psycopg://").get_dialect()()
FIVE_HOURS_EAST = timezone(timedelta(hours=5))


@pytest.mark.parametrize(
    ("record", "row", "own_columns"),
    [
        (Draft, DraftRow, set()),
        (Submission, SubmissionRow, {"owner_key"}),
        (Announcement, AnnouncementRow, set()),
        (StopRecord, StopRow, set()),
        (AuditEntry, AuditRow, {"number"}),
    ],
)
def test_every_field_of_a_record_has_its_column(record: type[Frozen], row: type[Base], own_columns: set[str]) -> None:
    """A field that is added to a record needs a column and a migration; without them nothing can be saved."""
    assert set(table_of(row).columns.keys()) == set(record.model_fields) | own_columns


@pytest.mark.parametrize("record", [draft(), submission(hostname="plants"), announcement(), stop(), audit_entry()])
def test_a_decoded_row_is_the_encoded_record(record: Frozen) -> None:
    """What is encoded comes back the same."""
    assert decode(type(record), [encode(record)]) == (record,)  # type: ignore[list-item]  # a dict reads as a row does


def test_a_row_that_cannot_be_read_is_left_out_and_logged_without_its_content() -> None:
    """Operators learn which row and which field; what stands in it may be private."""
    row = encode(stop("d1")) | {"purge": "a private word"}

    with capture_logs() as logs:
        stops = decode(StopRecord, [row, encode(stop("d2"))])  # type: ignore[list-item]  # a dict reads as a row does

    assert stops == (stop("d2"),)
    assert logs == [
        {
            "event": "row cannot be read",
            "log_level": "error",
            "record": "StopRecord",
            "key": "d1",
            "faults": [("purge", "bool_parsing")],
        }
    ]


def test_a_time_is_stored_in_utc_on_both_databases() -> None:
    """SQLite keeps no zone, so the time is turned before it loses it."""
    east = NOON.astimezone(FIVE_HOURS_EAST)

    assert UtcDateTime().process_bind_param(east, SQLITE) == NOON.replace(tzinfo=None)
    assert UtcDateTime().process_bind_param(east, POSTGRESQL) == NOON
    assert UtcDateTime().process_bind_param(None, SQLITE) is None


def test_a_time_comes_back_in_utc_from_both_databases() -> None:
    """PostgreSQL answers in its session's zone, SQLite in none."""
    assert UtcDateTime().process_result_value(NOON.replace(tzinfo=None), SQLITE) == NOON
    from_postgresql = UtcDateTime().process_result_value(NOON.astimezone(FIVE_HOURS_EAST), POSTGRESQL)
    assert from_postgresql is not None
    assert from_postgresql.isoformat() == NOON.isoformat()


def test_a_time_without_a_zone_is_a_mistake() -> None:
    """Nobody can tell what moment it means."""
    with pytest.raises(ValueError, match="without a zone"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None), SQLITE)


def test_text_that_no_database_holds_is_replaced() -> None:
    """NUL and half a surrogate pair become signs that say so; all else is untouched."""
    assert AnyText().process_bind_param("a\x00b\ud83ec 🦀", POSTGRESQL) == "a\N{REPLACEMENT CHARACTER}b?c 🦀"
    assert AnyText().process_bind_param(None, POSTGRESQL) is None
