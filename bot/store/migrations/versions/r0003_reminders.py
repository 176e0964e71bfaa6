"""What is measured, what was found, what was told, and what people said to it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = (
    "use_series",
    "use_samples",
    "use_buckets",
    "node_health",
    "power_bands",
    "leases",
    "runs",
    "episodes",
    "tellings",
    "sightings",
    "notices",
    "notice_items",
    "responses",
    "keeps",
    "exemptions",
    "preferences",
    "policies",
    "breakers",
    "facts",
)


def upgrade() -> None:
    """Create the tables; nothing that is there changes."""
    _create_use()
    _create_operation()
    _create_findings()
    _create_outbox()
    _create_answers()


def downgrade() -> None:
    """Drop the tables with all they hold: use is measured anew, and reminders begin in shadow mode again."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_use() -> None:
    op.create_table(
        "use_series",
        sa.Column("number", sa.Integer(), nullable=False, primary_key=True, autoincrement=True),
        _text("allocation"),
        _text("device"),
        sa.Column("last_at", sa.BigInteger(), nullable=False, index=True),
        sa.UniqueConstraint("allocation", "device", name="uq_use_series_allocation_device"),
    )
    op.create_table(
        "use_samples",
        sa.Column("at", sa.BigInteger(), nullable=False, primary_key=True),
        sa.Column("series", sa.Integer(), nullable=False, primary_key=True, autoincrement=False),
        sa.Column("percent", sa.REAL(), nullable=True),
        sa.Column("watts", sa.REAL(), nullable=True),
        sa.Column("memory_mib", sa.Integer(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "use_buckets",
        sa.Column(
            "series",
            sa.Integer(),
            sa.ForeignKey("use_series.number", ondelete="CASCADE"),
            nullable=False,
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("length", sa.SmallInteger(), nullable=False, primary_key=True),
        sa.Column("start", sa.BigInteger(), nullable=False, primary_key=True),
        sa.Column("present", sa.SmallInteger(), nullable=False),
        sa.Column("expected", sa.SmallInteger(), nullable=True),
        sa.Column("active", sa.SmallInteger(), nullable=False),
        sa.Column("first", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.SmallInteger(), nullable=False),
        sa.Column("last_active", sa.SmallInteger(), nullable=True),
        sa.Column("percent_max", sa.REAL(), nullable=False),
        sa.Column("watts_max", sa.REAL(), nullable=True),
        sa.Column("memory_mib_max", sa.Integer(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_use_buckets_length_start", "use_buckets", ["length", "start"])
    op.create_table(
        "node_health",
        _text("node", primary_key=True),
        _time("at"),
        _time("silent_since", nullable=True),
        _text("trouble"),
    )
    op.create_table(
        "power_bands",
        _text("model", primary_key=True),
        sa.Column("idle_watts", sa.REAL(), nullable=False),
        _number("samples"),
        _time("learned_at"),
    )


def _create_operation() -> None:
    op.create_table("leases", _text("job", primary_key=True), _text("holder"), _time("until"))
    op.create_table(
        "runs",
        _text("job", primary_key=True),
        _time("started_at", primary_key=True),
        _time("due_at"),
        _time("ended_at", nullable=True, index=True),
        _text("outcome", index=True),
        _json("counts"),
        _text("detail"),
    )
    op.create_table("policies", _time("active_from", primary_key=True), _text("version"), _json("content"))
    op.create_table("breakers", _text("obstacle", primary_key=True), _json("content"))
    op.create_table("facts", _text("key", primary_key=True), _text("value"))


def _create_findings() -> None:
    op.create_table(
        "episodes",
        _text("id", primary_key=True),
        _text("deployment", index=True),
        _text("instance"),
        _text("kind"),
        _number("number"),
        _text("owner_key", index=True),
        _time("opened_at"),
        _time("resolved_at", nullable=True, index=True),
        _json("content"),
        sa.UniqueConstraint("deployment", "instance", "kind", "number", "owner_key", name="uq_episodes_run"),
    )
    op.create_table(
        "tellings",
        _text("episode", primary_key=True),
        sa.Column("step", sa.Integer(), nullable=False, primary_key=True, autoincrement=False),
        _time("at", index=True),
    )
    op.create_table("sightings", _text("instance", primary_key=True), _time("at"), _time("asked_at", index=True))


def _create_outbox() -> None:
    op.create_table(
        "notices",
        _text("id", primary_key=True),
        _text("email_key"),
        _text("day"),
        _text("state", index=True),
        _text("claimed_by"),
        _time("claimed_until", nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        _time("created_at", index=True),
        _time("sent_at", nullable=True),
        _json("content"),
        sa.UniqueConstraint("email_key", "day", name="uq_notices_email_key_day"),
    )
    op.create_table("notice_items", _text("episode", primary_key=True), _text("notice", primary_key=True))


def _create_answers() -> None:
    op.create_table(
        "responses",
        _text("key", primary_key=True),
        _text("episode", index=True),
        _time("at", index=True),
        _json("content"),
    )
    op.create_table(
        "keeps",
        sa.Column("number", sa.Integer(), nullable=False, primary_key=True, autoincrement=True),
        _text("deployment", index=True),
        _time("since"),
        _time("until", index=True),
        _json("content"),
    )
    op.create_table(
        "exemptions",
        _text("deployment", primary_key=True),
        _text("owner_key", primary_key=True),
        _text("kind", primary_key=True),
        _time("since"),
        _time("until", index=True),
        _json("content"),
    )
    op.create_table("preferences", _text("email_key", primary_key=True), _json("content"))


def _text(name: str, *, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, primary_key=primary_key, index=index)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _time(name: str, *, nullable: bool = False, primary_key: bool = False, index: bool = False) -> sa.Column[object]:
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, nullable=nullable, primary_key=primary_key, index=index)
