"""Whoever writes into the database behind the gate's back is found, column by column."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.tables import CASE, HISTORY
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.stories import Actor, certified

# How a column is falsified: a statement on the one case, or on the third row of its history.
OTHER = {
    "number": "'2026-000009'",
    "kind": "'starter'",
    "state": "'revoked'",
    "trigger": "'waive'",
    "source": "'applied'",
    "target": "'expired'",
    "actor": "'provider:acme'",
    "on": "'2026-01-06'",
    "applied_on": "'2026-01-06'",
    "last_on": "'2026-01-06'",
    "valid_from": "NULL",
    "valid_until": "'2036-03-16'",
    "ended_on": "'2026-06-01'",
    "renews": "'2026-000009'",
    "version": "8",
    "seq": "9",
    "id": "7",
    "case_id": "7",
    "facts": "'{}'",
    "recorded_at": "'2025-01-01 00:00:00'",
    "enterprise": "'0202239951'",
    "bureau": "'Kiwa'",
}
UNSEEN = {"warnings", "rules"}  # said beside the facts; nothing else on record tells them again


@pytest.fixture
def engine(sqlite_url: str):
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def office(engine: Engine) -> Office:
    office = Office()
    office.house = replace(office.house, store=open_store(engine))
    office.live(certified())
    sweep(office.on("2030-06-01").house, date(2030, 6, 1))
    assert verify(office.house).breaches == []
    return office


def tampered(engine: Engine, statement: str) -> None:
    """Write past triggers and references, as whoever holds the file can."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        names = driver.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            driver.execute(f"DROP TRIGGER {name}")
        assert driver.execute(statement).rowcount > 0
        driver.execute("PRAGMA foreign_keys = ON")


@pytest.mark.parametrize("column", [c.name for c in CASE.columns])
def test_no_column_of_a_case_can_be_changed_unseen(office, engine, column):
    tampered(engine, f'UPDATE "case" SET "{column}" = {OTHER[column]}')  # noqa: S608
    assert verify(office.house).total


@pytest.mark.parametrize("column", [c.name for c in HISTORY.columns if c.name not in UNSEEN])
def test_no_column_of_a_history_can_be_changed_unseen(office, engine, column):
    tampered(engine, f'UPDATE history SET "{column}" = {OTHER[column]} WHERE seq = 3')  # noqa: S608
    assert verify(office.house).total


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM history WHERE seq = 1",
        "DELETE FROM history WHERE seq = 7",
        "DELETE FROM history",
        'DELETE FROM "case"',
        "DELETE FROM deadline",
        "UPDATE deadline SET due_on = '2035-01-01'",
        "DELETE FROM notice WHERE ladder = 'step'",
        "DELETE FROM notice WHERE ladder = 'renewal'",
        "UPDATE notice SET rung = '-9m' WHERE ladder = 'renewal'",
        "UPDATE notice SET anchor_on = '2031-04-01' WHERE ladder = 'renewal'",
        "UPDATE notice SET role = 'boss'",
    ],
)
def test_no_row_can_be_taken_away_or_made_up_unseen(office, engine, statement):
    tampered(engine, statement)
    assert verify(office.house).total


def test_an_answer_without_its_step_is_seen(office, engine):
    by = Actor.parse("authority:vlaio")
    command = Command(Trigger.SUSPEND, by, "2026-000001", data={"reason": "x"}, key="k")
    fire(office.house, command)
    assert verify(office.house).breaches == []
    tampered(engine, "UPDATE command_log SET body = json_set(body, '$.version', 40)")
    assert [breach.row for breach in verify(office.house).breaches] == ["command k"]
