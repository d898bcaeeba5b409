"""History rows per second through `verify`, beside reading and parsing the same rows bare.

The cases are lived through the gate with several history rows each, begun on many different days.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from time import perf_counter
from unittest.mock import patch

from kmop_lifecycle.cli.proving import spread_over
from kmop_lifecycle.service.verify import SPAN, Spans, verify
from tests.benchmarks.databases import connect, databases, path
from tests.benchmarks.register import TODAY, Families, build_of, house_on
from tests.benchmarks.timing import Plan, Result, compared, tell
from tests.stories import applied, certified, judged, prepared, starter, suspended

VERIFY, FLOOR = "verify, one process", "floor: read and parse every history row"
BOTH = "verify, two processes"
_ROWS = 'SELECT case_id, seq, "trigger", source, target, actor, "on", facts, rules FROM history'
_STORIES = (certified, starter, judged, prepared, applied, suspended)
_KINDS = 600  # different cases before they are copied; no two begin on the same day


def lives(families: Families) -> list[int]:
    """Live six stories on a hundred days each."""
    stories = [story() for story in _STORIES]
    first = TODAY - max(story.today for story in stories)
    made = []
    for number in range(_KINDS):
        tell(f"lives: {number} of {_KINDS}")
        made.append(families.lived(stories[number % len(stories)], first.days - number))
    families.swept(range(min(made), max(made) + 1))
    return made


def run(plan: Plan) -> Result:
    """Measure it on a register that was swept today."""
    with databases(plan.db) as where:
        register = build_of(where, plan.cases, plan.cases, lives)
        ways = {VERIFY: _verified, BOTH: _verified_by_two, FLOOR: _read}
        times: dict[str, list[float]] = {name: [] for name in ways}
        rows = 0
        for number in range(plan.rounds):
            for name, way in ways.items():
                tell(f"round {number + 1} of {plan.rounds}: {name}")
                began = perf_counter()
                rows = way(register.url)
                times[name].append(perf_counter() - began)
        return compared("verify", plan, rows, times, FLOOR)


def _verified_by_two(url: str) -> int:
    """Prove as the command does, its processes' start included; they read where from settings."""
    with patch.dict(os.environ, KMOP_DATABASE_URL=url):
        return _verified(url, spread_over(2, 2 * SPAN))


def _verified(url: str, spread: Spans | None = None) -> int:
    house, clock = house_on(url)
    clock.set(TODAY)
    report = verify(house, spread=spread)
    house.store.engine.dispose()  # type: ignore[attr-defined]
    if report.breaches:
        raise RuntimeError(f"the register is not whole: {report.breaches[:3]}")
    return report.events


def _read(url: str) -> int:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path(url))) as connection:
            found = connection.execute(f"{_ROWS} ORDER BY case_id, seq")
            return sum(1 for row in found if json.loads(row[7]) is not None)
    with connect(url) as connection, connection.cursor("all") as cursor:
        cursor.execute(f"{_ROWS} ORDER BY case_id, seq".encode())
        return sum(1 for row in cursor if row[7] is not None)
