"""The two tables that every peer keeps its cases in, filled in SQL and counted in SQL.

Applied, confirmed, expired: a command confirms, a timer expires. An idle case is a confirmed one
whose date is years away. Our own cases carry more: facts, notices and dates by kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from tests.benchmarks.databases import connect

_TABLES = """
    CREATE TABLE lifecycle_case (
        id bigint PRIMARY KEY, number text NOT NULL UNIQUE, state text NOT NULL,
        version integer NOT NULL, due_at timestamptz, workflow text);
    CREATE INDEX lifecycle_case_due ON lifecycle_case (due_at);
    CREATE TABLE lifecycle_history (
        case_id bigint NOT NULL REFERENCES lifecycle_case, seq integer NOT NULL,
        source text NOT NULL, target text NOT NULL, at timestamptz NOT NULL,
        PRIMARY KEY (case_id, seq))
"""
_FILL = """
    INSERT INTO lifecycle_case SELECT n, 'case-' || n, %(state)s, %(version)s,
        now() + %(wait)s::interval, %(workflow)s
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
_LIVED = """
    INSERT INTO lifecycle_history
        SELECT n, 1, 'applied', 'confirmed', now()
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""
_COUNT = """
    SELECT (SELECT count(*) FROM lifecycle_case WHERE state = %(state)s),
           (SELECT count(*) FROM lifecycle_history WHERE target = %(state)s)
"""
DUE = "SELECT id FROM lifecycle_case WHERE due_at <= now() AND state = 'confirmed' ORDER BY id"


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases with neighbouring ids, all in one state; `workflow` is what a peer keeps of them."""

    first: int
    count: int
    state: str  # applied or confirmed
    wait: str | None  # until its date, an interval of Postgres
    workflow: str | None = None

    @property
    def ids(self) -> range:
        return range(self.first, self.first + self.count)


class Peer(Protocol):
    """One tool at work on one database; made when the tables lie ready."""

    def keep(self, batch: Batch) -> None:
        """Store cases; not timed."""

    def confirm(self, number: int) -> None:
        """Do one command, committed."""

    def expire(self) -> None:
        """Move every case that is due."""

    def close(self) -> None:
        """Let go of its connections."""


def lay(url: str) -> None:
    """Create the tables."""
    with connect(url) as connection:
        connection.execute(_TABLES)


def fill(connection: psycopg.Connection[Any], batch: Batch) -> None:
    """Store a batch; a confirmed case has its one row of history."""
    told = {
        "first": batch.first, "last": batch.first + batch.count - 1, "state": batch.state,
        "wait": batch.wait, "workflow": batch.workflow, "version": int(batch.state != "applied"),
    }  # fmt: skip
    connection.execute(_FILL, told)
    if batch.state == "confirmed":
        connection.execute(_LIVED, told)
    connection.commit()


def move(connection: psycopg.Connection[Any], number: int, source: str, target: str) -> None:
    """Move one case under lock, and write its history, in one transaction."""
    with connection.transaction():
        step(connection, number, source, target)


def step(connection: psycopg.Connection[Any], number: int, source: str, target: str) -> None:
    """Do the same in the caller's transaction."""
    found = connection.execute(
        "SELECT state, version FROM lifecycle_case WHERE id = %s FOR NO KEY UPDATE", (number,)
    ).fetchone()
    if found is None or found[0] != source:
        raise LookupError(f"case {number} is not {source}: {found}")
    record(connection, number, found[1] + 1, source, target)


def record(
    connection: psycopg.Connection[Any],
    number: int,
    seq: int,
    source: str,
    target: str,
    workflow: str | None = None,
) -> None:
    """Write a step that somebody else decided."""
    connection.execute(
        "UPDATE lifecycle_case SET state = %s, version = %s, workflow = %s, due_at = "
        "CASE WHEN %s = 'confirmed' THEN now() + interval '1 year' END WHERE id = %s",
        (target, seq, workflow, target, number),
    )
    connection.execute(
        "INSERT INTO lifecycle_history VALUES (%s, %s, %s, %s, now())",
        (number, seq, source, target),
    )


def counted(url: str, state: str) -> tuple[int, int]:
    """Return how many cases are in a state, and how many rows of history lead there."""
    with connect(url) as connection:
        row = connection.execute(_COUNT, {"state": state}).fetchone()
    assert row is not None
    return row[0], row[1]


def size(url: str) -> int:
    """Return the bytes of a database after a vacuum."""
    with connect(url) as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])
