"""Which processes a cluster has, and what they are told; nothing is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cluster import ground, life, login
from flows.cluster.plan import Plan
from flows.server import Place
from kmop_lifecycle.domain.errors import ConfigurationError, NotFound


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    apis = tuple(Place("127.0.0.1", port, tmp_path) for port in (4301, 4302))
    return Plan(tmp_path, tmp_path / "s", 4303, apis, workers=3, login="office:secret")


def test_nobody_migrates_at_a_start_and_one_server_registers_blocks(plan: Plan) -> None:
    servers = [part for part in plan.servers() if part.health]
    assert len(servers) == 2
    assert all("--no-services" in part.command for part in servers)
    every = [*plan.servers(), *plan.hands()]
    assert {p.settings["PREFECT_API_DATABASE_MIGRATE_ON_START"] for p in every} == {"false"}
    registering = [p.settings["PREFECT_SERVER_REGISTER_BLOCKS_ON_START"] for p in servers]
    assert registering == ["true", "false"]


def test_the_services_run_once_and_apart(plan: Plan) -> None:
    apart = [part for part in plan.servers() if "services" in part.command]
    assert [part.name for part in apart] == ["services"]


def test_workers_share_the_api_servers(plan: Plan) -> None:
    asked = [part.settings["PREFECT_API_URL"] for part in plan.hands()]
    assert asked == [f"http://127.0.0.1:{port}/api" for port in (4302, 4301, 4302)]
    assert len({part.name for part in plan.hands()}) == 3


def test_each_use_of_redis_is_sent_to_this_redis(plan: Plan) -> None:
    told = plan.settings(plan.apis[0])
    urls = [value for value in told.values() if value.startswith("redis://")]
    assert sorted(urls) == [f"redis://127.0.0.1:4303/{n}" for n in range(3)]


def test_the_register_and_prefect_have_a_database_each(plan: Plan) -> None:
    told = plan.settings(plan.apis[0])
    own = told["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    assert "@/kmop?" in told["KMOP_DATABASE_URL"]
    assert "@/prefect?" in own


def test_whoever_asks_knows_the_login_that_is_asked_for(plan: Plan) -> None:
    for part in [*plan.servers(), *plan.hands()]:
        assert part.settings["PREFECT_SERVER_API_AUTH_STRING"] == "office:secret"
        assert part.settings["PREFECT_API_AUTH_STRING"] == "office:secret"
    assert "secret" not in repr(plan)


def test_a_login_is_drawn_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    drawn = login.login(tmp_path / "a" / "b")
    assert login.login(tmp_path / "a" / "b") == drawn
    assert login.login(tmp_path / "other") != drawn
    assert login.file(tmp_path / "other").stat().st_mode & 0o777 == 0o600


def test_an_empty_login_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    login.file(tmp_path).write_text("office:\n")
    with pytest.raises(ConfigurationError, match="there is no login in"):
        login.login(tmp_path)


def test_without_redis_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(ground.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="no redis-server on this machine") as refused:
        ground.tools("redis")
    assert "apt-get install redis-server" in refused.value.hint


def test_a_part_that_is_gone_does_not_live(tmp_path: Path) -> None:
    assert not life._lives(2**22 + 1)
    with pytest.raises(NotFound, match="no cluster runs in"):
        life.status(tmp_path)
