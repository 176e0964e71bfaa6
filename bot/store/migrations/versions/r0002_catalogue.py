"""The catalogue's last good copy and the image tags last known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables; nothing that is there changes."""
    op.create_table(
        "catalog_copies",
        sa.Column("source", sa.Text(), nullable=False, primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "image_tags",
        sa.Column("source", sa.Text(), nullable=False, primary_key=True),
        sa.Column("image", sa.Text(), nullable=False, primary_key=True),
        sa.Column("fixed_tag", sa.Text(), nullable=False, primary_key=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop the tables: what they hold is read again."""
    op.drop_table("image_tags")
    op.drop_table("catalog_copies")
