"""Each fault of the topology: what is struck in the middle of a sweep, with people at work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.chaos.cluster import Cluster
from tests.upped import until

Strike = Callable[[Cluster, str], None]  # the sweep that is under way is the second
_GROUND = ("postgres", "redis")
_BY_TIMER = ("sweep", "deliver", "verify")
_DONE = {
    "sweep": {0},
    "deliver": {0, 1},
    "verify": {0},
}  # 1: an item failed, as a copy without address


def killed(part: str) -> Strike:
    """Kill a part."""

    def strike(cluster: Cluster, _: str) -> None:
        cluster.kill(part)

    return strike


def worker_killed(cluster: Cluster, run: str) -> None:
    """Kill the worker that has the sweep; the sweep's own process is left."""
    os.kill(_worker_of(cluster, run), signal.SIGKILL)


def machine_lost(cluster: Cluster, run: str) -> None:
    """Kill the worker that has the sweep and every run it has, as if its machine were gone."""
    worker = _worker_of(cluster, run)
    for pid in [*below(worker), worker]:
        os.kill(pid, signal.SIGKILL)


def _worker_of(cluster: Cluster, run: str) -> int:
    """Return which worker's process has a run below it."""
    workers = [pid for name, pid in cluster.told()["pids"].items() if name.startswith("worker-")]
    mark = f"PREFECT__FLOW_RUN_ID={run}".encode()
    return next(w for w in workers if any(mark in _environment(pid) for pid in below(w)))


def below(pid: int) -> list[int]:
    """Return what a process started and what that started, as Linux shows it."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [one for child in map(int, told.split()) for one in (child, *below(child))]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""  # it ended while we looked


def two_sweeps(cluster: Cluster, _: str) -> None:
    """Sweep on the command line while a run sweeps."""
    ran = cluster.run("sweep", "--json")
    assert ran.returncode == 0, ran.stderr


def started_twice(cluster: Cluster, first: str) -> None:
    """Start a second sweep beside the first: it is dropped, or finds what the first has left."""
    second = until(lambda: cluster.start("sweep_deadlines"), "a sweep")
    ends = [until(lambda run=run: cluster.end(run), "its end", 300) for run in (first, second)]
    assert ends[0] == "COMPLETED", ends
    assert ends[1] in {"COMPLETED", "CANCELLED"}, ends


def without_prefect(cluster: Cluster, _: str) -> None:
    """Stop all of Prefect, its runs for good; a day's schedule is done on the command line."""
    pids = [pid for part, pid in cluster.told()["pids"].items() if part not in _GROUND]
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)  # dead, they would be started anew
        for run in [one for pid in pids for one in below(pid)]:
            os.kill(run, signal.SIGKILL)
        for command in _BY_TIMER:
            ran = cluster.run(command, "--json")
            assert ran.returncode in _DONE[command], (command, ran.stdout, ran.stderr)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def nothing(_: Cluster, __: str) -> None:
    """Do no harm: what the others are measured against."""


FAULTS: dict[str, Strike] = {
    "none": nothing,
    "the worker that sweeps killed": worker_killed,
    "that worker's machine lost, the sweep with it": machine_lost,
    "an API server killed": killed("api-1"),
    "the background services killed": killed("services"),
    "Redis killed": killed("redis"),
    "Postgres killed": killed("postgres"),
    "a second sweep started beside it": started_twice,
    "a second sweep on the command line": two_sweeps,
    "all of Prefect stopped, a day's work on the command line": without_prefect,
}
