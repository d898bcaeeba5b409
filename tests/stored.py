"""Databases that programs of earlier days wrote, and what those programs said while at work.

`tests/upgrades/NNNN.sql` and `postgres/NNNN.sql` hold one story each: an application, a first
step, an adoption, a sheet, a sweep; fifteen cases. `at_work/` has what each of those programs
wrote next, statement by statement: a pause, a withdrawal, an application, a sweep.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
from sqlalchemy import text

from tests.killing import opened

_ALL = Path(__file__).parent / "upgrades"
REVISIONS = sorted(file.stem for file in _ALL.glob("*.sql"))
ON_POSTGRES = sorted(file.stem for file in (_ALL / "postgres").glob("*.sql"))
AT_WORK = sorted({file.name.partition(".")[0] for file in (_ALL / "at_work").iterdir()})
_KEPT = {  # what outlives an upgrade: of each table the columns that never change
    "case": "number, state, version, enterprise",
    "history": "*",
    "notice": "case_id, ladder, anchor, anchor_on, rung, recipient, channel, due_on",
    "party": "enterprise, facts",
    "command_log": "key, body",
    "case_number": "id",
}


def fill(url: str, revision: str, among: Path = _ALL) -> None:
    """Fill an empty database with what the program of that revision left."""
    folder = among if url.startswith("sqlite") else among / "postgres"
    _said(url, (folder / f"{revision}.sql").read_text(encoding="utf-8"))


def work_as(url: str, revision: str, among: Path = _ALL) -> None:
    """Write what the program of that revision wrote next, with the statements it wrote it with."""
    kind = "sqlite" if url.startswith("sqlite") else "postgres"
    _said(url, (among / "at_work" / f"{revision}.{kind}.sql").read_text(encoding="utf-8"))


def rows(url: str) -> dict[str, list[str]]:
    """Return what must outlive an upgrade, comparable."""
    with opened(url) as engine, engine.connect() as open_:
        found = {
            name: open_.execute(text(f'SELECT {of} FROM "{name}"')).all()  # noqa: S608
            for name, of in _KEPT.items()
        }
        return {name: sorted(repr(tuple(row)) for row in got) for name, got in found.items()}


def _said(url: str, statements: str) -> None:
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        file.executescript(statements)
        file.close()
        return
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statements.encode())
