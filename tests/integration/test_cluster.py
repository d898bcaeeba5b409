"""The production form for real: Postgres, Redis, two API servers, services, two workers."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from flows.deployments import PLAN
from kmop_lifecycle.adapters.scenario_files import load_scenario
from kmop_lifecycle.service.replay import replay
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.load import load
from tests.chaos.stage import by_hand, rehearsing
from tests.chaos.suffering import suffer
from tests.stories import ROOT, shipped_rules
from tests.upped import left_behind, until

pytestmark = [pytest.mark.prefect, pytest.mark.postgres]

SCENARIO = ROOT / "tests/acceptance/scenarios/02_starter_follow_up_missed.yaml"
PARTS = {"postgres", "redis", "api-1", "api-2", "services", "worker-1", "worker-2"}


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    # pytest's own folders are closed to the user that Postgres is run as.
    with tempfile.TemporaryDirectory() as folder:
        with cluster(Path(folder)) as running:
            yield running
        assert running.process.returncode == 0
        assert left_behind(Path(folder)) == []
        assert not (running.state / "cluster.json").exists()


def test_every_part_lives_and_a_sweep_is_carried_out(running: Cluster) -> None:
    said = json.loads(
        running.run("cluster", "status", "--state", str(running.state), "--json").stdout
    )
    assert {name for name, part in said["parts"].items() if part["alive"]} == PARTS
    assert all(said["apis"].values())
    assert running.swept() > 0


def test_the_api_is_open_to_whoever_knows_the_login(running: Cluster) -> None:
    up = running.up()
    assert "sweep_deadlines" in up.deployments()
    with pytest.raises(AssertionError, match="Unauthorized"):
        replace(up, login="office:guessed").deployments()
    with pytest.raises(AssertionError, match="Unauthorized"):
        replace(up, login="").deployments()
    with urlopen(f"http://127.0.0.1:{up.port}/v2/") as page:
        assert b"Prefect" in page.read()


def test_a_scenario_holds_on_its_register(running: Cluster) -> None:
    with by_hand(running), rehearsing(running, shipped_rules()) as stage:
        report = replay(load_scenario(SCENARIO), *stage)
    assert report.ok, report.checks
    assert report.checks


def test_the_doctor_sees_the_pool_its_workers_and_what_is_paused(running: Cluster) -> None:
    up = running.up()
    api = {"PREFECT_API_URL": f"http://127.0.0.1:{up.port}/api"}

    def said(**more: str) -> list[tuple[str, str]]:
        doctor = running.run("doctor", "--json", **api, **more)
        told = json.loads(doctor.stdout)["findings"]
        return [(one["state"], one["what"]) for one in told if one["part"] == "pool"]

    assert said(PREFECT_API_AUTH_STRING=running.login) == [
        ("ok", f"work pool kmop: 2 workers live, {len(PLAN)} deployments, no run waits")
    ]
    with by_hand(running):
        [(state, what)] = said(PREFECT_API_AUTH_STRING=running.login)
    assert state == "broken"
    assert what.startswith("paused, no schedule starts them: sweep_deadlines, ")
    [(state, what)] = said()
    assert (state, "asks for a log-in (401)" in what) == ("broken", True)


# The chaos table has every fault; each takes a minute or two here.
LONG = pytest.mark.skipif(
    not os.environ.get("KMOP_TEST_CLUSTER"), reason="set KMOP_TEST_CLUSTER=1"
)


@pytest.mark.parametrize(
    "fault", ["an API server killed", pytest.param("Postgres killed", marks=LONG)]
)
def test_what_dies_is_started_anew_and_nothing_is_broken(running: Cluster, fault: str) -> None:
    with load(running.told()["database"], running.state / "load.txt") as people:
        until(lambda: people.told().accepted, "the first command")
        suffered = suffer(running, people, fault, send=0)
    assert (suffered.breaches, suffered.lost) == (0, 0)
    assert suffered.accepted > 0


def test_a_second_cluster_in_the_same_folder_is_refused(running: Cluster) -> None:
    ran = running.run("cluster", "up", "--state", str(running.state))
    assert ran.returncode == 6
    assert "another cluster is using" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_where_no_cluster_runs_status_says_so(running: Cluster) -> None:
    ran = running.run("cluster", "status", "--state", str(running.state / "nowhere"))
    assert ran.returncode == 5
    assert "no cluster runs in" in ran.stderr
