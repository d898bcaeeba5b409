"""Keep what the program of today leaves and says, for the programs of tomorrow to be held to.

`python -m tests.recording` writes the four files of today's schema into tests/upgrades: a stored
database for SQLite and one for Postgres, and what this program writes next, each statement.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.adapters.store.revision import newest
from kmop_lifecycle.cli import main
from kmop_lifecycle.settings import Settings
from tests.postgres import Server, binaries, server
from tests.stories import ROOT, application

UPGRADES = ROOT / "tests" / "upgrades"
EXAMPLES = ROOT / "config" / "examples"
TODAY = date(2026, 11, 24)  # the day of all recordings: what they say must not depend on yours
BY, FIRM = ("--by", "admin:els"), ("--by", "provider:acme")
PAPERS = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")
_WRITING = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|CREATE|DROP|TRUNCATE)\b")
EVERY = 40  # so many rows of the example's sheet for one that is taken: thirteen are


def _kmop(*words: str) -> None:
    """Run a command as a process of its own would: what it opened is closed."""
    engines: list[Engine] = []
    opened = bootstrap.database

    def remembered(settings: Settings) -> Engine:
        engines.append(opened(settings))
        return engines[-1]

    clock = SimulatedClock(TODAY)
    with (
        mock.patch.object(bootstrap, "database", remembered),
        mock.patch.object(bootstrap, "SystemClock", return_value=clock),
    ):
        code = main(list(words))
    for engine in engines:
        engine.dispose()
    assert code == 0, (words, code)


def _story(folder: Path) -> None:
    """Live until that day: an application, a first step, an adoption, a sheet, a sweep."""
    head, *rows = (EXAMPLES / "providers.csv").read_text(encoding="utf-8").splitlines()
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join([head, *rows[::EVERY]]) + "\n", encoding="utf-8")
    _kmop("db", "upgrade")
    _kmop("submit", str(EXAMPLES / "application.yaml"))
    papers = json.dumps(dict.fromkeys(PAPERS, str(TODAY)))
    _kmop("fire", "2026-000001", "confirm_prepared", "--by", "bureau:plan", "--data", papers)
    _kmop("adopt", str(EXAMPLES / "adoption.yaml"), *BY)
    _kmop("import", str(sheet), *BY)
    _kmop("sweep")


def _work(folder: Path) -> None:
    """Do a little more: a pause, a withdrawal, an application, a sweep."""
    new = folder / "new.json"
    new.write_text(json.dumps(application(enterprise_number="1900.000.168")), encoding="utf-8")
    why = json.dumps({"reason": "asked for"})
    _kmop("fire", "2026-000009", "pause", "--by", "bureau:plan", "--data", why)
    _kmop("fire", "2026-000010", "withdraw", *FIRM, "--data", why)
    _kmop("submit", str(new), *FIRM)
    _kmop("sweep")


class Listening(psycopg.Cursor[Any]):
    """Says to the server what it is told, and keeps it, values filled in."""

    said: list[str] = []  # noqa: RUF012  # one list for all of a recording

    def _keep(self, query: Any, values: Any) -> None:
        self.said.append(psycopg.ClientCursor(self.connection).mogrify(query, values))

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        self._keep(query, params)
        return super().execute(query, params, **how)

    def executemany(self, query: Any, params_seq: Any, **how: Any) -> None:
        each = list(params_seq)
        for one in each:
            self._keep(query, one)
        super().executemany(query, each, **how)

    @contextmanager
    def copy(self, statement: Any, params: Any = None, **how: Any) -> Iterator[Any]:
        """Keep a COPY as the inserts it stands for."""
        into = re.fullmatch(r"COPY (.+) FROM STDIN", statement)
        with super().copy(statement, params, **how) as stream:
            write = stream.write_row

            def kept(row: Any) -> None:
                places = ", ".join(["%s"] * len(row))
                self._keep(f"INSERT INTO {into[1]} VALUES ({places})", row)  # noqa: S608
                write(row)

            stream.write_row = kept
            yield stream


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Hear what is written to any database, as its driver is told it."""
    said: list[str] = []
    Listening.said = said

    def listen(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(said.append)
        else:
            connection.cursor_factory = Listening

    event.listen(Engine, "connect", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "connect", listen)


def _lines(said: list[str]) -> str:
    writing = [one.strip() for one in said if _WRITING.match(one)]
    return "".join(f"{one};\n" for one in writing)


def _dumped(url: str, running: Server) -> str:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return "\n".join(file.iterdump()) + "\n"
    name = url.partition("?")[0].rpartition("/")[2]
    told = subprocess.run(  # noqa: S603
        [str(binaries() / "pg_dump"), "-h", str(running.folder), "-U", "kmop", "--inserts",
         "--no-owner", "--no-privileges", "--no-comments", name],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return "\n".join(one for one in told if one and not one.startswith(("--", "\\"))) + "\n"


def record(url: str, running: Server, stored: Path, at_work: Path) -> None:
    """Live on an empty database, keep it, go on and keep what is said."""
    settings = {"KMOP_DATABASE_URL": url, "KMOP_CONFIG_DIR": str(ROOT / "config")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KMOP_")}
    with (
        mock.patch.dict(os.environ, kept | settings, clear=True),
        tempfile.TemporaryDirectory() as folder,
    ):
        _story(Path(folder))
        stored.write_text(_dumped(url, running), encoding="utf-8")
        with _heard() as said:
            _work(Path(folder))
        at_work.write_text(_lines(said), encoding="utf-8")


def record_all(to: Path, running: Server, postgres: str, sqlite: str) -> None:
    """Write the four files of today's schema into a folder like tests/upgrades."""
    for folder in (to / "postgres", to / "at_work"):
        folder.mkdir(parents=True, exist_ok=True)
    at = newest()
    record(sqlite, running, to / f"{at}.sql", to / "at_work" / f"{at}.sqlite.sql")
    record(postgres, running, to / "postgres" / f"{at}.sql", to / "at_work" / f"{at}.postgres.sql")


if __name__ == "__main__":
    with server() as mine, mine.bare_database() as bare, tempfile.TemporaryDirectory() as place:
        record_all(UPGRADES, mine, bare, f"sqlite:///{place}/stored.db")
