"""The ground gives way: disk, file, server, schema, zone; it is told, and nothing is half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.migrate import current, head, upgrade
from kmop_lifecycle.adapters.store.revision import newest
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import ConfigurationError, IntegrityBreach, TryAgain
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import opened
from tests.postgres import server
from tests.stories import ROOT, application, applied

MAIN = "from kmop_lifecycle.cli import main; main"
KILL = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def living(url: str, engine) -> Office:
    office = Office()
    office.house = replace(office.house, store=open_store(engine))
    return office


def filled(office: Office) -> None:
    """Open and end cases until there is no room."""
    by = Actor.parse("provider:a")
    for n in range(1, 200):
        big = application(enterprise_number="0566.988.259", name="x" * 3000)
        fire(office.house, Command(Trigger.SUBMIT, by, data=big))
        fire(office.house, Command(Trigger.WITHDRAW, by, f"2026-{n:06d}"))


def test_a_full_disk_is_told_and_with_room_again_it_goes_on(sqlite_url: str):
    engine = make_engine(sqlite_url)
    room = {"pages": 0}

    @event.listens_for(engine, "connect")
    def limit(connection, _):
        if room["pages"] == 0:
            room["pages"] = connection.execute("PRAGMA page_count").fetchone()[0] + 1
            connection.execute(f"PRAGMA max_page_count = {room['pages']}")

    office = living(sqlite_url, engine)
    with pytest.raises(TryAgain, match="full"):
        filled(office)
    engine.dispose()
    assert verify(office.house).breaches == []
    assert office.live(applied(enterprise_number="0202.239.951"))
    assert verify(office.house).breaches == []
    engine.dispose()


def test_a_damaged_page_is_told_as_a_breach(sqlite_url: str):
    with opened(sqlite_url) as engine:
        office = living(sqlite_url, engine)
        office.live(applied())
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    file.write_bytes(whole)
    with opened(sqlite_url) as engine:
        broken = replace(office.house, store=open_store(engine))
        with pytest.raises(IntegrityBreach, match="damaged") as told:
            verify(broken)
        assert "backup" in told.value.hint
        assert told.value.exit_code == 7


@pytest.mark.postgres
def test_a_damaged_page_of_postgres_is_told_as_a_breach():
    """On a server of its own, which falls and rises: what lies in its memory is still whole."""
    with server() as alone, alone.bare_database() as url:
        upgrade(url)
        with opened(url) as engine:
            office = living(url, engine)
            office.live(applied())
            with engine.connect() as connection:
                file = connection.scalar(text("SELECT pg_relation_filepath('history')"))
        alone.run("CHECKPOINT")
        alone.crash()
        page = alone.folder / "data" / str(file)
        page.write_bytes(b"\xff" * 8192 + page.read_bytes()[8192:])
        alone.rise()
        with opened(url) as engine:
            broken = replace(office.house, store=open_store(engine))
            with pytest.raises(IntegrityBreach, match="damaged") as told:
                verify(broken)
            assert "backup" in told.value.hint


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("53100", TryAgain, "disk of the database is full"),
        ("58030", TryAgain, "does not answer"),
        ("XX002", IntegrityBreach, "index is damaged"),
    ],
)
def test_what_postgres_says_of_its_disk_is_told_plainly(postgres_url: str, state, kind, words):
    """Raised by a trigger in the place of the disk."""
    with opened(postgres_url) as engine:
        office = living(postgres_url, engine)
        with engine.begin() as connection:
            connection.execute(text(
                "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"
            ))  # fmt: skip
            connection.execute(text(
                'CREATE TRIGGER fails BEFORE INSERT ON "case" EXECUTE FUNCTION fails()'
            ))  # fmt: skip
        try:
            with pytest.raises(kind, match=words):
                office.live(applied())
        finally:
            with engine.begin() as connection:
                connection.execute(text("DROP FUNCTION fails CASCADE"))
        office.live(applied())
        assert verify(office.house).breaches == []


@pytest.mark.postgres
def test_connections_killed_under_load_lose_and_double_nothing(postgres_url: str):
    """Each command is tried again under its key until it is answered."""
    numbers = ("0566.988.259", "0202.239.951", "0403.019.261")
    done = threading.Event()

    def work(house, firm: str) -> None:
        for n in range(15):
            data = application(enterprise_number=firm)
            opening = Command(Trigger.SUBMIT, Actor.parse("provider:a"), data=data,
                              key=f"{firm} {n}")  # fmt: skip
            number = _until_answered(house, opening)["case"]
            ending = Command(Trigger.WITHDRAW, Actor.parse("provider:a"), number,
                             key=f"{firm} {n} end")  # fmt: skip
            _until_answered(house, ending)

    with opened(postgres_url) as engine, opened(postgres_url) as other:
        office = living(postgres_url, engine)
        workers = [threading.Thread(target=work, args=(office.house, n)) for n in numbers]
        for worker in workers:
            worker.start()
        killed = 0
        while any(worker.is_alive() for worker in workers) and killed < 12:
            with other.connect() as connection:
                killed += connection.execute(KILL).scalar_one()
            done.wait(0.05)
        for worker in workers:
            worker.join(30)
        report = verify(office.house)
    assert killed > 3
    assert (report.cases, report.events, report.breaches) == (45, 90, [])


def _until_answered(house, command: Command) -> dict:
    for _ in range(50):
        try:
            return fire(house, command).as_json()
        except TryAgain:
            continue
    raise AssertionError(command.key)


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_a_schema_of_another_version_is_refused(sqlite_url: str, revision: str, monkeypatch):
    from kmop_lifecycle import bootstrap  # noqa: PLC0415
    from kmop_lifecycle.settings import load_settings  # noqa: PLC0415

    with opened(sqlite_url) as engine, engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))  # noqa: S608
        if revision == "9999":  # and something was taken away
            connection.execute(
                text("INSERT INTO mark VALUES ('contracted', '9999', '2026-01-01')")
            )
    monkeypatch.setenv("KMOP_DATABASE_URL", sqlite_url)
    with pytest.raises(ConfigurationError, match=revision) as told:
        bootstrap.house(load_settings(config_dir=ROOT / "config"))
    assert told.value.hint
    if revision == "9999":
        with pytest.raises(ConfigurationError, match="newer"):
            upgrade(sqlite_url)
    assert current(sqlite_url) == revision


def test_the_version_that_is_needed_is_alembics_newest():
    assert newest() == head()


def test_neither_zone_nor_language_of_the_machine_changes_anything():
    scenario = str(ROOT / "tests/acceptance/scenarios/02_starter_follow_up_missed.yaml")
    told = []
    for zone, language in (("Pacific/Kiritimati", "C"), ("America/Adak", "tr_TR.UTF-8")):
        environment = {**os.environ, "TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": "7"}
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"{MAIN}(['replay', {scenario!r}, '--json'])"],
            cwd=ROOT, env=environment, capture_output=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        told.append(json.loads(ran.stdout))
    assert told[0] == told[1]
