"""Cases per second through the real sweep, beside a floor that writes the same rows in plain SQL.

Both work on copies of one register, in turns, each copy with the floor's rows lying ready in it.
A first round that is not counted warms both, unless so much is due that a second shows nothing of
it. The rows that both leave are compared.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

from sqlalchemy import text

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.service.sweep import sweep
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.floor import keep_postgres, keep_sqlite, sweep_floor
from tests.benchmarks.register import TODAY, Register, build, house_on
from tests.benchmarks.timing import Plan, Result, compared, tell
from tests.lives import OneByOne

SWEEP, FLOOR, EACH = "sweep", "floor: the same rows in plain SQL", "sweep, case by case"
_LATER = TODAY + timedelta(days=1)  # the clock's day while sweeping: what is written bears it
_FEW = 3_000  # cases that are also decided one by one
_MANY = 200_000  # cases from which on a way runs for so long that it needs no warming


def run(plan: Plan) -> Result:
    """Measure it."""
    with databases(plan.db) as where:
        register = build(where, plan.cases, plan.due)
        return measured(plan, where, register)


def measured(plan: Plan, where: Databases, register: Register) -> Result:
    """Time the ways on copies of a register; keep what the first leaves as the floor's rows."""
    first = where.copy(register.url)
    _swept(plan)(first)
    keep = keep_postgres if where.postgres else keep_sqlite
    keep(register.url, first, TODAY, _LATER)
    wanted = set(_left(first))
    where.drop(first)
    ways = {SWEEP: _swept(plan), FLOOR: _floor(plan, where)}
    if register.due <= _FEW:
        ways[EACH] = _swept(plan, each=True)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(register.due >= _MANY, plan.rounds + 1):
        for name, way in ways.items():
            tell(f"round {number} of {plan.rounds}: {name}")
            seconds = _timed(way, where, register, wanted)
            if number:
                times[name].append(seconds)
    result = compared("sweep", plan, register.due, times, FLOOR)
    result.facts = {
        "cases": register.cases, "due": register.due, "kinds": register.kinds,
        **_memory(plan, where, register),
    }  # fmt: skip
    where.drop(register.url)
    return result


def _timed(
    way: Callable[[str], int], where: Databases, register: Register, wanted: set[tuple[str, ...]]
) -> float:
    url = where.copy(register.url)
    began = perf_counter()
    done = way(url)
    seconds = perf_counter() - began
    if other := set(_left(url)) ^ wanted:
        raise RuntimeError(f"not the same rows: {sorted(other)[:6]}")
    if done != register.due:
        raise RuntimeError(f"{done} cases were swept, not {register.due}")
    where.drop(url)
    return seconds


def _swept(plan: Plan, *, each: bool = False) -> Callable[[str], int]:
    def way(url: str) -> int:
        house, clock = house_on(url, plan.chunk)
        store = house.store
        clock.set(_LATER)
        if each:
            object.__setattr__(house, "store", OneByOne(store))
        report = sweep(house, TODAY)
        store.engine.dispose()
        if report.failed:
            raise RuntimeError(f"not all were swept: {report.failed[:3]}")
        return report.cases

    return way


def _floor(plan: Plan, where: Databases) -> Callable[[str], int]:
    return lambda url: sweep_floor(url, TODAY, plan.chunk, postgres=where.postgres)


_ASKED = """
    SELECT state, count(*), sum(version), sum(length(replace(CAST(facts AS TEXT), ' ', '')))
        FROM "case" GROUP BY 1 ORDER BY 1;
    SELECT "trigger", count(*), sum(seq) FROM history GROUP BY 1 ORDER BY 1;
    SELECT ladder, rung, status, recipient, count(*) FROM notice
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
    SELECT kind, likeness, count(*), min(due_on) FROM deadline GROUP BY 1, 2 ORDER BY 1, 2
"""


def _left(url: str) -> list[tuple[str, ...]]:
    """Count what a database holds, by what tells a wrong row from a right one."""
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = [row for query in _ASKED.split(";") for row in connection.execute(text(query))]
    engine.dispose()
    return [tuple(map(str, row)) for row in rows]


def _memory(plan: Plan, where: Databases, register: Register) -> dict[str, float]:
    """Sweep once more in a process of its own, and ask how big it grew."""
    url = where.copy(register.url)
    command = [sys.executable, "-m", "tests.benchmarks.alone", url, str(plan.chunk)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    where.drop(url)
    said: dict[str, float] = json.loads(done.stdout)
    return said
