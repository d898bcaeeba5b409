"""A large sweep shared among processes, on a real Prefect server and a real Postgres.

One story in the order of the file: the first sweep is held up by locks of the test's own, one of
its parts is killed, the next sweep takes what is left.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kmop_lifecycle.adapters.clock import SimulatedClock, SystemClock
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.fire import fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.parts import cut
from kmop_lifecycle.service.verify import verify
from tests.lives import BEGIN, Lives
from tests.postgres import Server
from tests.stories import shipped_rules
from tests.upped import Up, start_up, until

pytestmark = [pytest.mark.prefect, pytest.mark.postgres]

CASES, PARTS = 60, 3
MORE = {
    "KMOP_SWEEP__PARTS": str(PARTS),
    "KMOP_SWEEP__PART_CASES": "10",
    "KMOP_SWEEP__USUAL_CASES": "1000000",
    "KMOP_SWEEP__USUAL_DAYS": "10000",
    "KMOP_BOARDS__GUIDED": "0",
}


@pytest.fixture(scope="module")
def url(postgres_server: Server) -> Iterator[str]:
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="module")
def house(url: str) -> Iterator[House]:
    """A register in which every case has had something due for long."""
    house, clock = rehearsal(shipped_rules())
    engine = make_engine(url)
    house = replace(house, store=open_store(engine))
    assert isinstance(clock, SimulatedClock)
    clock.set(BEGIN)
    for command in Lives(3, CASES).openings():
        fire(house, command)
    yield house
    engine.dispose()


@pytest.fixture(scope="module")
def spans(house: House) -> list[Span]:
    """The spans as the sweep will cut them."""
    limits = replace(house.limits, parts=PARTS, part_cases=10)
    return cut(replace(house, limits=limits), SystemClock().today())


@pytest.fixture(scope="module")
def locks(url: str, spans: list[Span]) -> Iterator[psycopg.Connection[Any]]:
    """Somebody at work on a case of the first part, so that it takes long, and on one of the last.

    Once the connection rolls back, they are done.
    """
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        held = [spans[0].first, spans[-1].last]
        connection.execute('SELECT 1 FROM "case" WHERE id = ANY(%s) FOR UPDATE', [held])
        yield connection


@pytest.fixture(scope="module")
def up(
    url: str, locks: psycopg.Connection[Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Up]:
    """`kmop up` on it; its first act is a sweep. Who waits for a lock waits until it is killed."""
    patient = f"{url}&options=-c%20lock_timeout%3D300s"
    home = tmp_path_factory.mktemp("installation")
    up = start_up(home, 1, {"KMOP_DATABASE_URL": patient, **MORE})
    yield up
    up.stop(signal.SIGINT)


def process_of(run: str) -> int:
    """Return the process that carries a run."""
    mark = f"PREFECT__FLOW_RUN_ID={run}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes():
                return int(entry.name)
        except OSError:
            continue
    raise LookupError(run)


def bars(up: Up, run: str) -> list[float]:
    asked = {"artifacts": {"type": {"any_": ["progress"]}, "flow_run_id": {"any_": [run]}}}
    return [one["data"] for one in up.ask("POST", "/artifacts/filter", asked)]


def test_a_part_whose_process_is_killed_is_named_and_the_others_are_added_up(
    up: Up, locks: psycopg.Connection[Any], spans: list[Span]
) -> None:
    def both() -> list[dict[str, Any]] | None:
        runs = up.runs("sweep_part", "RUNNING", "COMPLETED")
        return runs if len(runs) == PARTS - 1 else None

    parts = {run["name"].partition(", ")[2]: run for run in until(both, "both parts", 90)}
    assert set(parts) == {"part 2 of 3", "part 3 of 3"}
    until(lambda: up.runs("sweep_part", "COMPLETED"), "the end of part 2")
    held = parts["part 3 of 3"]
    assert set(held["parameters"]) == {"first", "last", "today"}
    until(lambda: bars(up, held["id"]) == [100.0], "part 3 at its last case")

    os.kill(process_of(held["id"]), signal.SIGKILL)
    locks.rollback()

    run = up.end(up.runs("sweep_deadlines", "RUNNING")[0]["id"])
    assert run["state"]["type"] == "FAILED"
    assert (
        "lost: part 3 of 3 Crashed: the next sweep takes what is left" in run["state"]["message"]
    )
    cases = spans[0].cases + spans[1].cases
    assert f": {cases} cases looked at; " in run["state"]["message"]
    assert bars(up, parts["part 2 of 3"]["id"]) == [100.0]


def test_the_next_sweep_takes_what_is_left_and_the_record_holds(up: Up, house: House) -> None:
    run = up.end(up.start("sweep_deadlines"))
    assert run["state"]["type"] == "COMPLETED", run["state"]
    assert ": 1 cases looked at; " in run["state"]["message"]
    assert verify(house).total == 0


def test_a_part_that_no_sweep_asked_for_is_refused(up: Up) -> None:
    run = up.end(up.start("sweep_part", first=1, last=10**6, today="2036-01-01"))
    assert run["state"]["type"] == "FAILED"
    assert "begun by a sweep that is under way (run sweep_deadlines)" in run["state"]["message"]
