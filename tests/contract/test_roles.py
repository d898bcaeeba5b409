"""The roles of a Postgres database: the program does its work and cannot rewrite history."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import text

from kmop_lifecycle.adapters.store import backups
from kmop_lifecycle.adapters.store.roles import _MAY, give, grants
from kmop_lifecycle.adapters.store.tables import Row
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.intake import Entry, intake
from kmop_lifecycle.service.ports import CaseFilter
from kmop_lifecycle.service.queries import listed
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import opened
from tests.stories import application, certified

CREATED = """
    DO $$ BEGIN CREATE ROLE {0} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$
"""


@pytest.fixture
def granted(postgres_server, postgres_url: str):
    """The address of the database for each of its roles."""
    for role in ("kmop_app", "kmop_reader"):
        postgres_server.run(CREATED.format(role))
    with opened(postgres_url) as owner:
        for _ in range(2):  # said again, it changes nothing
            give(owner, "kmop_app", "kmop_reader", apply=True)
    return lambda role: postgres_url.replace("kmop@", f"{role}@", 1)


def office(engine) -> Office:
    office = Office()
    office.house = replace(office.house, store=open_store(engine))
    return office


@pytest.mark.postgres
def test_the_program_does_all_its_work_and_cannot_rewrite_history(granted):
    with opened(granted("kmop_app")) as engine:
        busy = office(engine)
        busy.live(certified())
        other = application(enterprise_number="0202.239.951")
        rows = [Entry(1, Trigger.SUBMIT, other)]
        assert intake(busy.house, rows, Actor.parse("admin:els")).written
        assert sweep(busy.house, busy.clock.today()).failed == []
        assert deliver(busy.house).counts["sent"]
        busy.on("2031-06-01")
        assert sweep(busy.house, busy.clock.today()).moved.total()
        assert verify(busy.house).breaches == []
        for statement in (
            "UPDATE history SET actor = 'admin:nobody'",
            "DELETE FROM history",
            "TRUNCATE history",
            'DELETE FROM "case"',
            "DROP TABLE history",
            "ALTER TABLE history DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "UPDATE command_log SET body = '{}'",
        ):
            with engine.connect() as connection, pytest.raises(Exception, match="InsufficientPri"):
                connection.execute(text(statement))


@pytest.mark.postgres
def test_a_reader_lists_and_verifies_and_writes_nothing(granted):
    with opened(granted("kmop_app")) as engine:
        office(engine).live(certified())
    verbs = ("DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES")
    with opened(granted("kmop_reader")) as engine:
        reading = office(engine)
        assert len(listed(reading.house, CaseFilter())) == 1
        assert verify(reading.house).breaches == []
        for table in Row.metadata.tables:
            for verb in (spoken.format(f'"{table}"') for spoken in verbs):
                with engine.connect() as line, pytest.raises(Exception, match="InsufficientPri"):
                    line.execute(text(verb))


@pytest.mark.postgres
@pytest.mark.parametrize("role", ["kmop_app", "kmop_reader"])
def test_a_copy_of_everything_needs_no_owner(granted, role, tmp_path):
    with opened(granted(role)) as engine:
        backups.save(engine, tmp_path / "night.kmop")
    with zipfile.ZipFile(tmp_path / "night.kmop") as bundle:
        tables = {name.removesuffix(".copy") for name in bundle.namelist()} - {"manifest.json"}
    assert tables == set(Row.metadata.tables)


@pytest.mark.postgres
def test_a_role_that_no_grant_limits_and_one_that_is_missing_are_refused(postgres_url: str):
    with opened(postgres_url) as owner:
        with pytest.raises(ConfigurationError, match="superuser or owns"):
            give(owner, "kmop", "kmop_reader", apply=True)
        with pytest.raises(ConfigurationError, match="no role nobody_here") as told:
            give(owner, "nobody_here", "kmop_reader", apply=True)
        assert "CREATE ROLE" in told.value.hint


def test_every_table_has_its_rights_and_a_name_carries_no_sql(sqlite_url: str):
    assert set(_MAY) == set(Row.metadata.tables)
    for app, reader in (('x"; DROP TABLE history; --', "b"), ("a", "A"), ("a", "a"), ("", "b")):
        with pytest.raises(BadInput):
            grants("public", "kmop", app, reader)
    with opened(sqlite_url) as engine, pytest.raises(ConfigurationError, match="no roles"):
        give(engine, "a", "b", apply=False)
