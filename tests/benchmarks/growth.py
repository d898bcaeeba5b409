"""How a sweep's cost grows: from a thousand cases stored to `--cases`, 1 %, 10 % and 100 % due."""

from __future__ import annotations

from dataclasses import replace

from tests.benchmarks import sweep
from tests.benchmarks.timing import Plan, Result

SHARES = (0.01, 0.1, 1.0)


def run(plan: Plan) -> Result:
    """Measure each size and share as `sweep` does; the last facts compare sizes at one share."""
    found = Result("growth", plan, {}, {})
    each: dict[float, dict[int, float]] = {share: {} for share in SHARES}
    cases = 1_000
    while cases <= plan.cases:
        for share in SHARES:
            one = sweep.run(replace(plan, cases=cases, due=share))
            name = f"{cases:,} stored, {share:.0%} due"
            each[share][cases] = one.per_second[sweep.SWEEP]
            found.per_second[name] = one.per_second[sweep.SWEEP]
            found.spread[name] = one.spread[sweep.SWEEP]
            found.ratios[f"{name}: sweep / floor"] = next(iter(one.ratios.values()))
            found.facts[f"{name}: peak MB"] = one.facts["peak_mb"]
        cases *= 10
    for share, rates in each.items():
        for size in list(rates)[2:]:
            word = f"cost of a case, {size:,} / 10,000 stored, {share:.0%} due"
            found.facts[word] = round(rates[10_000] / rates[size], 2)
    return found
