"""A sweep by one worker of a pool, and by two: `python -m tests.benchmarks workers`.

A real cluster (Postgres, Redis, API server, services) with workers of this benchmark's own, each
with room for one run, on a copy of one register for each round. The workers wait for work before
the clock starts. `sweeping` is the time of the bar in the UI, from the cut to the last case;
`run` is what Prefect says the whole run took, boards and pages included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from kmop_lifecycle.cli.terminal import put, say
from tests.benchmarks.register import TODAY, Register, build
from tests.benchmarks.timing import tell
from tests.chaos.__main__ import Here
from tests.chaos.cluster import Cluster, cluster
from tests.stories import ROOT
from tests.upped import ENDS, KMOP, until

POOL = "benchmark"  # the cluster's own workers, which take any number of runs, serve another
SOURCE = "kmop"  # the cluster's database
WORKER = (sys.executable, "-m", "prefect", "worker", "start")
PATIENCE = 1_800.0  # seconds for one sweep


def main(arguments: list[str]) -> None:
    """Time one worker against two, in turns."""
    asked = _asked(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="kmop-workers-") as folder,
        cluster(Path(folder)) as running,
    ):
        _prepare(running, asked)
        url = running.told()["database"]
        register = build(Here(url), asked.cases, asked.due)  # type: ignore[arg-type]
        rounds = [
            _round(running, register, workers, asked)
            for _ in range(asked.rounds)
            for workers in (1, 2)
        ]
    _say(asked, register, rounds)


def _round(
    running: Cluster, register: Register, workers: int, asked: argparse.Namespace
) -> dict[str, Any]:
    """Sweep one copy of the register with so many workers."""
    tell(f"{workers} at work")
    with _copy(register.url) as url, _workers(running, url, workers, asked):
        run = _swept(running)
    moved = f": {register.due} cases looked at; "
    if run["state"]["type"] != "COMPLETED" or moved not in run["state"]["message"]:
        raise RuntimeError(f"{run['state']['type']}: {run['state']['message']}")
    parts = _filtered(running, "flow_runs", {"parent_flow_run_id": {"any_": [run["id"]]}})
    ours = {"flow_run_id": {"any_": [run["id"]]}, "type": {"any_": ["progress"]}}
    (bar,) = _filtered(running, "artifacts", ours)
    found = {
        "workers": workers,
        "sweeping": round(_between(bar["created"], bar["updated"]), 1),
        "run": round(run["total_run_time"], 1),
        "parts": 1 + len(parts),
        "by_others": sum(part["state"]["type"] == "COMPLETED" for part in parts),
    }
    say(str(found))
    return found


def _prepare(running: Cluster, asked: argparse.Namespace) -> None:
    """Move the deployments to a pool of ours, with their schedules off."""
    said = subprocess.run(  # noqa: S603 - our own interpreter
        [*KMOP, "deploy", "--pool", POOL],
        env=_environment(running, running.told()["database"], asked),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        raise RuntimeError(said.stderr)
    for deployment in running.ask("POST", "/deployments/filter", {}):
        running.ask("POST", f"/deployments/{deployment['id']}/pause_deployment")


def _environment(running: Cluster, url: str, asked: argparse.Namespace) -> dict[str, str]:
    api = running.told()["apis"][0]
    return {
        **running.settings,
        "KMOP_DATABASE_URL": url,
        "KMOP_SWEEP__PARTS": str(asked.parts),
        "KMOP_SWEEP__PART_CASES": str(asked.part_cases),
        "PREFECT_API_URL": api,
        "PREFECT_API_AUTH_STRING": running.login,
        "PREFECT_HOME": str(running.state / "workers"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_WORKER_QUERY_SECONDS": "3",
    }


@contextmanager
def _workers(running: Cluster, url: str, count: int, asked: argparse.Namespace) -> Iterator[None]:
    """Have so many workers ready, each with room for one run."""
    names = {f"{count}-{number}-{os.urandom(2).hex()}" for number in range(count)}
    with (running.state.parent / "workers.log").open("ab") as log, ExitStack() as stack:
        for name in names:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [*WORKER, "--pool", POOL, "--name", name, "--limit", "1"],
                env=_environment(running, url, asked),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
            stack.callback(_ended, process)

        def ready() -> bool:
            found = running.ask("POST", f"/work_pools/{POOL}/workers/filter", {}) or []
            return names <= {one["name"] for one in found}

        until(ready, "the workers", 120)
        yield


def _ended(process: subprocess.Popen[bytes]) -> None:
    """End a worker that has nothing to do any more."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _swept(running: Cluster) -> dict[str, Any]:
    """Ask for a sweep of the register's day; return the run once it has ended."""
    found = running.ask("GET", "/deployments/name/sweep_deadlines/sweep_deadlines")
    meant = {"today": TODAY.isoformat(), "approve": True}
    asked = {"parameters": meant, "state": {"type": "SCHEDULED"}}
    run = running.ask("POST", f"/deployments/{found['id']}/create_flow_run", asked)

    def ended() -> dict[str, Any] | None:
        now = running.ask("GET", f"/flow_runs/{run['id']}")
        return now if now and now["state"]["type"] in ENDS else None

    return until(ended, "the end of the sweep", PATIENCE)


def _filtered(running: Cluster, what: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    return running.ask("POST", f"/{what}/filter", {what: wanted})


def _between(begin: str, end: str) -> float:
    moments = [datetime.fromisoformat(text) for text in (begin, end)]
    return (moments[1] - moments[0]).total_seconds()


@contextmanager
def _copy(url: str) -> Iterator[str]:
    """Lend a copy of the register."""
    name = f"round_{os.urandom(4).hex()}"
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {SOURCE} STRATEGY FILE_COPY")
        try:
            yield url.replace(f"@/{SOURCE}?", f"@/{name}?")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute("CHECKPOINT")


def _say(asked: argparse.Namespace, register: Register, rounds: list[dict[str, Any]]) -> None:
    tell("")
    load = [round(one, 2) for one in os.getloadavg()]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    if asked.json:
        put(json.dumps({"asked": vars(asked), "due": register.due, "rounds": rounds,
                        "load": load, "machine": machine}, indent=2))  # fmt: skip
        return
    put(f"{register.due:,} of {register.cases:,} cases due; {machine}, load {load}")
    for workers in (1, 2):
        mine = [one for one in rounds if one["workers"] == workers]
        told = {
            what: f"{median(one[what] for one in mine):.1f} s"
            f" ({', '.join(str(one[what]) for one in mine)})"
            for what in ("sweeping", "run")
        }
        shares = ", ".join(f"{one['by_others']} of {one['parts']}" for one in mine)
        put(
            f"{workers} at work: sweeping {told['sweeping']}, whole run {told['run']}; "
            f"parts done by runs of their own: {shares}"
        )


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks workers", description=__doc__
    )
    parser.add_argument("--cases", type=int, default=120_000)
    parser.add_argument("--due", type=float, default=0.83)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--part-cases", type=int, default=25_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)
