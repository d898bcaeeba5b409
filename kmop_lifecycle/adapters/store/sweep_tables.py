"""Temporary tables for one chunk of a sweep, and the fastest way to fill them on each database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from kmop_lifecycle.adapters.store.rows import to_json
from kmop_lifecycle.adapters.store.tables import DEADLINE, HISTORY, NOTICE

_TEMPORARY = MetaData()
_ARRAYS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (BigInteger, "bigint"), (Integer, "int"), (Date, "date"), (JSON, "json"), (Boolean, "boolean"),
)  # fmt: skip


def _temporary(name: str, *columns: Column[Any]) -> Table:
    options = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DELETE ROWS"}
    return Table(f"sweep_{name}", _TEMPORARY, *columns, **options)  # type: ignore[arg-type]


def _like(table: Table, without: set[str]) -> list[Column[Any]]:
    """Return the columns of a table that a plan knows for all its cases."""
    return [Column(c.name, c.type) for c in table.columns if c.name not in without]


# Which case is of which plan; keyed, so that rows are written in the order of cases.
WORK = _temporary(
    "work",
    Column("case_id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("version", Integer),
    Column("bureau", Text),
    Column("plan", Integer),
)
MOVE = _temporary(
    "move",
    Column("plan", Integer, primary_key=True),
    Column("steps", Integer),
    Column("state", Text),
    Column("last_on", Date),
    Column("ended_on", Date),
    Column("patch", Text),  # what becomes of the facts, as JSON
    Column("begun", Text),  # an audit that begins, as JSON
)
EVENT = _temporary(
    "event",
    Column("plan", Integer, primary_key=True),
    Column("step", Integer, primary_key=True),
    *_like(HISTORY, {"case_id", "seq", "recorded_at"}),
)
NOTICED = _temporary(
    "notice",
    Column("plan", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("step", Integer),
    Column("own_bureau", Boolean),
    *_like(NOTICE, {"id", "case_id", "created_at"} | {c.name for c in NOTICE.c if c.nullable}),
)
NEXT = _temporary(
    "next",
    Column("plan", Integer, primary_key=True),
    *(
        Column(c.name, c.type, primary_key=c.primary_key)
        for c in DEADLINE.c
        if c.name != "case_id"
    ),
)
_CREATE = [CreateTable(table, if_not_exists=True) for table in _TEMPORARY.tables.values()]


def prepare(connection: Connection) -> None:
    """See that the tables are there and empty."""
    for create in _CREATE:
        connection.execute(create)
    if connection.dialect.name == "sqlite":
        for table in _TEMPORARY.tables.values():
            connection.execute(delete(table))


def fill(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows that are in the order of the table's columns."""
    listed = [[_spelt(value) for value in row] for row in rows]
    if not listed:
        return
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(table.columns))
        into = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608  # no value is in it
        connection.exec_driver_sql(into, [tuple(row) for row in listed])
    else:
        arrays = ", ".join(f"%s::{_array(column.type)}[]" for column in table.columns)
        into = f"INSERT INTO {table.name} SELECT * FROM unnest({arrays})"  # noqa: S608
        by_column = tuple(list(values) for values in zip(*listed, strict=True))
        connection.exec_driver_sql(into, by_column)


def _array(of: TypeEngine[Any]) -> str:
    return next((name for kind, name in _ARRAYS if isinstance(of, kind)), "text")


def _spelt(value: object) -> object:
    """Write a day or a JSON value as both databases read it."""
    if isinstance(value, date):
        return value.isoformat()
    return to_json(value) if isinstance(value, dict | list) else value
