"""Databases that earlier versions of this program wrote are brought up to date, and still hold.

`tests/upgrades` has one for each version of the schema that was ever current on the main branch,
written by the program of its day: an application, a first step, an adoption, a sheet, a sweep.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.store import migrate
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import opened

STORED = {file.stem: file for file in (Path(__file__).parent.parent / "upgrades").glob("*.sql")}
LATER = date(2032, 1, 1)
KEPT = ("case", "history", "notice", "party", "command_log", "case_number")


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what must outlive an upgrade: of each table the columns that never change."""
    own = {
        "case": "number, state, version, enterprise",
        "history": "*",
        "notice": "case_id, ladder, anchor, anchor_on, rung, recipient, channel, due_on",
        "party": "enterprise, facts",
        "command_log": "key, body",
        "case_number": "id",
    }
    with sqlite3.connect(file) as open_:
        return {
            name: sorted(open_.execute(f'SELECT {own[name]} FROM "{name}"'), key=repr)  # noqa: S608
            for name in KEPT
        }


@pytest.fixture(params=sorted(STORED))
def stored(request, tmp_path) -> Path:
    file = tmp_path / f"{request.param}.db"
    with sqlite3.connect(file) as open_:
        open_.executescript(STORED[request.param].read_text(encoding="utf-8"))
    open_.close()
    assert migrate.current(f"sqlite:///{file}") == request.param
    return file


def test_the_schema_of_today_has_a_database_to_be_upgraded_tomorrow():
    assert migrate.head() in STORED


def test_an_upgrade_keeps_every_row_and_the_record_still_proves_itself(stored):
    before = rows(stored)
    migrate.upgrade(f"sqlite:///{stored}")
    assert rows(stored) == before
    with opened(f"sqlite:///{stored}") as engine:
        assert migrate.check(engine) == []
        house = replace(Office().on("2026-11-24").house, store=open_store(engine))
        report = verify(house)
        assert (report.breaches, report.cases) == ([], 15)


def test_after_an_upgrade_time_goes_on(stored):
    migrate.upgrade(f"sqlite:///{stored}")
    with opened(f"sqlite:///{stored}") as engine:
        house = replace(Office().on(str(LATER)).house, store=open_store(engine))
        assert sweep(house, LATER).failed == []
        assert verify(house).breaches == []
        with house.store(reading=True) as uow:
            states = uow.counts()["state"]
        assert set(states) <= {State.EXPIRED, State.WITHDRAWN}
