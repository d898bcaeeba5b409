"""Commands per second through the gate, beside the driver writing the same rows.

The command confirms an application's papers. The floor reads the case under lock and writes its
row, the history row, the notice and the next dates from tuples made before, a transaction each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import text

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE, HISTORY, NOTICE
from kmop_lifecycle.service.fire import fire
from tests.benchmarks.databases import Databases, connect, databases, path
from tests.benchmarks.floor import PRAGMAS
from tests.benchmarks.register import TODAY, Families, Register, build_of, confirmation, house_on
from tests.benchmarks.timing import Plan, Result, compared, tell

FIRE, FLOOR = "fire", "floor: the driver, the same rows"


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one command writes, as the driver takes it."""

    case: int
    number: str
    after: tuple[Any, ...]
    event: tuple[Any, ...]
    notices: list[tuple[Any, ...]]
    dues: list[tuple[Any, ...]]


def run(plan: Plan) -> Result:
    """Measure it."""
    commands = plan.messages
    with databases(plan.db) as where:
        register = build_of(where, plan.cases, commands, Families.applied)
        numbers = _applied(register.url)
        first = where.copy(register.url)
        _fired(first, numbers)
        rows = _written(first, numbers)
        wanted = _left(first)
        where.drop(first)
        ways = {
            FIRE: lambda url: _fired(url, numbers),
            FLOOR: lambda url: _floored(url, rows, postgres=where.postgres),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(plan.rounds):
            for name, way in ways.items():
                tell(f"round {number + 1} of {plan.rounds}: {name}")
                times[name].append(_timed(way, where, register, wanted))
        return compared("fire", plan, commands, times, FLOOR)


def _timed(
    way: Callable[[str], float], where: Databases, register: Register, wanted: object
) -> float:
    url = where.copy(register.url)
    seconds = way(url)
    if _left(url) != wanted:
        raise RuntimeError("not the same rows")
    where.drop(url)
    return seconds


def _applied(url: str) -> list[str]:
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT number FROM \"case\" WHERE state = 'applied'"))
        numbers = [row[0] for row in rows]
    engine.dispose()
    return numbers


def _left(url: str) -> list[tuple[str, ...]]:
    engine = make_engine(url)
    queries = (
        'SELECT state, count(*), sum(version) FROM "case" GROUP BY 1 ORDER BY 1',
        "SELECT count(*) FROM notice",
        "SELECT kind, likeness, count(*) FROM deadline GROUP BY 1, 2 ORDER BY 1, 2",
    )
    with engine.connect() as connection:
        rows = [row for query in queries for row in connection.execute(text(query))]
    engine.dispose()
    return [tuple(map(str, row)) for row in rows]


def _fired(url: str, numbers: Sequence[str]) -> float:
    """Fire all, as one process does that lives long: its first command is not counted."""
    house, _ = house_on(url)
    with house.store(reading=True) as uow:
        uow.get(numbers[0])
    began = perf_counter()
    for number in numbers:
        fire(house, confirmation(number, TODAY))
    seconds = perf_counter() - began
    house.store.engine.dispose()  # type: ignore[attr-defined]
    return seconds


_CASE = [c.name for c in CASE.c if c.name not in ("id", "number")]
_NOTICE = [c.name for c in NOTICE.c if c.name != "id"]


def _names(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _written(url: str, numbers: Sequence[str]) -> list[_Rows]:
    """Read what the commands have written, value by value as the driver gives it."""
    if not url.startswith("sqlite"):
        with connect(url) as connection:
            return [_of_case(connection, number, "%s", "::text") for number in numbers]
    with closing(sqlite3.connect(path(url))) as connection:
        return [_of_case(connection, number, "?", "") for number in numbers]


def _of_case(connection: Any, number: str, mark: str, as_text: str) -> _Rows:
    def rows(names: Sequence[str], rest: str, key: Any) -> list[tuple[Any, ...]]:
        columns = ", ".join(
            f'"{n}"{as_text}' if n in ("facts", "warnings") else f'"{n}"' for n in names
        )
        found = connection.execute(f"SELECT {columns} FROM {rest} = {mark}", (key,))  # noqa: S608
        return [tuple(row) for row in found.fetchall()]

    case = rows(["id"], '"case" WHERE number', number)[0][0]
    version = rows(["version"], '"case" WHERE id', case)[0][0]
    return _Rows(
        case,
        number,
        rows(_CASE, '"case" WHERE id', case)[0],
        rows([c.name for c in HISTORY.c], f"history WHERE seq = {version} AND case_id", case)[0],
        rows(_NOTICE, "notice WHERE anchor = 'event:2' AND case_id", case),
        rows([c.name for c in DEADLINE.c], "deadline WHERE case_id", case),
    )


def _statements(mark: str, lock: str) -> tuple[str, ...]:
    changed = ", ".join(f'"{name}" = {mark}' for name in _CASE)

    def into(table: str, names: Sequence[str]) -> str:
        marks = ", ".join([mark] * len(names))
        return f'INSERT INTO "{table}" ({_names(names)}) VALUES ({marks})'  # noqa: S608

    read = f'SELECT {_names(_CASE)} FROM "case" WHERE number = {mark} {lock}'  # noqa: S608
    return (
        read,
        f'UPDATE "case" SET {changed} WHERE id = {mark}',  # noqa: S608
        into("history", [c.name for c in HISTORY.c]),
        f"{into('notice', _NOTICE)} ON CONFLICT DO NOTHING",
        f"DELETE FROM deadline WHERE case_id = {mark}",  # noqa: S608
        into("deadline", [c.name for c in DEADLINE.c]),
    )


def _floored(url: str, rows: Sequence[_Rows], *, postgres: bool) -> float:
    if postgres:
        with connect(url) as connection:
            connection.autocommit = True
            statements = _statements("%s", "FOR NO KEY UPDATE")
            cursor = connection.cursor()
            return _walk(cursor, statements, rows, "BEGIN")
    with closing(sqlite3.connect(path(url), isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return _walk(connection.cursor(), _statements("?", ""), rows, "BEGIN IMMEDIATE")


def _walk(cursor: Any, statements: Sequence[str], rows: Sequence[_Rows], begin: str) -> float:
    read, move, event, notice, old, due = statements
    began = perf_counter()
    for one in rows:
        cursor.execute(begin)
        cursor.execute(read, (one.number,)).fetchall()
        cursor.execute(move, (*one.after, one.case))
        cursor.execute(event, one.event)
        for row in one.notices:
            cursor.execute(notice, row)
        cursor.execute(old, (one.case,))
        for row in one.dues:
            cursor.execute(due, row)
        cursor.execute("COMMIT")
    return perf_counter() - began
