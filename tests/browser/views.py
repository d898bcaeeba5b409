"""The pictures of the UI in README and runbook; `python -m tests.browser.views` takes them."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli import demo
from kmop_lifecycle.settings import load_settings
from tests.browser.clerk import Clerk
from tests.browser.mails import browser
from tests.stories import ROOT
from tests.upped import Up, start_up, until

TARGET = ROOT / "deploy" / "pictures"
BOARDS = ("today", "pipeline", "calendar")
TALL = 1500  # of a page that scrolls on, so much is enough


def take(page: Page, name: str, tall: int = 900) -> None:
    """Photograph what is open once it stands still."""
    page.set_viewport_size({"width": 1280, "height": tall})
    page.wait_for_timeout(3000)
    page.screenshot(path=TARGET / f"{name}.png")


def boards(up: Up, clerk: Clerk) -> None:
    """Take the boards, and the page on a case that needs a hand."""
    shelf = up.ask("POST", "/artifacts/latest/filter", {"limit": 200})
    pages = {page["key"]: page["latest_id"] for page in shelf}
    case = next(key for key in sorted(pages) if key.startswith("case-") and key.endswith("-en"))
    for name, key in {**{name: f"{name}-en" for name in BOARDS}, "case": case}.items():
        clerk.page.goto(f"{clerk.url}/v2/artifacts/artifact/{pages[key]}")
        take(clerk.page, name, TALL if name == "case" else 900)


def forms(clerk: Clerk) -> None:
    """Take a form, and what whoever is awaited sees."""
    clerk.open_form("close_visit")
    clerk.page.get_by_role("button", name="Add item").first.click()
    take(clerk.page, "form", TALL)
    clerk.open_answer("awaits")
    take(clerk.page, "awaiting")


def lists(clerk: Clerk) -> None:
    """Take the list of deployments and that of runs."""
    for name in ("deployments", "runs"):
        clerk.page.goto(f"{clerk.url}/v2/{name}")
        take(clerk.page, name)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        home = Path(room)
        settings = load_settings(database_url=f"sqlite:///{home}/kmop.sqlite3")
        bootstrap.prepare_database(settings)
        demo.fill(bootstrap.house(settings))
        up = start_up(home, 1)
        try:
            until(lambda: up.runs("sweep_deadlines", "COMPLETED"), "the first sweep", 120)
            until(lambda: up.runs("guide_step", "PAUSED"), "somebody awaited", 240)
            with browser("--disable-3d-apis") as running:
                clerk = Clerk(running.new_page(), f"http://127.0.0.1:{up.port}", up.end)
                boards(up, clerk)
                forms(clerk)
                lists(clerk)
        finally:
            up.stop(signal.SIGTERM)
