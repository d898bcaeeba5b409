"""One sweep of a register, shared by several processes: `python -m tests.benchmarks.shared`.

Each process sweeps the same day on the same Postgres: what one has locked, the others pass by. The
processes are ready, connected and imported, before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from time import perf_counter

from kmop_lifecycle.cli.terminal import put
from kmop_lifecycle.service.sweep import sweep
from tests.benchmarks.databases import databases
from tests.benchmarks.register import TODAY, build, house_on
from tests.stories import ROOT


def shared(url: str, helpers: int) -> tuple[float, list[int]]:
    """Sweep with so many processes; return the seconds and how many cases each of them moved."""
    processes = [
        subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "tests.benchmarks.shared", "--at", url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(helpers)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    begun = perf_counter()
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0] for process in processes]
    return perf_counter() - begun, [json.loads(one) for one in said]


def one_of_them(url: str) -> None:
    """Be ready, wait for the word, sweep, say how many cases that were."""
    house, _ = house_on(url)
    with house.store(reading=True) as uow:
        uow.marks()
    put("ready")
    sys.stdout.flush()
    sys.stdin.readline()
    put(json.dumps(sweep(house, TODAY).cases))


def main() -> None:
    """Time one process against two, in turns, each on a copy of one register."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60_000)
    parser.add_argument("--due", type=float, default=50_000 / 60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at", help="(what a process that was started by this one is told)")
    asked = parser.parse_args()
    if asked.at:
        one_of_them(asked.at)
        return
    with databases("postgres") as where:
        register = build(where, asked.cases, asked.due)
        for number in range(asked.rounds + 1):
            for helpers in (1, 2):
                url = where.copy(register.url)
                seconds, shares = shared(url, helpers)
                where.drop(url)
                if sum(shares) != register.due:
                    raise RuntimeError(f"{shares} cases were swept, not {register.due}")
                put(f"round {number}: {helpers}: {seconds:.2f} s, {shares}")


if __name__ == "__main__":
    main()
