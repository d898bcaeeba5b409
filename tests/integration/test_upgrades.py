"""Databases that earlier versions of this program wrote are brought up to date, and still hold.

`tests/upgrades` has one for each version of the schema that was ever current on the main branch,
of SQLite and of Postgres, written by the program of its day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kmop_lifecycle.adapters.store import migrate
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import opened
from tests.stored import AT_WORK, ON_POSTGRES, REVISIONS, fill, rows

LATER = date(2032, 1, 1)


@pytest.fixture(
    params=[
        *(("sqlite", revision) for revision in REVISIONS),
        *(pytest.param(("postgres", r), marks=pytest.mark.postgres) for r in ON_POSTGRES),
    ],
    ids="-".join,
)
def stored(request, tmp_path) -> str:
    kind, revision = request.param
    url = f"sqlite:///{tmp_path / 'stored.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("bare_postgres_url")
    fill(url, revision)
    assert migrate.current(url) == revision
    return url


def test_the_schema_of_today_has_a_database_to_be_upgraded_tomorrow():
    """And what its program says at work; `python -m tests.recording` writes them."""
    assert migrate.head() in REVISIONS
    assert REVISIONS == ON_POSTGRES == AT_WORK


def test_an_upgrade_keeps_every_row_and_the_record_still_proves_itself(stored):
    before = rows(stored)
    migrate.upgrade(stored)
    assert rows(stored) == before
    with opened(stored) as engine:
        assert migrate.check(engine) == []
        house = replace(Office().on("2026-11-24").house, store=open_store(engine))
        report = verify(house)
        assert (report.breaches, report.cases) == ([], 15)


def test_after_an_upgrade_time_goes_on(stored):
    migrate.upgrade(stored)
    with opened(stored) as engine:
        house = replace(Office().on(str(LATER)).house, store=open_store(engine))
        assert sweep(house, LATER).failed == []
        assert verify(house).breaches == []
        with house.store(reading=True) as uow:
            states = uow.counts()["state"]
        assert set(states) <= {State.EXPIRED, State.WITHDRAWN}
