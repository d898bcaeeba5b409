"""What the house remembers of itself: the last sweep, the rules on record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kmop_lifecycle.adapters.store.types import UtcDateTime, Word

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_table(
        "mark",
        sa.Column("name", Word, nullable=False),
        sa.Column("value", Word, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mark"),
    )


def downgrade() -> None:
    op.drop_table("mark")
