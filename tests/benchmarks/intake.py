"""Applications per second through the intake, beside the driver loading the same rows in bulk.

The floor has every row ready and gives each table to the database as a whole: `executemany` on
SQLite, COPY on Postgres. What the domain alone costs is measured apart: reading an application,
judging it and deriving its next dates, all of it in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

from kmop_lifecycle.adapters.store.tables import (
    CASE,
    CASE_NUMBER,
    COMMAND,
    DEADLINE,
    HISTORY,
    NOTICE,
    PARTY,
)
from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.decide import decide, dues
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.passing import alike
from kmop_lifecycle.service.intake import Entry, intake
from tests.benchmarks.databases import Databases, connect, databases, path
from tests.benchmarks.floor import PRAGMAS
from tests.benchmarks.register import TODAY, house_on
from tests.benchmarks.timing import Plan, Result, compared, tell
from tests.stories import application, shipped_rules

INTAKE, FLOOR, JUDGED = "intake", "floor: the same rows in bulk", "the domain alone"
APART = "intake without the domain / floor"
_BY = Actor.parse("admin:intake")
_TABLES = (CASE_NUMBER, CASE, HISTORY, DEADLINE, NOTICE, PARTY, COMMAND)
Rows = dict[str, list[tuple[Any, ...]]]


def run(plan: Plan) -> Result:
    """Measure it; `messages` says how many applications."""
    entries = [_entry(n) for n in range(plan.messages)]
    with databases(plan.db) as where:
        empty = where.empty()
        first = where.copy(empty)
        _taken_in(first, entries)
        rows = _rows(first, postgres=where.postgres)
        where.drop(first)
        ways: dict[str, Callable[[str], None]] = {
            INTAKE: lambda url: _taken_in(url, entries),
            FLOOR: lambda url: _loaded(url, rows, postgres=where.postgres),
            JUDGED: lambda _: _judged(entries),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(plan.rounds):
            for name, way in ways.items():
                tell(f"round {number + 1} of {plan.rounds}: {name}")
                times[name].append(_timed(way, where, empty))
        result = compared("intake", plan, plan.messages, times, FLOOR)
        apart = zip(times[INTAKE], times[JUDGED], times[FLOOR], strict=True)
        result.ratios[APART] = round(median((all_ - own) / its for all_, own, its in apart), 2)
        return result


def _entry(n: int) -> Entry:
    digits = f"04{n:06d}"
    number = f"{digits}{97 - int(digits) % 97:02d}"
    day = TODAY - timedelta(days=n % 10)
    return Entry(n + 1, Trigger.SUBMIT, application(enterprise_number=number), day)


def _timed(way: Callable[[str], None], where: Databases, empty: str) -> float:
    url = where.copy(empty)
    began = perf_counter()
    way(url)
    seconds = perf_counter() - began
    where.drop(url)
    return seconds


def _taken_in(url: str, entries: Sequence[Entry]) -> None:
    house, _ = house_on(url)
    report = intake(house, entries, _BY)
    house.store.engine.dispose()  # type: ignore[attr-defined]
    if report.problems:
        raise RuntimeError(f"not all were taken in: {report.problems[:3]}")


def _judged(entries: Sequence[Entry]) -> None:
    rules = shipped_rules()
    for entry in entries:
        command = Command(Trigger.SUBMIT, _BY, on=entry.on, data=entry.data)
        change = decide(command, None, rules, TODAY, number="2026-000001")
        told = frozenset(notice.key for notice in change.notices)
        alike(change.after, rules, TODAY, dues(change.after, rules, TODAY, told), told)


def _rows(url: str, *, postgres: bool) -> Rows:
    if postgres:
        with connect(url) as connection:
            return {
                table.name: connection.execute(_select(table, "::text").encode()).fetchall()
                for table in _TABLES
            }
    with closing(sqlite3.connect(path(url))) as connection:
        return {t.name: connection.execute(_select(t, "")).fetchall() for t in _TABLES}


def _select(table: Any, cast: str) -> str:
    columns = ", ".join(f'"{c.name}"{cast}' for c in table.columns)
    return f'SELECT {columns} FROM "{table.name}"'  # noqa: S608


def _loaded(url: str, rows: Rows, *, postgres: bool) -> None:
    if postgres:
        with connect(url) as connection:
            for table in _TABLES:
                into = f'COPY "{table.name}" FROM STDIN'
                with connection.cursor().copy(into.encode()) as copy:
                    for row in rows[table.name]:
                        copy.write_row(row)
        return
    with closing(sqlite3.connect(path(url), isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            marks = ", ".join("?" * len(table.columns))
            into = f'INSERT INTO "{table.name}" VALUES ({marks})'  # noqa: S608
            connection.executemany(into, rows[table.name])
        connection.execute("COMMIT")
