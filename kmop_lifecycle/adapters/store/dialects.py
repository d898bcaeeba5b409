"""Three statements that SQLite and Postgres spell alike but SQLAlchemy keeps apart.

SQLAlchemy compiles its own ON CONFLICT statements anew each time; these only once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class InsertNew(Insert):
    """Insert what is not there yet and pass over the rest; `rowcount` tells how much was new."""

    inherit_cache = True


def insert_new(table: Table) -> InsertNew:
    """Insert rows whose ids nobody asks back."""
    # Without the option psycopg counts -1.
    return InsertNew(table).inline().execution_options(preserve_rowcount=True)


class InsertNewest(Insert):
    """Insert a row, or replace the one that has its primary key."""

    inherit_cache = True


class InsertOrAdd(Insert):
    """Insert a count, or add it to the one that has its primary key."""

    inherit_cache = True


def _insert(statement: Insert, compiler: Any, options: dict[str, Any]) -> str:  # noqa: ANN401
    return str(compiler.visit_insert(statement, **options))


@compiles(InsertNew)
def _insert_new(statement: InsertNew, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"{_insert(statement, compiler, options)} ON CONFLICT DO NOTHING"


@compiles(InsertNewest)
def _insert_newest(statement: InsertNewest, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    quote = compiler.preparer.quote
    key = ", ".join(quote(column.name) for column in statement.table.primary_key)
    others = [quote(column.name) for column in statement.table.columns if not column.primary_key]
    new = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{_insert(statement, compiler, options)} ON CONFLICT ({key}) DO UPDATE SET {new}"


@compiles(InsertOrAdd)
def _insert_or_add(statement: InsertOrAdd, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    quote, table = compiler.preparer.quote, statement.table
    key = ", ".join(quote(column.name) for column in table.primary_key)
    counts = [quote(column.name) for column in table.columns if not column.primary_key]
    sums = ", ".join(f"{name} = {quote(table.name)}.{name} + excluded.{name}" for name in counts)
    return f"{_insert(statement, compiler, options)} ON CONFLICT ({key}) DO UPDATE SET {sums}"
