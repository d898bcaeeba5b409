"""The tables: what the database knows of cases, their history, next dates and notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, MetaData, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from kmop_lifecycle.adapters.store.types import UtcDateTime, Word

# SQLite counts up by itself only in a column that is called INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")

# Written as literals everywhere: a bound value would not match the partial index.
OPEN = "status IN ('due', 'retry', 'ambiguous', 'sending')"


class Row(SQLModel):
    """What all tables share: one catalogue with predictable constraint names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CaseNumberRow(Row, table=True):
    """A number once given; the row stays, so that it is never given again."""

    __tablename__ = "case_number"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    on: date


class CaseRow(Row, table=True):
    """A case: the whole value as `facts`, beside it what is searched, listed and counted."""

    __tablename__ = "case"
    __table_args__ = (
        Index(
            None,
            "renews",
            postgresql_where=text("renews IS NOT NULL"),
            sqlite_where=text("renews IS NOT NULL"),
        ),
    )

    id: int = Field(
        primary_key=True, sa_type=_Id, sa_column_kwargs={"autoincrement": False}
    )  # the running part of the number
    number: str = Field(unique=True, sa_type=Word)
    enterprise: str = Field(index=True, sa_type=Word)
    kind: str = Field(sa_type=Word)
    state: str = Field(sa_type=Word)
    version: int
    bureau: str = Field(sa_type=Word)
    applied_on: date
    last_on: date
    valid_from: date | None
    valid_until: date | None
    ended_on: date | None
    renews: str | None = Field(sa_type=Word)
    facts: dict[str, Any] = Field(sa_type=JSON)


class HistoryRow(Row, table=True):
    """One event; append-only, a trigger in the database sees to it."""

    __tablename__ = "history"

    case_id: int = Field(foreign_key="case.id", primary_key=True, sa_type=_Id)
    seq: int = Field(primary_key=True)
    trigger: str = Field(sa_type=Word)
    source: str | None = Field(sa_type=Word)
    target: str = Field(sa_type=Word)
    actor: str = Field(sa_type=Word)
    on: date
    facts: dict[str, Any] = Field(sa_type=JSON)
    warnings: list[str] = Field(sa_type=JSON)
    rules: str = Field(sa_type=Word)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class DeadlineRow(Row, table=True):
    """The next date of a case, one of each kind."""

    __tablename__ = "deadline"
    __table_args__ = (Index(None, "due_on", "case_id"),)

    case_id: int = Field(foreign_key="case.id", primary_key=True, sa_type=_Id)
    kind: str = Field(primary_key=True, sa_type=Word)
    due_on: date
    likeness: str = Field(default="", sa_type=Word)  # the same for cases that are alike to time


class NoticeRow(Row, table=True):
    """One message to one role and channel, and what became of it."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint(
            "case_id", "ladder", "anchor", "anchor_on", "rung", "recipient", "channel",
            name="uq_notice_key",
        ),
        Index("ix_notice_open", "id", postgresql_where=text(OPEN), sqlite_where=text(OPEN)),
        Index(
            "ix_notice_reader", "recipient", "channel", "id",
            postgresql_where=text(OPEN), sqlite_where=text(OPEN),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=_Id)
    case_id: int = Field(foreign_key="case.id", sa_type=_Id)
    ladder: str = Field(sa_type=Word)
    anchor: str = Field(sa_type=Word)
    anchor_on: date
    rung: str = Field(sa_type=Word)
    role: str = Field(sa_type=Word)
    recipient: str = Field(sa_type=Word)
    channel: str = Field(sa_type=Word)
    due_on: date
    status: str = Field(sa_type=Word)
    attempts: int = 0
    next_try_at: datetime | None = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(sa_type=UtcDateTime)
    answer: str = Field(sa_type=Word)
    rendered: str = Field(sa_type=Word)
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    resends: int = 0
    first_try_at: datetime | None = Field(sa_type=UtcDateTime)


class PartyRow(Row, table=True):
    """Personal data, apart from the history, so that it can be erased."""

    __tablename__ = "party"

    enterprise: str = Field(primary_key=True, sa_type=Word)
    name: str = Field(sa_type=Word)
    facts: dict[str, Any] = Field(sa_type=JSON)


class PartyChangeRow(Row, table=True):
    """A change of a provider's contacts: who, when and of what kind, no personal value."""

    __tablename__ = "party_change"

    enterprise: str = Field(primary_key=True, sa_type=Word)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(sa_type=Word)
    what: str = Field(sa_type=Word)


class CommandRow(Row, table=True):
    """What a command was answered, under its idempotency key."""

    __tablename__ = "command_log"

    key: str = Field(primary_key=True, sa_type=Word)
    request: str = Field(sa_type=Word)
    body: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class ChannelRow(Row, table=True):
    """A way out that is or was shut because its configuration is wrong."""

    __tablename__ = "channel"

    name: str = Field(primary_key=True, sa_type=Word)
    open_until: datetime | None = Field(sa_type=UtcDateTime)
    reason: str = Field(sa_type=Word)
    alarmed_at: datetime = Field(sa_type=UtcDateTime)


class SwitchRow(Row, table=True):
    """Somebody stopped all deliveries."""

    __tablename__ = "switch"

    name: str = Field(primary_key=True, sa_type=Word)
    since: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(sa_type=Word)
    reason: str = Field(sa_type=Word)


class PostedRow(Row, table=True):
    """How many messages went to one address today; by digest, and gone tomorrow."""

    __tablename__ = "posted"

    on: date = Field(primary_key=True)
    digest: str = Field(primary_key=True, sa_type=Word)
    messages: int


class RefusedRow(Row, table=True):
    """An address that takes nothing; by digest, and forgotten after four weeks."""

    __tablename__ = "refused"

    digest: str = Field(primary_key=True, sa_type=Word)
    reader: str = Field(sa_type=Word)
    answer: str = Field(sa_type=Word)
    since: datetime = Field(sa_type=UtcDateTime)


class MarkRow(Row, table=True):
    """What the house remembers of itself, one value to a name."""

    __tablename__ = "mark"

    name: str = Field(primary_key=True, sa_type=Word)
    value: str = Field(sa_type=Word)
    at: datetime = Field(sa_type=UtcDateTime)


def _table(row: type[Row]) -> Table:
    """Return the Core table: hot paths speak to it, without sessions."""
    return Row.metadata.tables[str(row.__tablename__)]


CASE_NUMBER = _table(CaseNumberRow)
CASE = _table(CaseRow)
HISTORY = _table(HistoryRow)
DEADLINE = _table(DeadlineRow)
NOTICE = _table(NoticeRow)
PARTY = _table(PartyRow)
PARTY_CHANGE = _table(PartyChangeRow)
COMMAND = _table(CommandRow)
MARK = _table(MarkRow)
CHANNEL = _table(ChannelRow)
SWITCH = _table(SwitchRow)
POSTED = _table(PostedRow)
REFUSED = _table(RefusedRow)
