"""Statements that a command runs by the dozen: compiled once to text, then run by the driver.

SQLAlchemy builds them and knows how values and rows are spelled on each database; asking it anew
for each execution costs more than the database itself does.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update

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
    names: tuple[str, ...]  # of the values, in their places
    by_place: bool  # the driver wants them so; else by name
    spell: dict[str, Spell]
    fixed: dict[str, Any]  # values that the statement brings along, as SQLite's OFFSET 0
    read: tuple[Spell | None, ...]  # one for each column of the rows
    row: Callable[..., Any]

    def spelt(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # what the driver takes
        """Return values as the driver takes them."""
        given = {**self.fixed, **values}
        given |= {name: how(given[name]) for name, how in self.spell.items()}
        if self.by_place:  # a name may stand in several places
            return tuple([given[name] for name in self.names])
        return {name: given[name] for name in self.names}

    def named(self, row: Sequence[Any]) -> Any:  # noqa: ANN401  # a row of the query's columns
        """Return a row as it is read."""
        pairs = zip(self.read, row, strict=True)
        return self.row(*(how(value) if how else value for how, value in pairs))


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
        spelt = [text.spelt(one) for one in each]
        cursor = connection.connection.cursor()
        try:
            if len(spelt) > 1:
                cursor.executemany(text.sql, spelt)
            else:
                cursor.execute(text.sql, spelt[0])
            rows = [text.named(row) for row in cursor.fetchall()] if text.read else []
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
    writing = list(keys) if isinstance(statement, Insert | Update) else None
    compiled: Any = statement.compile(dialect=dialect, column_keys=writing)
    kinds = {name: bind.type.dialect_impl(dialect) for bind, name in compiled.bind_names.items()}
    columns = list(statement.exported_columns)  # of a writing statement: what it returns
    return _Text(
        sql=compiled.string,
        names=tuple(compiled.positiontup or compiled.params),
        by_place=compiled.positiontup is not None,
        fixed={
            n: b.value
            for b, n in compiled.bind_names.items()
            if not b.required and n not in (writing or ())
        },
        spell={n: how for n, kind in kinds.items() if (how := kind.bind_processor(dialect))},
        read=tuple(c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns),
        row=namedtuple("Row", [str(c.key) for c in columns]),  # noqa: PYI024  # its fields are the query's
    )
