"""Open cases per second through drawing up all boards, beside reading each open case bare.

Nine in ten cases are registered, on 1,500 different days; the others are under audit, followed up
or suspended. Up to 10,000 cases are also asked one by one, as if none were like another.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from kmop_lifecycle.service.boards import draw_up
from kmop_lifecycle.service.house import House
from tests.benchmarks.alone import size_mb
from tests.benchmarks.databases import connect, databases, path
from tests.benchmarks.register import TODAY, Families, build_of, house_on
from tests.benchmarks.timing import Plan, Result, compared, tell
from tests.stories import (
    applied,
    certified,
    judged,
    prepared,
    starter,
    suspended,
    visiting,
)

BOARDS, EACH = "boards", "boards, case by case"
FLOOR = "floor: read every open case and its dates"
_ROWS = (
    "SELECT * FROM \"case\" WHERE state NOT IN ('expired', 'withdrawn', 'revoked')",
    "SELECT * FROM deadline",
)
_UNDER_WAY = (applied, prepared, visiting, judged, starter, suspended)
KINDS = (600, 900, 167)  # lives that are copied: registered, adopted, under way
_FEW = 10_000  # cases that are also asked one by one


def lives(families: Families) -> list[int]:
    """Live stories that ended on many days, and adopt registrations that end on many more."""
    registered, adopted, under_way = KINDS
    made = [_lived(families, certified, days) for days in range(registered)]
    for number in range(adopted):
        families.adopt("basic", TODAY + timedelta(days=20 + 2 * number))
    made += range(made[-1] + 1, made[-1] + adopted + 1)
    for number in range(under_way):
        tell(f"lives: {number} of {under_way} under way")
        made.append(_lived(families, _UNDER_WAY[number % len(_UNDER_WAY)], number // 3))
    families.swept(range(min(made), max(made) + 1))
    Random(5).shuffle(made)  # so that a small register has some of each
    return made


def _lived(families: Families, story: Any, days: int) -> int:
    told = story()
    return families.lived(told, (TODAY - told.today).days - days)


def run(plan: Plan) -> Result:
    """Measure it on a register that was swept today."""
    with databases(plan.db) as where:
        register = build_of(where, plan.cases, plan.cases, lives)
        ways = {BOARDS: _drawn, FLOOR: _read}
        if plan.cases <= _FEW:
            ways[EACH] = _each
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(plan.rounds):
            for name, way in ways.items():
                tell(f"round {number + 1} of {plan.rounds}: {name}")
                began = perf_counter()
                way(register.url)
                times[name].append(perf_counter() - began)
        result = compared("boards", plan, plan.cases, times, FLOOR)
        command = [sys.executable, "-m", "tests.benchmarks.boards", register.url]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        seconds = {f"{name}, s": round(median(found), 2) for name, found in times.items()}
        result.facts = {"kinds": _kinds(register.url), **seconds, **json.loads(done.stdout)}
        return result


def _drawn(url: str) -> None:
    _draw(house_on(url)[0])


def _each(url: str) -> None:
    house = house_on(url)[0]
    _draw(replace(house, store=_Unlike(house.store)))


def _draw(house: House) -> None:
    boards = draw_up(house, TODAY)
    house.store.engine.dispose()  # type: ignore[attr-defined]
    if not (boards.hands.rows and boards.coming.rows and boards.clocks[0].cases):
        raise RuntimeError("the boards are empty")


class _Unlike:
    """A store in which no case bears the likeness that belongs to its dates."""

    def __init__(self, store: Any) -> None:
        self._store, self.engine = store, store.engine

    def __call__(self, *, reading: bool = False) -> Any:
        uow = self._store(reading=reading)
        uow.planned = lambda numbers: dict.fromkeys(numbers, ())
        return uow


def _kinds(url: str) -> int:
    house = house_on(url)[0]
    with house.store(reading=True) as uow:
        counts = uow.counts()["state"]
        return len(uow.alikes(set(counts)))  # type: ignore[arg-type]


def _read(url: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path(url))) as connection:
            for rows in _ROWS:
                sum(1 for _ in connection.execute(rows))
        return
    with connect(url) as connection:
        for rows in _ROWS:
            with connection.cursor("all") as cursor:
                sum(1 for _ in cursor.execute(rows.encode()))


def main(url: str) -> None:
    """Draw once in a process of its own, and say in JSON how big it grew."""
    house = house_on(url)[0]
    before = size_mb("VmRSS")
    _draw(house)
    said = {"before_mb": round(before, 1), "peak_mb": round(size_mb("VmHWM"), 1)}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
