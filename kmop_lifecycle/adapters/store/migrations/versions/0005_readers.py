"""Deliveries by reader: what waits for one goes as one message; addresses that take nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kmop_lifecycle.adapters.store.types import UtcDateTime, Word

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
phase = "expand"

OPEN = sa.text("status IN ('due', 'retry', 'ambiguous', 'sending')")


def upgrade() -> None:
    op.create_index(
        "ix_notice_reader",
        "notice",
        ["recipient", "channel", "id"],
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_table(
        "refused",
        sa.Column("digest", Word, nullable=False),
        sa.Column("reader", Word, nullable=False),
        sa.Column("answer", Word, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_refused"),
    )


def downgrade() -> None:
    op.drop_table("refused")
    op.drop_index("ix_notice_reader", table_name="notice")
