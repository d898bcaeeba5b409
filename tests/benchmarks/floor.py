"""The floor of a sweep: the very rows it writes, lying ready in tables, written by plain SQL.

Nothing is decided and nothing is rendered. The floor lists what is due, takes the same chunks in
the same order, and commits each: what is left is what the database itself asks for these rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from typing import Any

from kmop_lifecycle.adapters.store.tables import DEADLINE, HISTORY, NOTICE
from tests.benchmarks.databases import connect, path

PRAGMAS = (
    "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -65536",
    "temp_store = MEMORY",
)  # fmt: skip
_CASE = ("id", "state", "version", "last_on", "ended_on", "facts")
_COLUMNS = {
    "case": _CASE,
    "history": tuple(c.name for c in HISTORY.c),
    "notice": tuple(c.name for c in NOTICE.c if c.name != "id"),
    "deadline": tuple(c.name for c in DEADLINE.c),
}
_MOVED = "SELECT case_id FROM {swept}history WHERE recorded_at >= '{since}'"
_NEW = {  # which rows of a swept database are the sweep's; `{since}` is when it wrote
    "case": f"id IN ({_MOVED}) ORDER BY id",
    "history": "recorded_at >= '{since}' ORDER BY case_id, seq",
    "notice": "created_at >= '{since}' ORDER BY case_id, id",
    "deadline": "case_id IN (SELECT case_id FROM {swept}was_due) ORDER BY case_id",
}
_WAS_DUE = "CREATE TABLE {swept}was_due (case_id BIGINT PRIMARY KEY)"
_DUE = "SELECT DISTINCT case_id FROM deadline WHERE due_on <= '{today}' ORDER BY case_id"


def _listed(table: str, before: str = "") -> str:
    return ", ".join(f'{before}"{name}"' for name in _COLUMNS[table])


def _key(table: str) -> str:
    return "id" if table == "case" else "case_id"


def _query(table: str, swept: str, since: date) -> str:
    where = _NEW[table].format(swept=swept, since=since)
    columns = _listed(table)
    if table == "case":  # most steps leave the facts as they are
        columns = columns.replace('"facts"', "CASE state WHEN 'follow_up' THEN facts END AS facts")
    return f'SELECT {columns} FROM {swept}"{table}" WHERE {where}'  # noqa: S608


def keep_sqlite(url: str, swept: str, today: date, since: date) -> None:
    """Lay the rows that a sweep has written into a copy ready in the database it was made from."""
    with closing(sqlite3.connect(path(url))) as here:
        here.execute("ATTACH ? AS swept", [str(path(swept))])
        here.execute(_WAS_DUE.format(swept="swept."))
        here.execute(f"INSERT INTO swept.was_due {_DUE.format(today=today)}")
        for table in _COLUMNS:
            here.execute(f"CREATE TABLE want_{table} AS {_query(table, 'swept.', since)}")
            here.execute(f"CREATE INDEX ix_want_{table} ON want_{table} ({_key(table)})")
        here.commit()


def keep_postgres(url: str, swept: str, today: date, since: date) -> None:
    """Do the same across two databases."""
    with connect(swept) as there, connect(url) as here:
        there.execute(_WAS_DUE.format(swept="").encode())
        _pipe(here, there, _DUE.format(today=today), "was_due")
        for table in _COLUMNS:
            none = f'SELECT {_listed(table)} FROM "{table}" WHERE false'  # noqa: S608
            here.execute(f"CREATE TABLE want_{table} AS {none}".encode())
            _pipe(there, here, _query(table, "", since), f"want_{table}")
            here.execute(f"CREATE INDEX ix_want_{table} ON want_{table} ({_key(table)})".encode())
        here.commit()
        here.autocommit = True
        here.execute("VACUUM ANALYZE")


def _pipe(there: Any, here: Any, query: str, table: str) -> None:
    with (
        there.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode()) as out,
        here.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as into,
    ):
        for piece in out:
            into.write(piece)


# Else the databases, which know nothing of a chunk's size, read whole tables for each.
_BETWEEN = "BETWEEN {first} AND {last}"


def _writes(postgres: bool) -> list[str]:
    """Write one chunk: six statements, as one would by hand."""
    changed = ", ".join(f"{name} = w.{name}" for name in _CASE[1:-1])
    changed += ', facts = coalesce(w.facts, "case".facts)'
    inserts = [
        f'INSERT INTO "{table}" ({_listed(table)}) SELECT {_listed(table, "w.")} FROM chunk '  # noqa: S608
        f"JOIN want_{table} w ON w.case_id = chunk.case_id "
        f"WHERE w.case_id {_BETWEEN} ORDER BY chunk.case_id ON CONFLICT DO NOTHING"
        for table in ("history", "notice", "deadline")
    ]
    move = f'UPDATE "case" SET {changed} FROM want_case w JOIN chunk ON chunk.case_id = w.id '  # noqa: S608
    return [
        f'{move} WHERE "case".id = w.id AND w.id {_BETWEEN} AND "case".id {_BETWEEN}',
        inserts[0],
        inserts[1],
        f"DELETE FROM deadline WHERE case_id {_BETWEEN} AND case_id IN (SELECT * FROM chunk)",  # noqa: S608
        inserts[2],
    ]


_NEXT = "SELECT case_id FROM due WHERE case_id > {after} ORDER BY case_id LIMIT {most}"
_TOOK = "SELECT count(*), min(case_id), max(case_id) FROM chunk"
_LOCK = {
    False: _NEXT,
    True: f'SELECT id FROM "case" WHERE id IN ({_NEXT}) ORDER BY id '  # noqa: S608
    "FOR NO KEY UPDATE SKIP LOCKED",
}


def sweep_floor(url: str, today: date, chunk: int, *, postgres: bool) -> int:
    """Write everything, chunk by chunk; return how many cases it was."""
    if postgres:
        with connect(url) as connection:
            connection.autocommit = True
            return _walk(connection.execute, today, chunk, postgres=True)
    with closing(sqlite3.connect(path(url), isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return _walk(connection.execute, today, chunk, postgres=False)


def _walk(run: Callable[[Any], Any], today: date, chunk: int, *, postgres: bool) -> int:
    run("CREATE TEMPORARY TABLE due (case_id BIGINT PRIMARY KEY)")
    run(f"CREATE TEMPORARY TABLE chunk (case_id BIGINT) {'ON COMMIT DELETE ROWS' * postgres}")
    run(f"INSERT INTO due {_DUE.format(today=today)}")
    writes, after, done = _writes(postgres), -1, 0
    while True:
        run("BEGIN" if postgres else "BEGIN IMMEDIATE")
        if not postgres:
            run("DELETE FROM chunk")
        run(f"INSERT INTO chunk {_LOCK[postgres].format(after=after, most=chunk)}")
        took, first, last = run(_TOOK).fetchone()
        if not took:
            run("COMMIT")
            return done
        for statement in writes:
            run(statement.format(first=first, last=last))
        run("COMMIT")
        after, done = last, done + took
