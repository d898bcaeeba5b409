"""Statements that a command runs by the dozen: compiled once to text, then run by the driver.

SQLAlchemy builds them and knows how values and rows are spelled on each database; asking it anew
for each execution costs more than the database itself does.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import JSON, Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.types import TypeEngine

from kmop_lifecycle.adapters.store.json_text import from_json

Spell = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: rows with the names of their columns, or how many were written."""

    rows: list[Any]
    rowcount: int


@dataclass(frozen=True, slots=True)
class _Text:
    """One statement as one database takes it."""

    sql: str
    places: tuple[tuple[str, Spell | None], ...]  # of the values, in order; a name may come twice
    by_place: bool  # the driver wants them so; else by name
    fixed: dict[str, Any]  # values that the statement brings along, as SQLite's OFFSET 0
    read: tuple[tuple[int, Spell], ...]  # the columns of the rows that are spelt, and how
    copy: str  # how Postgres takes many rows at once; empty: one by one
    row: Callable[[Sequence[Any]], Any] | None  # makes a row with names; none is returned

    def spelt(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # what the driver takes
        """Return values as the driver takes them."""
        given = {**self.fixed, **values} if self.fixed else values
        if self.by_place:
            return self.listed(given)
        return {name: how(given[name]) if how else given[name] for name, how in self.places}

    def listed(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return values in the order of the columns."""
        return tuple([how(values[name]) if how else values[name] for name, how in self.places])

    def named(self, row: Sequence[Any]) -> Any:  # noqa: ANN401  # a row of the query's columns
        """Return a row as it is read."""
        values = list(row)
        for place, how in self.read:
            values[place] = how(values[place])
        assert self.row is not None  # noqa: S101  # only asked where rows are returned
        return self.row(values)


class Prepared:
    """A statement whose shape never changes."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, tuple[str, ...]], _Text] = {}

    def run(
        self, connection: Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Done:
        """Run it with one set of values or with many; drivers' errors pass through."""
        each = [values] if isinstance(values, Mapping) else values
        text = self._text(connection.dialect, tuple(each[0]))
        cursor = connection.connection.cursor()
        try:
            if len(each) == 1:
                cursor.execute(text.sql, text.spelt(each[0]))
            elif text.copy:
                with cursor.copy(text.copy) as stream:
                    for one in each:
                        stream.write_row(text.listed(one))
            else:
                cursor.executemany(text.sql, [text.spelt(one) for one in each])
            rows = [text.named(row) for row in cursor.fetchall()] if text.row else []
            return Done(rows, cursor.rowcount)
        finally:
            cursor.close()

    def _text(self, dialect: Dialect, keys: tuple[str, ...]) -> _Text:
        known = self._texts.get((dialect.name, keys))
        if known is None:
            known = self._texts[dialect.name, keys] = _compiled(self._statement, dialect, keys)
        return known


def _compiled(
    statement: Select[Any] | Insert | Update | Delete, dialect: Dialect, keys: tuple[str, ...]
) -> _Text:
    selected = isinstance(statement, Insert) and statement.select is not None
    writing = list(keys) if isinstance(statement, Insert | Update) and not selected else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=writing)
    spell = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for bind, name in compiled.bind_names.items()
    }
    columns = list(statement.exported_columns)  # of a writing statement: what it returns
    return _Text(
        sql=compiled.string,
        places=tuple((name, spell[name]) for name in compiled.positiontup or compiled.params),
        by_place=compiled.positiontup is not None,
        fixed={
            n: b.value
            for b, n in compiled.bind_names.items()
            if not b.required and n not in (writing or ())
        },
        read=tuple(
            (place, how) for place, c in enumerate(columns) if (how := _reader(c.type, dialect))
        ),
        copy=_copy(statement, dialect, list(compiled.params)),
        row=_row([str(c.key) for c in columns]),
    )


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Spell | None:
    """Return how a column is read; JSON, never null here, without the dialect's detours."""
    if isinstance(kind, JSON) and dialect.name == "sqlite":
        return from_json
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _row(names: list[str]) -> Callable[[Sequence[Any]], Any] | None:
    """Return what makes a row; None for a statement that returns none."""
    made: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  # fields of the query
    return partial(tuple.__new__, made) if names else None  # `_make` without counting again


def _copy(
    statement: Select[Any] | Insert | Update | Delete, dialect: Dialect, names: list[str]
) -> str:
    """Return the COPY of a plain insert; one that may meet a row of the same key has none."""
    if type(statement) is not Insert or statement.select is not None:
        return ""
    if dialect.name != "postgresql" or list(statement.exported_columns):
        return ""
    quote, table = dialect.identifier_preparer.quote, str(statement.table.description)
    return f"COPY {quote(table)} ({', '.join(map(quote, names))}) FROM STDIN"
