"""The first tables: drafts, submissions and host names, announcements, stops, audit, deliveries, subjects."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TABLES = ("drafts", "submissions", "hostnames", "announcements", "stops", "audit", "deliveries", "subjects")


def upgrade() -> None:
    """Create the tables."""
    _create_drafts()
    _create_submissions()
    _create_hostnames()
    _create_announcements()
    _create_stops()
    _create_audit()
    op.create_table("deliveries", _text("key", primary_key=True), _time("at", index=True))
    op.create_table("subjects", _text("email", primary_key=True), _text("subject"))


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_drafts() -> None:
    op.create_table(
        "drafts",
        _text("id", primary_key=True),
        _text("slack_user"),
        _text("deployment"),
        _json("values"),
        _flag("shows_help"),
        _flag("wants_storage"),
        _time("created_at"),
        _time("updated_at", index=True),
    )


def _create_submissions() -> None:
    op.create_table(
        "submissions",
        _text("deployment", primary_key=True),
        _text("slack_user"),
        _text("owner_key", index=True),
        _text("owner_email"),
        _text("owner_name"),
        _text("owner_subject"),
        _text("platform"),
        _text("namespace"),
        _text("base_domain"),
        _json("request"),
        _flag("needs_secrets"),
        _flag("has_password"),
        _text("state", index=True),
        _text("detail"),
        _text("phase"),
        _time("created_at"),
        _time("updated_at"),
    )


def _create_hostnames() -> None:
    op.create_table(
        "hostnames",
        _text("base_domain", primary_key=True),
        _text("hostname", primary_key=True),
        sa.Column(
            "deployment",
            sa.Text(),
            sa.ForeignKey("submissions.deployment", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
    )


def _create_announcements() -> None:
    op.create_table(
        "announcements",
        _text("deployment", primary_key=True),
        _text("slack_user"),
        _text("platform"),
        _text("namespace"),
        _text("title"),
        _text("module"),
        _text("phase"),
        _text("reason"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        _json("hardware"),
        _text("site"),
        _text("image"),
        _json("endpoints"),
        _flag("has_password"),
        _text("channel"),
        _text("timestamp"),
        _flag("is_posting"),
        _time("updated_at", index=True),
    )


def _create_stops() -> None:
    op.create_table(
        "stops",
        _text("deployment", primary_key=True),
        _text("namespace"),
        _text("title"),
        _text("slack_user"),
        _text("by_email"),
        _flag("purge"),
        _text("reason"),
        _flag("is_done", index=True),
        _time("at"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        _time("at", index=True),
        _text("actor"),
        _text("action"),
        _text("deployment"),
        _text("detail"),
        _text("reference"),
    )


def _text(name: str, *, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, primary_key=primary_key, index=index)


def _flag(name: str, *, index: bool = False) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, index=index)


def _time(name: str, *, index: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, index=index)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)
