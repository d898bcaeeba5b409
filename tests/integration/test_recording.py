"""What is kept of today's program for tomorrow's can be loaded, and holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.store import migrate
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import opened
from tests.postgres import Server
from tests.recording import TODAY, record_all
from tests.stored import fill, work_as

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def kept(tmp_path_factory, postgres_server: Server) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    with postgres_server.bare_database() as bare:
        record_all(folder, postgres_server, bare, f"sqlite:///{folder}/living.db")
    return folder


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_recording_is_a_database_that_goes_on(kind, kept, tmp_path, request):
    url = f"sqlite:///{tmp_path}/again.db"
    if kind == "postgres":
        url = request.getfixturevalue("bare_postgres_url")
    fill(url, migrate.head(), kept)
    with opened(url) as engine:
        assert migrate.check(engine) == []
        house = replace(Office().on(str(TODAY)).house, store=open_store(engine))
        assert (verify(house).breaches, verify(house).cases) == ([], 15)
        work_as(url, migrate.head(), kept)
        assert (verify(house).breaches, verify(house).cases) == ([], 16)
