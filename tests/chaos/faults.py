"""Each fault of the topology, and how long it takes until a sweep completes again."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.cluster import Cluster
from tests.chaos.load import Load
from tests.upped import until

_GROUND = ("postgres", "redis")


@dataclass(frozen=True)
class Result:
    """What a fault did."""

    fault: str
    seconds: float  # from the blow to the end of a sweep asked for after it
    breaches: int  # as `kmop verify` finds
    cases: int
    accepted: int  # commands that were told they are done, until that sweep had ended
    refused: int  # commands that were told they are not
    lost: int  # accepted commands that the register does not know


def killed(part: str, *, sweeping: bool = False) -> Callable[[Cluster], None]:
    """Kill a part; in the middle of a sweep, if that is wanted."""

    def strike(cluster: Cluster) -> None:
        if sweeping:
            run = until(lambda: cluster.start("sweep_deadlines"), "a sweep")
            until(lambda: cluster.state_of(run) == "RUNNING", "the sweep to run", 60)
        cluster.kill(part)

    return strike


def two_sweeps(cluster: Cluster) -> None:
    """Sweep in the UI and on the command line at the same time."""
    run = until(lambda: cluster.start("sweep_deadlines"), "a sweep")
    assert run
    ran = cluster.run("sweep", "--json")
    assert ran.returncode == 0, ran.stderr


def started_twice(cluster: Cluster) -> None:
    """Ask for two sweeps at once; the second is dropped, or finds nothing to do."""
    runs = [until(lambda: cluster.start("sweep_deadlines"), "a sweep") for _ in range(2)]
    ends = sorted(until(lambda run=run: cluster.end(run), "its end", 120) for run in runs)
    assert "COMPLETED" in ends, ends
    assert set(ends) <= {"COMPLETED", "CANCELLED"}, ends


def without_prefect(cluster: Cluster) -> None:
    """Stop all of Prefect for what a day's schedule does; the command line does it."""
    pids = [pid for part, pid in cluster.told()["pids"].items() if part not in _GROUND]
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)  # dead, they would be started anew
        for command in ("sweep", "deliver", "verify"):
            ran = cluster.run(command, "--json")
            assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def nothing(cluster: Cluster) -> None:
    """Do no harm: what the others are measured against."""


FAULTS: dict[str, Callable[[Cluster], None]] = {
    "a worker killed during a sweep": killed("worker-1", sweeping=True),
    "none": nothing,
    "an API server killed": killed("api-1"),
    "the background services killed": killed("services"),
    "Redis killed": killed("redis"),
    "Postgres killed": killed("postgres"),
    "a sweep started twice": started_twice,
    "a second sweep on the command line": two_sweeps,
    "all of Prefect stopped, `kmop sweep` and `kmop deliver` instead": without_prefect,
}


def suffer(cluster: Cluster, load: Load, fault: str) -> Result:
    """Let a fault happen, wait for recovery, prove the record."""
    before = load.told()
    begun = time.monotonic()
    FAULTS[fault](cluster)
    cluster.swept()
    seconds = time.monotonic() - begun
    said = json.loads(cluster.run("verify", "--json").stdout)
    after = load.told()
    return Result(
        fault,
        round(seconds, 1),
        sum(said["broken"].values()),
        said["cases"],
        len(after.accepted) - len(before.accepted),
        after.refused - before.refused,
        load.lost(),
    )
