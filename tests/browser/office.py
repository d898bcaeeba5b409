"""A running installation, somebody at its UI, and what both must hold in the end."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from kmop_lifecycle.adapters.clock import SystemClock
from tests.browser.clerk import Clerk
from tests.browser.mails import browser
from tests.browser.walk import PERSONAL, Walk
from tests.chaos.cluster import Cluster
from tests.chaos.stage import empty, forget_prefect, plain, prefect_database
from tests.upped import Up, start_up, until

PAPERS = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")


Rows = Iterator[tuple[str, str]]  # where something stands, and what


@dataclass
class Office:
    """One installation and one application in it."""

    up: Up
    walk: Walk
    clerk: Clerk
    register: str  # the address of its database
    kept: Callable[[], Rows]  # everything that Prefect keeps, and whatever was logged
    start_anew: Callable[[], Up]  # with a new Prefect database


@contextmanager
def open_office(home: Path, more: Mapping[str, str]) -> Iterator[Office]:
    """Start everything, on an empty database, and open a browser."""
    up = start_up(home, 1, more)
    register = more.get("KMOP_DATABASE_URL", f"sqlite:///{home}/kmop.sqlite3")
    try:
        with _clerk(up) as clerk:
            walk = Walk(clerk, SystemClock().today())
            yield Office(
                up, walk, clerk, register, lambda: all_of_sqlite(home), lambda: _anew(up, home)
            )
    finally:
        if up.process.poll() is None:
            up.stop(signal.SIGTERM)


@contextmanager
def open_on(running: Cluster) -> Iterator[Office]:
    """Open a browser on a cluster whose register is empty, and log in."""
    empty(running.told()["database"])
    up = running.up()
    with _clerk(up) as clerk:
        clerk.log_in(running.login)
        walk = Walk(clerk, SystemClock().today())
        register = running.told()["database"]
        yield Office(up, walk, clerk, register, lambda: all_of(running), lambda: _again(running))


@contextmanager
def _clerk(up: Up) -> Iterator[Clerk]:
    with browser("--disable-3d-apis") as running:  # it would draw each run's graph in software
        page = running.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        yield Clerk(page, f"http://127.0.0.1:{up.port}", up.end)


def _anew(up: Up, home: Path) -> Up:
    """Kill the server, take its database away, start again."""
    up.process.kill()
    up.process.wait()
    until(lambda: not _answers(up), "the server to notice")
    shutil.rmtree(home / "prefect")
    return start_up(home, 1)


def _again(running: Cluster) -> Up:
    """Drop Prefect's database, start the cluster again."""
    forget_prefect(running)
    running.end_all()
    running.begin()
    return running.up()


def _answers(up: Up) -> bool:
    try:
        up.deployments()
    except (OSError, AssertionError):
        return False
    return True


def goes(walk: Walk, step: str, user: str, weeks: int, stands: str, **fields: object) -> None:
    """Take a step by its form; the run says where the case stands then."""
    badge, said = walk.step(step, user, walk.day(weeks), **fields)  # type: ignore[arg-type]
    assert (badge, said.split(",")[0]) == ("Completed", f"{walk.case} {stands}"), said


def applies_and_is_visited(walk: Walk) -> None:
    """Apply, be refused for the account and for a visit too early, then be visited."""
    day = walk.day
    badge, said = walk.apply(iban="BE00999")
    assert (badge, said.split(":")[0]) == ("Failed", "invalid_iban")
    badge, said = walk.apply()
    assert (badge, said.split(",")[0]) == ("Completed", f"{walk.case} applied")
    goes(walk, "confirm_prepared", "plan", 2, "prepared", **dict.fromkeys(PAPERS, day(1)))
    badge, said = walk.step("start_visit", "an", day(3))
    assert badge == "Failed"
    assert said.startswith(f"visit_too_early: a visit on {day(3)} is before {day(4)}")
    assert "or let an admin waive" in said  # the way out
    goes(walk, "plan_visit", "plan", 3, "prepared", visit_on=day(5), auditor="an")
    goes(walk, "start_visit", "an", 5, "onsite_audit")
    goes(walk, "close_visit", "an", 5, "office_audit", report_approved_on=day(5))
    goes(walk, "finish_report", "an", 6, "office_audit", hours="16", report="R-1")


def leaks(rows: Rows) -> list[tuple[str, str]]:
    """Return where something personal stands: table and what was found."""
    return [(table, word) for table, row in rows for word in PERSONAL if word in row]


def all_of_sqlite(home: Path) -> Rows:
    """Yield every row of Prefect's own database as text, then the server's log and `kmop up`'s."""
    file = home / "prefect" / "prefect.db"
    with closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own names
                yield table, repr(row)
    yield "server.log", (home / "prefect" / "server.log").read_text(encoding="utf-8")
    yield "said", (home / "said.txt").read_text(encoding="utf-8")


def all_of(running: Cluster) -> Rows:
    """Yield Prefect's database, all that was ever written to Redis, and what each part logged."""
    yield from rows(prefect_database(running))
    for journal in (running.state / "redis").rglob("*.aof"):
        yield "redis", journal.read_text(encoding="utf-8", errors="replace")
    for log in [*running.state.glob("*.log"), running.state.with_name("said.txt")]:
        yield log.name, log.read_text(encoding="utf-8", errors="replace")


def rows(url: str) -> Rows:
    """Yield every row of a database on Postgres as text."""
    with psycopg.connect(plain(url)) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        for (table,) in tables:
            for (row,) in connection.execute(f'SELECT t::text FROM "{table}" t'):  # noqa: S608 - its own names
                yield table, row
