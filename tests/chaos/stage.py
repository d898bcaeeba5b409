"""A cluster as the stage of other tests: KMOP_TEST_CLUSTER=1 has them play on one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg

from kmop_lifecycle.adapters.clock import SimulatedClock, SystemClock
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from tests.chaos.cluster import Cluster, cluster
from tests.postgres import EMPTY
from tests.upped import Up, until

ON_CLUSTER = os.environ.get("KMOP_TEST_CLUSTER") == "1"
_TAKEN = timedelta(minutes=1)  # what has not begun then was lost with its worker


@contextmanager
def staged() -> Iterator[Cluster]:
    """Run a cluster as an office would have it."""
    # pytest's own folders are closed to the user that Postgres is run as.
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder), {}) as running:
        yield running


@contextmanager
def by_hand(running: Cluster) -> Iterator[Cluster]:
    """Let the schedules start nothing: a scenario brings its own days."""
    up = running.up()
    clocks = {"deployments": {"tags": {"all_": ["clock"]}}}
    paused = [one["id"] for one in up.ask("POST", "/deployments/filter", clocks)]
    assert paused
    for one in paused:
        up.ask("POST", f"/deployments/{one}/pause_deployment")
    until(lambda: not _under_way(up), "quiet", 180)
    try:
        yield running
    finally:
        for one in paused:
            up.ask("POST", f"/deployments/{one}/resume_deployment")


def _under_way(up: Up) -> int:
    """Count the runs that write, or are about to."""
    lately = (SystemClock().now() - _TAKEN).isoformat()
    running = {"state": {"type": {"any_": ["RUNNING", "CANCELLING"]}}}
    taken = {"state": {"type": {"any_": ["PENDING"]}}, "expected_start_time": {"after_": lately}}
    return sum(up.ask("POST", "/flow_runs/count", {"flow_runs": one}) for one in (running, taken))


@contextmanager
def rehearsing(running: Cluster, book: RuleBook) -> Iterator[tuple[House, SimulatedClock]]:
    """Lend the player a house on the cluster's register, which is empty before and after."""
    url = running.told()["database"]
    house, clock = rehearsal(book)
    engine = make_engine(url)
    empty(url)
    try:
        yield replace(house, store=open_store(engine)), clock
    finally:
        engine.dispose()
        empty(url)


def empty(url: str) -> None:
    """Take every case out of a register."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(EMPTY.encode())


def forget_prefect(running: Cluster) -> None:
    """Drop Prefect's database under the feet of its servers."""
    where = plain(running.told()["database"]).replace("/kmop?", "/postgres?")
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("DROP DATABASE prefect WITH (FORCE)")


def prefect_database(running: Cluster) -> str:
    """Return the address of Prefect's own database."""
    return str(running.told()["database"]).replace("/kmop?", "/prefect?")


def plain(url: str) -> str:
    """Return an address as Postgres itself writes it."""
    return url.replace("+psycopg", "")
