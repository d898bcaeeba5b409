"""`kmop deploy` against a real Prefect server: it deploys, then finds nothing more to do."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import server
from flows.deployments import PLAN
from tests.stories import ROOT
from tests.upped import KMOP, environment

pytestmark = pytest.mark.prefect

Ran = subprocess.CompletedProcess[str]
LOGIN = "admin:canary-4711"
NAMES = {planned.name for planned in PLAN}


def kmop(
    home: Path,
    url: str,
    *arguments: str,
    login: str = LOGIN,
    seed: int = 0,
    command: str = "deploy",
) -> Ran:
    more = {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": login, "PYTHONHASHSEED": str(seed)}
    more |= {"PREFECT_HOME": str(home / "client")}
    return subprocess.run(  # noqa: S603 - our own interpreter
        [*KMOP, command, *arguments],
        env=environment(home, more=more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Ran]]:
    """Run a server that asks for a log-in; give a way to deploy to it."""
    home = tmp_path_factory.mktemp("deploying")
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = server.Place("127.0.0.1", free.getsockname()[1], home / "prefect")
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("PREFECT_SERVER_API_AUTH_STRING", LOGIN)
        with server.running(place):
            yield lambda *said, **more: kmop(home, f"{place.url}/api", *said, **more)


def answer(ran: Ran) -> dict[str, Any]:
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_where_nothing_is_deployed_the_doctor_says_how_it_is(deploy: Callable[..., Ran]) -> None:
    told = json.loads(deploy("--json", command="doctor").stdout)["findings"]
    [pool] = [one for one in told if one["part"] == "pool"]
    assert (pool["state"], pool["what"]) == ("broken", "there is no work pool kmop")
    assert pool["repair"] == "run: kmop deploy --pool kmop"


def test_a_dry_run_says_what_is_missing_and_writes_nothing(deploy: Callable[..., Ran]) -> None:
    for _ in range(2):
        said = answer(deploy("--pool", "yard", "--dry-run", "--json"))
        assert set(said["created"]) == {"work pool yard", *NAMES}


def test_the_second_time_nothing_is_left_to_do(deploy: Callable[..., Ran]) -> None:
    first = answer(deploy("--pool", "yard", "--json"))
    assert {"work pool yard", *NAMES} < set(first["created"])
    assert "kmop: run without heartbeat" in first["created"]
    for seed in (1, 2, 3):  # sets come in another order
        again = answer(deploy("--pool", "yard", "--json", seed=seed))
        assert (again["created"], again["changed"], again["retired"]) == ([], [], [])
    assert deploy("--pool", "yard").stdout.startswith("nothing to change: ")


def test_another_pool_changes_every_deployment(deploy: Callable[..., Ran]) -> None:
    said = answer(deploy("--pool", "other", "--dry-run", "--json"))
    assert (said["created"], set(said["changed"])) == (["work pool other"], NAMES)


def test_a_wrong_log_in_is_refused_and_not_repeated(deploy: Callable[..., Ran]) -> None:
    ran = deploy(login="admin:wrong-canary")
    assert ran.returncode == 6
    assert ran.stderr.startswith("configuration: the Prefect API at http://127.0.0.1:")
    assert "asks for a log-in (401)" in ran.stderr
    assert "canary" not in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def test_an_api_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ran = kmop(tmp_path, f"http://user:canary@127.0.0.1:{port}/api")
    assert ran.returncode == 75
    assert f"http://127.0.0.1:{port}/api cannot be reached" in ran.stderr
    assert "canary" not in ran.stderr


def test_without_an_address_the_way_out_is_named(tmp_path: Path) -> None:
    ran = kmop(tmp_path, "")
    assert ran.returncode == 6
    assert "PREFECT_API_URL is not set" in ran.stderr
