"""`python -m tests.benchmarks JOB`: each job is a module with one function, `run(plan)`.

The jobs `peers`, beside other tools, and `workers`, a sweep shared in a cluster, have options of
their own: `peers --help`.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from importlib import import_module
from typing import cast

from kmop_lifecycle.adapters.collector import settle
from tests.benchmarks.timing import Plan, Result

JOBS = ("boards", "deliver", "fire", "growth", "intake", "replay", "sweep", "verify")
APART = {"peers": "tests.benchmarks.peers.run", "workers": "tests.benchmarks.workers"}


def main(arguments: list[str]) -> None:
    """Run one job and write its figures."""
    if arguments[:1] and (apart := APART.get(arguments[0])):
        import_module(apart).main(arguments[1:])
        return
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument(
        "--messages",
        type=int,
        default=usual.messages,
        help="notices, commands or applications in each round",
    )
    parser.add_argument("--waiting", type=int, default=usual.waiting, help="rows behind them")
    parser.add_argument("--cases", type=int, default=usual.cases, help="stored")
    parser.add_argument("--due", type=float, default=usual.due, help="share of them that is due")
    parser.add_argument("--chunk", type=int, default=usual.chunk, help="cases per transaction")
    parser.add_argument("--db", choices=("memory", "sqlite", "postgres"), default=usual.db)
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--json", action="store_true")
    settle()  # as every process does that opens the house
    given = vars(parser.parse_args(arguments))
    job, as_json = given.pop("job"), given.pop("json")
    result = cast("Result", import_module(f"tests.benchmarks.{job}").run(Plan(**given)))
    text = json.dumps(result.as_json(), indent=2) if as_json else _table(result)
    sys.stdout.write(f"{text}\n")


def _table(result: Result) -> str:
    said = result.as_json()
    lines = [f"{result.job}: {result.plan}"]
    for way, rate in result.per_second.items():
        low, high = result.spread[way]
        lines.append(f"  {way:<36} {rate:>8.1f} /s  ({low:.1f} to {high:.1f})")
    lines += [f"  {name}: {ratio}" for name, ratio in result.ratios.items()]
    lines += [f"  {name}: {fact}" for name, fact in result.facts.items()]
    load = ", ".join(f"{one:.2f}" for one in result.load)
    return "\n".join([*lines, f"  peak {said['peak_mb']} MB, {said['machine']}, load {load}"])


if __name__ == "__main__":  # not on import: tests read what is logged
    logging.getLogger("kmop_lifecycle").setLevel(logging.ERROR)
    main(sys.argv[1:])
