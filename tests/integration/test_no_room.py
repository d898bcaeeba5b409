"""No room for a file: whatever writes one says so in one line and leaves no half of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kmop_lifecycle.service.verify import verify
from tests.integration.test_ground import living
from tests.killing import opened
from tests.stories import ROOT, application, applied

# A file that would grow beyond the limit meets EFBIG, as a full disk would meet it with ENOSPC;
# Python itself ignores the signal that comes with it.
MAIN = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from kmop_lifecycle.cli import main
sys.exit(main(sys.argv[2:]))
"""
# A child that is measured would have no room for what is measured of it.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
SMALL = 512
NAME = "Acme Opleidingen"
PREVIEW = ("notice", "preview", "2026-000001", "--ladder", "step", "--rung=submit")


class Narrow:
    """An installation with one case, and commands with room for so many bytes in a file."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.out = folder / "out"
        self.out.mkdir()

    def run(self, *args: object, room: int = SMALL) -> tuple[int, str]:
        ours = {"KMOP_DATABASE_URL": self.url, "KMOP_CONFIG_DIR": str(ROOT / "config")}
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-B", "-c", MAIN, str(room), *map(str, args)],
            env=_ENVIRONMENT | ours, cwd=self.folder,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in ran.stderr
        return ran.returncode, ran.stderr

    def left(self) -> list[str]:
        return sorted(str(file.relative_to(self.out)) for file in self.out.rglob("*.*"))


@pytest.fixture
def narrow(sqlite_url: str, tmp_path: Path) -> Iterator[Narrow]:
    with opened(sqlite_url) as engine:
        living(sqlite_url, engine).live(applied())
        with engine.connect():  # its shared memory is there, and need not be made by who reads
            yield Narrow(sqlite_url, tmp_path)


@pytest.mark.parametrize(
    ("command", "target"),
    [
        (("db", "backup"), "copy.kmop"),
        (("metrics", "--to"), "kmop.prom"),
        (("calendar", "--staff", "--to"), ""),
        (("notice", "gallery", "--to"), ""),
        ((*PREVIEW, "--to"), "p.html"),
    ],
)  # fmt: skip
def test_a_file_without_room_is_told_and_no_half_of_it_is_left(
    narrow: Narrow, command: tuple[str, ...], target: str
):
    code, told = narrow.run(*command, narrow.out / target)
    assert code in (2, 6, 75), told
    assert "large" in told or "full" in told or "room" in told or "disk" in told, told
    assert len(told.splitlines()) <= 2
    assert NAME not in told
    assert narrow.left() == []
    assert narrow.run(*command, narrow.out / target, room=2**30)[0] == 0
    assert narrow.left() != []


def test_an_old_file_survives_a_new_one_without_room(narrow: Narrow):
    (narrow.out / "kmop.prom").write_text("old\n")
    assert narrow.run("metrics", "--to", narrow.out / "kmop.prom")[0] != 0
    assert (narrow.out / "kmop.prom").read_text() == "old\n"
    page = narrow.out / "p.html"
    page.write_text("old\n")

    assert narrow.run(*PREVIEW, "--to", page)[0] != 0
    assert page.read_text() == "old\n"


@pytest.mark.postgres
def test_a_dump_without_room_is_told_and_no_half_of_it_is_left(postgres_url: str, tmp_path: Path):
    narrow = Narrow(postgres_url, tmp_path)
    code, told = narrow.run("db", "backup", narrow.out / "copy.kmop")
    assert (code, narrow.left()) == (2, [])
    assert "File too large" in told


def test_a_restore_without_room_leaves_all_as_it_was(narrow: Narrow):
    copy, new = narrow.folder / "copy.kmop", f"sqlite:///{narrow.out}/new.db"
    assert narrow.run("db", "backup", copy, room=2**30)[0] == 0
    narrow.url = new
    code, told = narrow.run("db", "restore", copy)
    assert (code, narrow.left()) == (75, [])
    assert "disk" in told
    report = narrow.folder / "report.json"
    code, told = narrow.run("db", "restore", copy, "--report", report, room=2**30)
    assert code == 0, told
    assert report.is_file()


def test_a_database_without_room_asks_to_try_again_and_with_room_it_goes_on(narrow: Narrow):
    file = narrow.folder / "more.json"
    file.write_text(json.dumps(application(enterprise_number="0202.239.951")))
    code, told = narrow.run("submit", file)
    assert code == 75, told
    assert "disk" in told
    assert narrow.run("submit", file, room=2**30)[0] == 0
    with opened(narrow.url) as engine:
        office = living(narrow.url, engine)
        report = verify(office.house)
        assert (report.cases, report.breaches) == (2, [])
