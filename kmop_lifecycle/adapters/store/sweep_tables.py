"""Temporary tables for one chunk of a sweep, and the fastest way to fill them on each database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
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
_ESCAPED = re.compile(r'["\\]')
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


@dataclass(frozen=True)
class Rows:
    """Rows that recur from chunk to chunk, spelled once: those of one plan, without its number."""

    rows: Sequence[Sequence[Any]]  # values as `spelt`

    @cached_property
    def columns(self) -> Sequence[str]:
        """Each column as the elements of an array, joined."""
        return [_elements(column) for column in zip(*self.rows, strict=True)]


def fill(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows that are in the order of the table's columns, their values as `spelt`."""
    if connection.dialect.name == "sqlite":
        _insert(connection, table, rows)
    elif rows:
        _unnest(connection, table, [_elements(column) for column in zip(*rows, strict=True)])


def fill_plans(connection: Connection, table: Table, each: Sequence[Rows]) -> None:
    """Insert the rows of plans, which are numbered by their place."""
    if connection.dialect.name == "sqlite":
        _insert(connection, table, [(n, *row) for n, of in enumerate(each) for row in of.rows])
    elif some := [(n, of) for n, of in enumerate(each) if of.rows]:
        numbers = ",".join(",".join([str(n)] * len(of.rows)) for n, of in some)
        columns = zip(*(of.columns for _, of in some), strict=True)
        _unnest(connection, table, [numbers, *map(",".join, columns)])


def _insert(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        places = ", ".join("?" * len(table.columns))
        into = f"INSERT INTO {table.name} VALUES ({places})"  # noqa: S608  # no value is in it
        connection.exec_driver_sql(into, [tuple(row) for row in rows])


def _unnest(connection: Connection, table: Table, columns: Sequence[str]) -> None:
    """Insert whole columns, each one value: an array, as the driver takes its time over lists."""
    arrays = ", ".join(f"%s::{_array(column.type)}[]" for column in table.columns)
    into = f"INSERT INTO {table.name} SELECT * FROM unnest({arrays})"  # noqa: S608  # as above
    connection.exec_driver_sql(into, tuple(f"{{{column}}}" for column in columns))


def spelt(value: object) -> object:
    """Write a day or a JSON value as both databases read it."""
    if isinstance(value, date):
        return value.isoformat()
    return to_json(value) if isinstance(value, dict | list) else value


def _array(of: TypeEngine[Any]) -> str:
    return next((name for kind, name in _ARRAYS if isinstance(of, kind)), "text")


def _elements(column: Sequence[Any]) -> str:
    """Spell a column as the elements of an array; most hold only numbers, or only words."""
    kinds = {*map(type, column)}
    if kinds == {int}:
        return ",".join(map(str, column))
    if kinds == {str} and not _ESCAPED.search("".join(column)):
        return '"' + '","'.join(column) + '"'
    return ",".join(map(_element, column))


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
