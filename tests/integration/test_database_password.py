"""A Postgres that asks for a password: the setting opens it, a wrong one is told in one line.

All commands run with every logger of every library at DEBUG and with tracebacks asked for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.canary import LOUD, environment
from tests.postgres import Server

pytestmark = pytest.mark.postgres

GUEST, PASSWORD = "guest", "canary-p@ss:w/ord#%41? 'x'"  # signs that an address gives a meaning to
WRONG = "canary-wrong%s@5d2e"
DATABASE = "guarded"


@dataclass
class Guarded:
    """A database whose owner logs in with a password."""

    folder: Path
    socket: Path

    def url(self, password: str = "") -> str:
        """Return its address, with a password in it or without."""
        return f"postgresql://{GUEST}{password}@/{DATABASE}?host={self.socket}"

    def run(self, *commands: list[str], **settings: str) -> tuple[list[int], str]:
        """Run commands in one loud process; return their exit codes and all that was said."""
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", LOUD, json.dumps(commands)],
            env=environment(self.folder, self.url(), settings),
            cwd=self.folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        said = ran.stdout + ran.stderr
        assert "canary-" not in said
        assert "Traceback" not in said
        codes = ran.stderr.rpartition("DEBUG:canary:codes ")[2]
        return json.loads(codes), said


@pytest.fixture(scope="module")
def guarded(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """The shared server, which asks one role of its own for a password."""
    rules = postgres_server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    kept = PASSWORD.replace("'", "''")
    postgres_server.run(f"CREATE ROLE {GUEST} LOGIN PASSWORD '{kept}'")
    postgres_server.run(f"CREATE DATABASE {DATABASE} OWNER {GUEST}")
    rules.write_text(f"local all {GUEST} scram-sha-256\n{before}")
    postgres_server.run("SELECT pg_reload_conf()")
    guarded = Guarded(tmp_path_factory.mktemp("guarded"), postgres_server.folder)
    until_asked(guarded)
    yield guarded
    rules.write_text(before)
    postgres_server.run("SELECT pg_reload_conf()")
    postgres_server.run(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    postgres_server.run(f"DROP ROLE {GUEST}")


def until_asked(guarded: Guarded) -> None:
    """Wait until the server has read its rules: a reload is not done when it is answered."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            psycopg.connect(guarded.url()).close()
        except psycopg.OperationalError as refusal:
            if "no password supplied" in str(refusal):
                return
    pytest.fail("the server lets anybody in")


def test_the_right_password_opens_it_wherever_it_is_written(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUEST_SECRET", PASSWORD)
    file = guarded.folder / "db-password"
    file.write_text(f"{PASSWORD}\n")
    backup = guarded.folder / "copy.kmop"
    codes, said = guarded.run(
        ["db", "upgrade"], ["db", "check"], ["sweep"], ["verify"], ["db", "backup", str(backup)],
        ["db", "restore", str(backup)],
        DATABASE_PASSWORD=PASSWORD,
    )  # fmt: skip
    assert codes == [0, 0, 0, 0, 0, 0], said
    for place in (f"file:{file}", "env:GUEST_SECRET"):
        codes, said = guarded.run(["db", "check"], DATABASE_PASSWORD=place)
        assert codes == [0], said


@pytest.mark.parametrize("password", [WRONG, ""])
def test_a_wrong_password_is_told_in_one_line_by_every_command(
    guarded: Guarded, password: str
) -> None:
    codes, said = guarded.run(
        ["db", "current"], ["db", "upgrade"], ["sweep"], ["deliver"], ["verify"], ["metrics"],
        ["case", "list"], ["db", "backup", str(guarded.folder / "none.kmop")],
        DATABASE_PASSWORD=password,
    )  # fmt: skip
    assert codes == [6] * 8
    assert said.count("the database refuses this user or password") == 8


def test_a_password_in_two_places_is_refused_and_none_is_shown(guarded: Guarded) -> None:
    codes, said = guarded.run(
        ["db", "current"], ["doctor"],
        DATABASE_URL=guarded.url(":canary-in-the-address"), DATABASE_PASSWORD=WRONG,
    )  # fmt: skip
    assert codes[0] == 6
    assert "database_password (variable KMOP_DATABASE_PASSWORD): database_url carries" in said
