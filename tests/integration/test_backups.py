"""A backup is made while others write; a restore is whole, held, and says what to compare."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.store import backups
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.outbox import HOLD, Switch
from kmop_lifecycle.service.reconcile import reconcile
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.integration.command_line import FIRST, PREPARE, SUBMIT, CommandLine
from tests.killing import Ground, opened
from tests.stories import applied, certified

HELD = Switch(HOLD, datetime(2026, 3, 17, 9, tzinfo=UTC), "system:restore", "restored")
NUMBERS = ("0202.239.951", "0403.019.261", "0404.616.494")


class Place(Ground):
    def __init__(self, url: str, empty: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.empty, self.copy, self.office = empty, folder / "copy.kmop", Office()
        with opened(url) as engine:
            self.office.house = replace(self.office.house, store=open_store(engine))
            self.office.live(certified())
            self.office.live(applied(enterprise_number=NUMBERS[0]))
            backups.save(engine, self.copy)
            self.was = self.rows(engine)

    def house(self, engine):
        return replace(self.office.house, store=open_store(engine))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    empty = f"sqlite:///{tmp_path / 'new' / 'kmop.db'}"
    if request.param == "postgres":
        empty = request.getfixturevalue("bare_postgres_url")
    return Place(request.getfixturevalue(f"{request.param}_url"), empty, tmp_path)


def test_what_was_backed_up_is_there_again_and_on_hold(place: Place):
    assert backups.bring_back(place.empty, place.copy, HELD, replace=False) is None
    with opened(place.empty) as engine:
        now = place.rows(engine)
        assert len(now.pop("switch")) == 1
        assert now == {name: rows for name, rows in place.was.items() if name != "switch"}
        house = place.house(engine)
        assert verify(house).breaches == []
        assert deliver(house).counts.total() == 0
        assert place.office.notifier.sent == []
        place.office.house = house
        assert place.office.live(applied(enterprise_number=NUMBERS[1])) == "2026-000003"


def test_the_report_names_what_may_have_been_sent_and_what_the_clock_owes(place: Place):
    backups.bring_back(place.empty, place.copy, HELD, replace=False)
    with opened(place.empty) as engine:
        place.office.on("2027-03-01")
        told = reconcile(place.house(engine)).as_json()
    assert told["recorded_until"]
    assert {row["case"] for row in told["may_have_been_sent"]} == {FIRST, "2026-000002"}
    assert told["clock_owes"]["moved"] == {"lapse": 1}
    assert "example" not in json.dumps(told)  # no address


def test_a_backup_holds_together_while_others_write(place: Place, tmp_path: Path):
    with opened(place.url) as engine:
        house = place.house(engine)
        office = Office()
        office.house = house
        writing = threading.Thread(
            target=lambda: [office.live(applied(enterprise_number=n)) for n in NUMBERS[1:]]
        )
        writing.start()
        backups.save(engine, tmp_path / "busy.kmop")
        writing.join()
    backups.bring_back(place.empty, tmp_path / "busy.kmop", HELD, replace=False)
    with opened(place.empty) as engine:
        assert verify(place.house(engine)).breaches == []


def test_a_backup_is_for_its_owner_and_writes_over_nothing(place: Place):
    assert stat.S_IMODE(place.copy.stat().st_mode) == 0o600
    with opened(place.url) as engine, pytest.raises(BadInput, match="exists already"):
        backups.save(engine, place.copy)


def test_a_database_with_cases_is_not_written_over(place: Place):
    with pytest.raises(BadInput) as told:
        backups.bring_back(place.url, place.copy, HELD, replace=False)
    assert told.value.hint
    with opened(place.url) as engine:
        assert place.rows(engine) == place.was


@pytest.mark.parametrize("cut", [0, 100, 4000])
def test_a_damaged_backup_changes_nothing(place: Place, tmp_path: Path, cut: int):
    broken = tmp_path / "broken.kmop"
    broken.write_bytes(b"\0" * 50 + place.copy.read_bytes()[50 : cut + 50])
    with pytest.raises(BadInput):
        backups.bring_back(place.url, broken, HELD, replace=True)
    with opened(place.url) as engine:
        assert place.rows(engine) == place.was


def test_a_backup_that_is_not_there_is_told(place: Place, tmp_path: Path):
    with pytest.raises(BadInput, match="cannot be read"):
        backups.bring_back(place.empty, tmp_path / "none.kmop", HELD, replace=True)


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


def test_from_the_shell_the_old_database_is_kept_aside(kmop):
    kmop.live(SUBMIT)
    copy = kmop.folder / "monday.kmop"
    assert kmop.done("db", "backup", copy)["bytes"] == copy.stat().st_size
    kmop.live(PREPARE)
    assert kmop("db", "restore", copy).code == 2  # it is there: only with --replace
    report = kmop.folder / "compare.json"
    ran = kmop("db", "restore", copy, "--replace", "--report", report)
    assert ran.code == 0, ran
    assert "1 notices may have been sent" in ran.out
    assert json.loads(report.read_text(encoding="utf-8"))["held"] is True
    assert kmop.done("case", "show", FIRST)["state"] == "applied"
    assert "held by system:restore" in kmop("deliver").err
    aside = kmop.folder / "kmop.db.replaced-1"
    kmop.set(DATABASE_URL=f"sqlite:///{aside}")
    assert kmop.done("case", "show", FIRST)["state"] == "prepared"
    assert date.fromisoformat("2026-01-20") == kmop.clock.today()


def test_in_a_folder_copies_are_named_after_their_moment_and_the_newest_stay(kmop, monkeypatch):
    folder = kmop.folder / "copies"
    folder.mkdir()
    beside = [folder / "monday.kmop", folder / "kmop-notes.txt"]
    for file in beside:
        file.write_text("not ours to remove")
    made = []
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        monkeypatch.setattr("kmop_lifecycle.cli.db.SystemClock", lambda: kmop.clock)
        kmop.on(day)
        made.append(Path(kmop.done("db", "backup", folder, "--keep", 2)["file"]))
    assert [file.name[:15] for file in made] == [f"kmop-2026-01-0{n}" for n in (5, 6, 7)]
    assert sorted(folder.iterdir()) == sorted([*made[1:], *beside])
    assert "removed" in kmop.on("2026-01-08")("db", "backup", folder, "--keep", 1).out
    newest = sorted(folder.glob("kmop-2*"))
    assert len(newest) == 1
    assert kmop("db", "restore", newest[0], "--replace").code == 0


def test_keep_is_for_a_folder(kmop):
    ran = kmop("db", "backup", kmop.folder / "one.kmop", "--keep", 3)
    assert (ran.code, ran.out) == (2, "")
    assert "is not a folder" in ran.err
    assert kmop("db", "backup", kmop.folder, "--keep", 0).code == 2


def test_an_old_copy_that_cannot_be_removed_is_told(kmop, monkeypatch):
    old = kmop.folder / "kmop-2020-01-01T000000Z.kmop"
    old.mkdir()  # a folder of that name cannot be unlinked, whoever asks
    ran = kmop("db", "backup", kmop.folder, "--keep", 1)
    assert ran.code == 2
    assert "the backup is made, but" in ran.err
    assert len([file for file in kmop.folder.glob("kmop-*.kmop") if file.is_file()]) == 1
