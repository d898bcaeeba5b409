"""Who changed a provider's contacts, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kmop_lifecycle.adapters.store.types import UtcDateTime, Word

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_table(
        "party_change",
        sa.Column("enterprise", Word, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", Word, nullable=False),
        sa.Column("what", Word, nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "seq", name="pk_party_change"),
    )


def downgrade() -> None:
    op.drop_table("party_change")
