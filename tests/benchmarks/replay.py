"""The example portfolio through five years of daily sweeps, in memory: how long each part takes.

People do what the example has them do, through the gate; the sweep runs before them on every day.
Beside it, as the least a day can cost, as many sweeps of a house in which nothing is ever due.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from time import perf_counter

from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.cli.demo import entries
from kmop_lifecycle.service.intake import Entry
from kmop_lifecycle.service.portfolio import Portfolio
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.settings import load_settings
from tests.benchmarks.timing import Plan, Result, tell
from tests.stories import ROOT, shipped_rules

FIRST = date(2026, 1, 5)
DAYS = 5 * 365 + 1
SWEEPS, PEOPLE = "cases swept, daily for five years", "steps of people"


def run(plan: Plan) -> Result:
    """Measure it; `cases` says how many providers, at most as many as the example has."""
    rounds = [_lived(plan.cases, number) for number in range(plan.rounds)]
    swept, stepped, cases, steps, moved = (list(column) for column in zip(*rounds, strict=True))
    seconds = sorted(swept)[len(swept) // 2]
    people = sorted(stepped)[len(stepped) // 2]
    rates = {
        SWEEPS: [cases[0] / each for each in swept],
        PEOPLE: [steps[0] / each for each in stepped],
    }
    return Result(
        "replay",
        plan,
        {SWEEPS: round(cases[0] / seconds, 1), PEOPLE: round(steps[0] / people, 1)},
        {name: (round(min(found), 1), round(max(found), 1)) for name, found in rates.items()},
        facts={
            "providers": len(_entries(plan.cases)),
            "days": DAYS,
            "seconds of all sweeps": round(seconds, 2),
            "seconds of sweeps with nothing due": round(_idle(), 2),
            "seconds of people's steps": round(people, 2),
            "cases swept": cases[0],
            "steps of the clock": moved[0],
            "steps of people": steps[0],
        },
    )


def _idle() -> float:
    house, _ = rehearsal(shipped_rules())
    began = perf_counter()
    for n in range(DAYS):
        sweep(house, FIRST + timedelta(days=n))
    return perf_counter() - began


def _entries(most: int) -> list[Entry]:
    return list(islice(entries(load_settings(config_dir=ROOT / "config", profile="test")), most))


def _lived(providers: int, number: int) -> tuple[float, float, int, int, int]:
    """Live five years; return seconds of sweeps and of people, and what both did."""
    house, clock = rehearsal(shipped_rules())
    portfolio = Portfolio(house, _entries(providers), FIRST)
    swept = stepped = 0.0
    cases = moved = 0
    for n in range(DAYS):
        today = FIRST + timedelta(days=n)
        clock.set(today)
        began = perf_counter()
        report = sweep(house, today)
        between = perf_counter()
        portfolio.day(today)
        stepped += perf_counter() - between
        swept += between - began
        cases, moved = cases + report.cases, moved + sum(report.moved.values())
        if n % 50 == 0:
            tell(f"round {number + 1}: day {n} of {DAYS}")
    return swept, stepped, cases, portfolio.everyday.done, moved
