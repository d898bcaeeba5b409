"""The first tables: cases, history, next dates, notices, parties, answered commands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kmop_lifecycle.adapters.store.types import UtcDateTime, Word

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
phase = "expand"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("status IN ('due', 'retry', 'sending')")
RENEWING = sa.text("renews IS NOT NULL")

SQLITE_GUARDS = [
    f"CREATE TRIGGER history_no_{verb} BEFORE {verb} ON history "
    "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
    for verb in ("update", "delete")
]
POSTGRES_GUARDS = [
    """
    CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$
    """,
    """
    CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only()
    """,
]
POSTGRES_STORAGE = [
    # Room in each page, so that a case that moves stays on it and no index is touched.
    'ALTER TABLE "case" SET (fillfactor = 80)',
    "ALTER TABLE deadline SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)",
    "ALTER TABLE notice SET (autovacuum_vacuum_scale_factor = 0.02)",
]


def upgrade() -> None:
    _cases()
    _notices()
    _beside()
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in [*POSTGRES_GUARDS, *POSTGRES_STORAGE] if postgres else SQLITE_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("command_log", "party", "notice", "deadline", "history", "case", "case_number"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION history_is_append_only()")


def _cases() -> None:
    op.create_table(
        "case_number",
        sa.Column("id", ID, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "case",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        *(
            sa.Column(name, Word, nullable=False)
            for name in ("number", "enterprise", "kind", "state")
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bureau", Word, nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("renews", Word),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
        sa.UniqueConstraint("number", name="uq_case_number"),
    )
    op.create_index("ix_case_enterprise", "case", ["enterprise"])
    op.create_index(
        "ix_case_renews", "case", ["renews"], postgresql_where=RENEWING, sqlite_where=RENEWING
    )
    op.create_table(
        "history",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("trigger", Word, nullable=False),
        sa.Column("source", Word),
        sa.Column("target", Word, nullable=False),
        sa.Column("actor", Word, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("rules", Word, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_history"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_history_case_id"),
    )
    op.create_table(
        "deadline",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "kind", name="pk_deadline"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_deadline_case_id"),
    )
    op.create_index("ix_deadline_due_on_case_id", "deadline", ["due_on", "case_id"])


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("ladder", Word, nullable=False),
        sa.Column("anchor", Word, nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        *(
            sa.Column(name, Word, nullable=False)
            for name in ("rung", "role", "recipient", "channel")
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", Word, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UtcDateTime()),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("answer", Word, nullable=False),
        sa.Column("rendered", Word, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_notice_case_id"),
        sa.UniqueConstraint(
            "case_id", "ladder", "anchor", "anchor_on", "rung", "recipient", "channel",
            name="uq_notice_key",
        ),
    )  # fmt: skip
    op.create_index("ix_notice_open", "notice", ["id"], postgresql_where=OPEN, sqlite_where=OPEN)


def _beside() -> None:
    op.create_table(
        "party",
        sa.Column("enterprise", Word, nullable=False),
        sa.Column("name", Word, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", name="pk_party"),
    )
    op.create_table(
        "command_log",
        sa.Column("key", Word, nullable=False),
        sa.Column("request", Word, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_command_log"),
    )
