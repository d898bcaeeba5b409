"""Each fault of the topology, and how long it takes until a sweep completes again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.cluster import Cluster
from tests.upped import until


@dataclass(frozen=True)
class Result:
    """What a fault did."""

    fault: str
    seconds: float  # from the fault to the end of a sweep asked for after it
    breaches: int  # as `kmop verify` finds
    cases: int


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


FAULTS: dict[str, Callable[[Cluster], None]] = {
    "a worker killed during a sweep": killed("worker-1", sweeping=True),
    "an API server killed": killed("api-1"),
    "the background services killed": killed("services"),
    "Redis killed": killed("redis"),
    "Postgres killed": killed("postgres"),
    "a second sweep at the same time": two_sweeps,
}


def suffer(cluster: Cluster, fault: str) -> Result:
    """Let a fault happen, wait for recovery, prove the record."""
    FAULTS[fault](cluster)
    seconds = cluster.swept()
    said = json.loads(cluster.run("verify", "--json").stdout)
    return Result(fault, round(seconds, 1), sum(said["broken"].values()), said["cases"])
