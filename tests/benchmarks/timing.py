"""Several ways of doing one thing are timed in turns, so that a busy machine is unfair to all."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

_KILO = 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for on the command line."""

    messages: int = 500
    waiting: int = 100
    db: str = "sqlite"
    rounds: int = 3
    cases: int = 10_000
    due: float = 1.0  # share of the cases
    chunk: int = 1_000


@dataclass(slots=True)
class Result:
    """Medians per second of each way, and how they compare."""

    job: str
    plan: Plan
    per_second: dict[str, float]
    spread: dict[str, tuple[float, float]]
    ratios: dict[str, float] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    load: tuple[float, ...] = field(default_factory=os.getloadavg)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, with the machine it was measured on."""
        return asdict(self) | {
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILO, 1),
            "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        }


def in_turns(job: str, plan: Plan, ways: Mapping[str, Callable[[], int]]) -> Result:
    """Time each way once per round; each says how many it did."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(plan.rounds):
        for name, way in ways.items():
            tell(f"round {number + 1} of {plan.rounds}: {name}")
            began = perf_counter()
            done = way()
            rates[name].append(done / (perf_counter() - began))
    tell("")
    return Result(
        job,
        plan,
        {name: round(median(found), 1) for name, found in rates.items()},
        {name: (round(min(found), 1), round(max(found), 1)) for name, found in rates.items()},
    )


def compared(
    job: str, plan: Plan, done: int, seconds: Mapping[str, list[float]], floor: str
) -> Result:
    """Turn rounds of several ways into rates, and into ratios to the floor of the same round."""
    rates = {name: [done / each for each in found] for name, found in seconds.items()}
    ratios = {
        f"{name} / {floor}": round(
            median(mine / its for mine, its in zip(found, seconds[floor], strict=True)), 2
        )
        for name, found in seconds.items()
        if name != floor
    }
    return Result(
        job,
        plan,
        {name: round(median(found), 1) for name, found in rates.items()},
        {name: (round(min(found), 1), round(max(found), 1)) for name, found in rates.items()},
        ratios,
    )


def tell(line: str) -> None:
    """Show progress where somebody looks on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
