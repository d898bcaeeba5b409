"""Which cases are alike to time, so that the sweep does to all of them at once what one owes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kmop_lifecycle.adapters.store.types import Word

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    # Empty: those cases are decided one by one, once; their next dates then bear it.
    op.add_column("deadline", sa.Column("likeness", Word, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("deadline", "likeness")
