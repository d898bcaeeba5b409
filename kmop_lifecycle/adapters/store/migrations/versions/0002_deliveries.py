"""Deliveries: one automatic resend, channels that are shut, switches, messages per address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kmop_lifecycle.adapters.store.types import UtcDateTime, Word

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
phase = "expand"

BEFORE = sa.text("status IN ('due', 'retry', 'sending')")
OPEN = sa.text("status IN ('due', 'retry', 'ambiguous', 'sending')")


def upgrade() -> None:
    op.add_column("notice", sa.Column("resends", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("notice", sa.Column("first_try_at", UtcDateTime()))
    _index(OPEN)
    op.create_table(
        "channel",
        sa.Column("name", Word, nullable=False),
        sa.Column("open_until", UtcDateTime()),
        sa.Column("reason", Word, nullable=False),
        sa.Column("alarmed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channel"),
    )
    op.create_table(
        "switch",
        sa.Column("name", Word, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("by", Word, nullable=False),
        sa.Column("reason", Word, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_switch"),
    )
    op.create_table(
        "posted",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("digest", Word, nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("on", "digest", name="pk_posted"),
    )


def downgrade() -> None:
    for table in ("posted", "switch", "channel"):
        op.drop_table(table)
    _index(BEFORE)
    op.drop_column("notice", "first_try_at")
    op.drop_column("notice", "resends")


def _index(rows: sa.TextClause) -> None:
    op.drop_index("ix_notice_open", table_name="notice")
    op.create_index("ix_notice_open", "notice", ["id"], postgresql_where=rows, sqlite_where=rows)
