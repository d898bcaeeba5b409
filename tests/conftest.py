"""What all tests stand on: databases, the three stores, and how hard hypothesis tries."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Prefect: nothing leaves this machine, nothing touches a real home.
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="kmop-prefect-")
os.environ.pop("PREFECT_API_URL", None)

import pytest
from hypothesis import HealthCheck, settings

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.adapters.store.migrate import upgrade
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests.chaos.cluster import Cluster
from tests.chaos.stage import staged
from tests.postgres import Server, server

atexit.register(shutil.rmtree, os.environ["PREFECT_HOME"], ignore_errors=True)

# A store is lent to one test for all its examples; each leaves it as it was.
_LENT = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
settings.register_profile("dev", max_examples=30, **_LENT)
settings.register_profile("ci", max_examples=40, **_LENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server for the whole run, with the schema in its template; without binaries it fails."""
    with server() as running:
        upgrade(running.keep_template())
        yield running


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """A fresh database with the schema."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def bare_postgres_url(postgres_server: Server) -> Iterator[str]:
    """A fresh database without any table."""
    with postgres_server.bare_database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table, on either."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    url: str = request.getfixturevalue("bare_postgres_url")
    return url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "kmop.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A fresh database file with the schema."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'kmop.db')}"


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster]:
    """The production form, for tests that are told to play on it."""
    with staged() as running:
        yield running


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[OpenUnitOfWork]:
    """The three stores, one after the other; what a test says of `store` is true of all."""
    if request.param == "memory":
        yield MemoryStore()
        return
    engine = make_engine(request.getfixturevalue(f"{request.param}_url"))
    try:
        yield open_store(engine)
    finally:
        engine.dispose()
