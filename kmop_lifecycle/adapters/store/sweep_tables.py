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
    text,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from kmop_lifecycle.adapters.store.json_text import to_json
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


# Which case is of which plan. Without a key: else SQLite walks all cases and looks each up here.
WORK = _temporary(
    "work",
    Column("case_id", BigInteger),
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
    Column("patch", Text),  # what becomes of the facts, as JSON; empty when they stay
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
_THERE = text("SELECT to_regclass('pg_temp.sweep_work')")


def prepare(connection: Connection) -> None:
    """See that the tables are there and empty; Postgres empties them on commit."""
    postgres = connection.dialect.name == "postgresql"
    if postgres and connection.scalar(_THERE):
        return
    for create in _CREATE:
        connection.execute(create)
    for table in () if postgres else _TEMPORARY.tables.values():
        connection.execute(delete(table))


def fill(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows that are in the order of the table's columns, their values as `spelt`."""
    listed = list(rows)
    if not listed:
        return
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(table.columns))
        into = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608  # no value is in it
        connection.exec_driver_sql(into, [tuple(row) for row in listed])
        return
    # A whole column is one value: an array, written here, as the driver takes its time over lists.
    arrays = ", ".join(f"%s::{_array(column.type)}[]" for column in table.columns)
    into = f"INSERT INTO {table.name} SELECT * FROM unnest({arrays})"  # noqa: S608  # as above
    columns = tuple(
        f"{{{','.join(map(_element, column))}}}" for column in zip(*listed, strict=True)
    )
    connection.exec_driver_sql(into, columns)


def spelt(value: object) -> object:
    """Write a day or a JSON value as both databases read it."""
    if isinstance(value, date):
        return value.isoformat()
    return to_json(value) if isinstance(value, dict | list) else value


def _array(of: TypeEngine[Any]) -> str:
    return next((name for kind, name in _ARRAYS if isinstance(of, kind)), "text")


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
