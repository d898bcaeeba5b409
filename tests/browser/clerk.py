"""Somebody of the office at the Prefect UI, with a mouse, a keyboard and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLong

ENDED = re.compile("^(Completed|Failed|Crashed|Cancelled)$")
PRESSES = 5  # of a button, before somebody gives up
PATIENCE = 60_000  # milliseconds; a run is a process of its own on a busy machine


@dataclass
class Clerk:
    """One page of one browser."""

    page: Page
    url: str
    ended: Callable[[str], object]  # waits for the end of a run

    def log_in(self, login: str) -> None:
        """Say who one is, where the UI asks for it."""
        self.page.goto(f"{self.url}/v2")
        self.page.get_by_role("textbox").or_(self.page.locator("input[type=password]")).fill(login)
        self.page.get_by_role("button", name="Login").click()
        expect(self.page.get_by_role("link", name="Deployments")).to_be_visible()

    def open_form(self, name: str) -> None:
        """Find a form among the deployments and press Run, Custom run."""
        self.page.goto(f"{self.url}/v2/deployments")
        self.page.get_by_placeholder("Search deployments").fill(name)
        expect(self.page.locator("tbody tr")).to_have_count(1)
        self.page.get_by_role("link", name=name).first.click()
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Custom run").click()
        expect(self.page.get_by_role("button", name="Submit")).to_be_visible()

    def field(self, label: str, nth: int = 0) -> Locator:
        """Return what a label belongs to; what may stay empty is called optional."""
        found = self.page.locator("label").filter(
            has_text=re.compile(rf"^{re.escape(label)}( \(Optional\))?$")
        )
        named = found.nth(nth)
        named.wait_for()
        return self.page.locator(f'[id="{named.get_attribute("for")}"]')

    def write(self, label: str, text: str, nth: int = 0) -> None:
        """Type into a field."""
        self.field(label, nth).fill(text)

    def choose(self, label: str, option: str, nth: int = 0) -> None:
        """Pick from a drop-down."""
        self.field(label, nth).click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.page.keyboard.press("Escape")

    def pick(self, label: str, day: date) -> None:
        """Pick a day in the calendar."""
        self.field(label).click()
        typed = self.page.get_by_label("Date (yyyy-MM-dd)")
        typed.fill(day.isoformat())
        typed.press("Enter")
        self.page.keyboard.press("Escape")
        expect(typed).to_have_count(0)  # the calendar closes in its own time
        shown = f"{day:%B} {day.day}"
        expect(self.field(label)).to_contain_text(shown)

    def add(self, label: str) -> None:
        """Add an item to a list."""
        self.field(label)  # it is there
        box = self.page.locator("fieldset").filter(has=self.page.locator(f'text="{label}"'))
        box.last.get_by_role("button", name="Add item").click()

    def open_note(self) -> None:
        """Open what this run left: where to go from here."""
        self.page.get_by_role("tab", name="Artifacts").click()
        card = self.page.get_by_role("tabpanel").locator('a[href*="/artifacts/artifact/"]').first
        card.click(timeout=PATIENCE)

    def open_answer(self, run: str) -> None:
        """Open a suspended run and press Resume in its menu."""
        self.page.goto(f"{self.url}/v2/runs")
        self.page.get_by_role("link", name=re.compile(run)).first.click()
        self.page.get_by_role("button", name="Open menu").or_(
            self.page.locator("button:has(svg.lucide-ellipsis-vertical)")
        ).first.click()
        self.page.get_by_role("menuitem", name="Resume").click()

    def answer(self, run: str, choices: Mapping[str, str], user: str, on: date) -> tuple[str, str]:
        """Fill in what a suspended run asks, and let it go on."""
        self.open_answer(run)
        for label, option in choices.items():
            self.choose(label, option)
        self.write("User", user)
        self.pick("On", on)
        self.page.get_by_role("button", name="Resume").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        return self._ending()

    def send(self) -> tuple[str, str]:
        """Submit the form, go to its run, wait for the end and read what it says."""
        form, sent = self.page.url, self.page.get_by_text("View run")
        for _ in range(PRESSES):  # SQLite may be written to at that moment: press again
            self.page.get_by_role("button", name="Submit").click()
            with suppress(TooLong):
                sent.first.click(timeout=10_000)
                break
            if self.page.url != form:  # it was sent, and the toast is gone already
                self.page.locator('a[href*="/runs/flow-run/"]').first.click()
                break
        return self._ending()

    def _ending(self) -> tuple[str, str]:
        """Look away until the run has ended, then read its page."""
        self.page.wait_for_url(re.compile("/runs/flow-run/"))
        run = self.page.url.split("/runs/flow-run/")[1][:36]
        self.page.goto("about:blank")  # a page that waits draws all the time
        self.ended(run)
        self.page.goto(f"{self.url}/v2/runs/flow-run/{run}?tab=Details")
        badge = self.page.get_by_text(ENDED).first
        said = self.page.get_by_text("State Message").locator("xpath=following-sibling::*[1]")
        return badge.inner_text(), said.inner_text()
