"""`python -m tests.benchmarks peers`: the same commands and timers, kept by us and by others.

Every other tool has, for each round and number of idle cases, a process and a database of its own;
ours works in this process, on a register for each figure. All are on one Postgres whose commits
reach the disk, and each must have moved exactly the cases it was given.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module, metadata
from statistics import median
from time import perf_counter, sleep
from typing import Any

from kmop_lifecycle.cli.terminal import say
from tests.benchmarks.databases import databases
from tests.benchmarks.peers import ours
from tests.benchmarks.peers.stored import Batch, counted, lay, size
from tests.benchmarks.timing import tell

OURS, OURS_EACH = "kmop-lifecycle", "kmop-lifecycle, case by case"
PEERS = {
    "python-statemachine": "statemachine",
    "django-fsm-2": "djangofsm",
    "SpiffWorkflow": "spiff",
    "procrastinate": "jobs",
    "dbos": "durable",
    "prefect": "runs",
}
NAMES = (OURS, OURS_EACH, *PEERS)
INSTALL = "python -m pip install -e '.[peers]'"
_FIGURES = ("commands", "timers", "bytes")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one tool is to do."""

    cases: int
    timers: int
    idle: int
    runs: int = 60  # of the timers, where each is a process of some seconds


def missing(name: str) -> str | None:
    """Say how a tool is installed, if it is not."""
    try:
        version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is not installed, so it is not measured: {INSTALL}"
    return None


def version(name: str) -> str:
    """Return the installed version of the package that a tool is."""
    return metadata.version(OURS if name == OURS_EACH else name)


def measure(module: str, url: str, asked: Asked) -> dict[str, float]:
    """Let one peer work on a bare database; called in a process of its own."""
    lay(url)
    peer = import_module(f"tests.benchmarks.peers.{module}").Tool(url)
    before = size(url)
    peer.keep(Batch(1, asked.idle, "confirmed", "2 years"))
    grown = size(url) - before
    # One of each goes first, uncounted: it opens connections and fills caches.
    ready = Batch(asked.idle + 1, asked.cases + 1, "applied", None)
    peer.keep(ready)
    began = 0.0
    for number in ready.ids:
        peer.confirm(number)
        began = began or perf_counter()
    confirming = perf_counter() - began
    done, steps = counted(url, "confirmed")
    _sure("confirmed", (done, steps), asked.idle + asked.cases + 1)
    timers = min(asked.timers, asked.runs) if module == PEERS["prefect"] else asked.timers
    peer.keep(Batch(asked.idle + asked.cases + 2, timers, "confirmed", "0"))
    sleep(1.5)  # a timer that had been due when it was set would not have waited in the table
    began = perf_counter()
    peer.expire()
    expiring = perf_counter() - began
    _sure("expired", counted(url, "expired"), timers)
    peer.close()
    return {
        "commands": asked.cases / confirming,
        "timers": timers / expiring,
        "bytes": grown / asked.idle,
        **({"timed": timers} if timers < asked.timers else {}),
    }


def _sure(state: str, found: tuple[int, int], wanted: int) -> None:
    if found != (wanted, wanted):
        raise RuntimeError(f"{found} cases and history rows are {state}, not {wanted} of each")


def _ours(name: str, where: Any, asked: Asked) -> dict[str, float]:
    if name == OURS_EACH:
        return {"timers": ours.timers(where, asked.idle, asked.timers, each=True)}
    return {
        "commands": ours.commands(where, asked.idle, asked.cases),
        "timers": ours.timers(where, asked.idle, asked.timers),
        "bytes": ours.bytes_each(where, asked.idle),
    }


def _apart(module: str, url: str, asked: Asked) -> dict[str, float]:
    # Django is set up once in a process, and nobody's modules slow another down.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, module, url, asked).result()


def _measured(names: list[str], given: argparse.Namespace) -> list[dict[str, Any]]:
    found: dict[tuple[str, int], list[dict[str, float]]] = {}
    with databases(given.db) as where:
        for turn in range(given.rounds):
            for idle in given.idle:
                asked = Asked(given.cases, given.timers, idle, given.runs)
                for name in names:
                    tell(f"round {turn + 1} of {given.rounds}: {name}, {idle} idle")
                    if name in PEERS:
                        url = where.bare()
                        one = _apart(PEERS[name], url, asked)
                        where.drop(url)
                    else:
                        one = _ours(name, where, asked)
                    found.setdefault((name, idle), []).append(one)
                    say(f"{name}, {idle} idle: { ({k: _short(v) for k, v in one.items()}) }")
    tell("")
    return [
        {"name": name, "version": version(name), "idle": idle}
        | {each: _short(median(one[each] for one in ones)) for each in _FIGURES if each in ones[0]}
        | {"rounds": ones}
        for (name, idle), ones in sorted(found.items(), key=lambda item: item[0][1])
    ]


def _short(figure: float) -> float:
    """Keep two digits of what is small."""
    return round(figure) if figure >= 10 else float(f"{figure:.2g}")


def table(rows: list[dict[str, Any]]) -> str:
    """Lay rows out; a figure that was not measured is a dash."""
    lines = [f"{'tool':<36}{'idle':>8}{'commands/s':>12}{'timers/s':>10}{'bytes/idle':>12}"]
    for row in rows:
        said = [f"{row[each]:,}" if each in row else "-" for each in _FIGURES]
        tool = f"{row['name']} {row['version']}"
        lines.append(f"{tool:<36}{row['idle']:>8,}{said[0]:>12}{said[1]:>10}{said[2]:>12}")
    fewer = {(row["name"], row["rounds"][0].get("timed", 0)) for row in rows if "rounds" in row}
    lines += [f"{name}: {timed} of the timers were run" for name, timed in fewer if timed]
    return "\n".join(lines)


def whole(text: str) -> int:
    """Read a number of cases."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def numbers(text: str) -> list[int]:
    """Read numbers with commas between them, say `1000,10000`."""
    return [whole(part.strip()) for part in text.split(",")]


def asked(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks peers", description=__doc__)
    parser.add_argument("--cases", type=whole, default=500, help="commands, a case each")
    parser.add_argument("--timers", type=whole, default=500, help="cases that are due")
    parser.add_argument("--idle", type=numbers, default=[1_000, 10_000], help="cases that wait")
    parser.add_argument("--runs", type=whole, default=60, help="timers that Prefect runs")
    parser.add_argument("--db", choices=("postgres",), default="postgres")
    parser.add_argument("--rounds", type=whole, default=2)
    parser.add_argument("--only", choices=NAMES, action="append", help="may be given again")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Measure who is installed, name who is not, and write the figures."""
    given = asked(arguments)
    names = []
    for name in given.only or NAMES:
        if lack := missing(name):
            sys.stderr.write(f"{lack}\n")
        else:
            names.append(name)
    rows = _measured(names, given)
    load = os.getloadavg()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    if given.json:
        said = {"rows": rows, "load": load, "machine": machine}
        said |= {
            "asked": [asdict(Asked(given.cases, given.timers, n, given.runs)) for n in given.idle]
        }
        sys.stdout.write(f"{json.dumps(said, indent=2)}\n")
    else:
        told = ", ".join(f"{one:.2f}" for one in load)
        sys.stdout.write(f"{table(rows)}\n{machine}, load {told}\n")
