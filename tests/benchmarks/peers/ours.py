"""kmop-lifecycle itself: a command through the gate, and the sweep over what fell due.

Its command also judges guards, keeps facts and plans notices and dates, and its idle cases carry
all of that. Its sweep asks the domain once for each kind of case and writes a chunk of 1,000 in a
transaction, where the others move case by case; so it is measured case by case as well. It has no
diagrams of others, no machines within machines and no general jobs: one lifecycle, its own.
"""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import text

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.service.fire import fire
from kmop_lifecycle.service.sweep import sweep
from tests.benchmarks.databases import Databases
from tests.benchmarks.peers.stored import size
from tests.benchmarks.register import TODAY, Families, build_of, confirmation, house_on
from tests.lives import OneByOne

_EXPIRED = "SELECT count(*) FROM history WHERE \"trigger\" = 'expire'"
_STEPS = "SELECT count(*) FROM history"


def commands(where: Databases, idle: int, cases: int) -> float:
    """Return commands per second."""
    register = build_of(where, idle + cases, cases, Families.applied)
    numbers = _values(register.url, "SELECT number FROM \"case\" WHERE state = 'applied'")
    before = _values(register.url, _STEPS)[0]
    house, _ = house_on(register.url)
    with house.store(reading=True) as uow:
        uow.get(numbers[0])
    began = perf_counter()
    for number in numbers:
        fire(house, confirmation(number, TODAY))
    seconds = perf_counter() - began
    house.store.engine.dispose()  # type: ignore[attr-defined]
    _sure(_values(register.url, _STEPS)[0] - before, cases)
    where.drop(register.url)
    return cases / seconds


def timers(where: Databases, idle: int, due: int, *, each: bool = False) -> float:
    """Return swept cases per second."""
    register = build_of(where, idle + due, due, _expiring)
    house, _ = house_on(register.url)
    store = house.store
    if each:
        object.__setattr__(house, "store", OneByOne(store))
    before = _values(register.url, _EXPIRED)[0]
    began = perf_counter()
    report = sweep(house, TODAY)
    seconds = perf_counter() - began
    store.engine.dispose()
    _sure(report.cases - len(report.failed), due)
    _sure(_values(register.url, _EXPIRED)[0] - before, due)
    where.drop(register.url)
    return due / seconds


def _expiring(families: Families) -> list[int]:
    """Open a registration that ended yesterday, lived up to the day before the sweep."""
    families.adopt("basic", TODAY - timedelta(days=1))
    families._live(range(1, 2), TODAY - timedelta(days=1))
    return [1]


def bytes_each(where: Databases, idle: int) -> float:
    """Return the bytes of one idle case, its history, notices and dates with it."""
    empty = where.empty()
    register = build_of(where, idle, 0, Families.applied)
    grown = size(register.url) - size(empty)
    where.drop(empty)
    where.drop(register.url)
    return grown / idle


def _values(url: str, query: str) -> list[Any]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = [row[0] for row in connection.execute(text(query))]
    engine.dispose()
    return found


def _sure(done: int, wanted: int) -> None:
    if done != wanted:
        raise RuntimeError(f"{done} cases were moved, not {wanted}")
