"""A running installation, somebody at its UI, and what both must hold in the end."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kmop_lifecycle.adapters.clock import SystemClock
from tests.browser.clerk import Clerk
from tests.browser.mails import browser
from tests.browser.walk import PERSONAL, Walk
from tests.upped import Up, start_up

PAPERS = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")


@dataclass
class Office:
    """One installation and one application in it."""

    up: Up
    walk: Walk
    clerk: Clerk


@contextmanager
def open_office(home: Path, more: Mapping[str, str]) -> Iterator[Office]:
    """Start everything, on an empty database, and open a browser."""
    up = start_up(home, 1, more)
    try:
        with browser("--disable-3d-apis") as running:  # it would draw each run's graph in software
            page = running.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(20_000)
            clerk = Clerk(page, f"http://127.0.0.1:{up.port}", up.end)
            yield Office(up, Walk(clerk, SystemClock().today()), clerk)
    finally:
        if up.process.poll() is None:
            up.stop(signal.SIGTERM)


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


def leaks(rows: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return where something personal stands: table and what was found."""
    return [(table, word) for table, row in rows for word in PERSONAL if word in row]


def all_of_sqlite(home: Path) -> Iterator[tuple[str, str]]:
    """Yield every row of Prefect's own database as text, then the server's log and `kmop up`'s."""
    file = home / "prefect" / "prefect.db"
    with closing(sqlite3.connect(file)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own names
                yield table, repr(row)
    yield "server.log", (home / "prefect" / "server.log").read_text(encoding="utf-8")
    yield "said", (home / "said.txt").read_text(encoding="utf-8")
