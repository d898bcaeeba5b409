"""One transaction on a database: begun on entering, kept by `commit`, else forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Engine,
    Executable,
    bindparam,
    func,
    select,
)

from kmop_lifecycle.adapters.store.engine import READING
from kmop_lifecycle.adapters.store.faults import said_plainly
from kmop_lifecycle.adapters.store.prepared import Done, Prepared
from kmop_lifecycle.adapters.store.rows import Values

V = TypeVar("V")
_RANGE = 50_000  # row ids counted in one statement
_BATCH = 5_000  # values in one IN (…), well below what either database allows


class Transaction:
    """What every part of the unit of work stands on."""

    def __init__(self, engine: Engine, *, reading: bool = False) -> None:
        self._engine = engine
        self._reading = reading
        self._postgres = engine.dialect.name == "postgresql"
        self._open: Connection | None = None

    def __enter__(self) -> Self:
        """Begin; on SQLite a writer waits here for its turn."""
        with said_plainly():
            connection = self._engine.connect()
            try:
                if self._reading:
                    connection = connection.execution_options(**self._reading_options())
                connection.begin()
            except BaseException:
                connection.close()
                raise
        self._open = connection
        return self

    def __exit__(self, *exc: object) -> None:
        """Roll back whatever was not committed."""
        if self._open is not None:
            connection, self._open = self._open, None
            with said_plainly():
                connection.close()

    def commit(self) -> None:
        """Make it last."""
        with said_plainly():
            self._connection.commit()

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            msg = "a unit of work is used inside its with block"
            raise RuntimeError(msg)
        return self._open

    def _run(
        self, statement: Executable, values: Values | Sequence[Values] | None = None
    ) -> CursorResult[Any]:
        with said_plainly():
            return self._connection.execute(statement, values)

    def _ranges(self, column: Column[Any]) -> Iterator[dict[str, int]]:
        """Cut a table for counting: SQLite sorts what it groups in memory, Postgres need not."""
        lowest, highest = select(func.min(column)), select(func.max(column))
        beyond = lowest.where(column > bindparam("after"))
        first = self._run(lowest).scalar()
        while first is not None:
            until = self._run(highest).scalar_one() if self._postgres else first + _RANGE - 1
            yield {"first": first, "last": until}
            first = self._run(beyond, {"after": until}).scalar()

    def _do(
        self, statement: Prepared, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Done:
        """Run a statement of the hot path."""
        with said_plainly():
            connection = self._connection
            if not connection.in_transaction():  # after a commit the driver would write at once
                connection.begin()
            return statement.run(connection, values)

    def _reading_options(self) -> dict[str, Any]:
        if self._postgres:  # one picture for the whole block, as SQLite gives it
            return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return {READING: True}


def batches(numbers: Sequence[V]) -> list[Sequence[V]]:
    """Cut a long list into what one statement takes."""
    return [numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH)]
