"""From application to certified by forms alone, as the office does it over eleven weeks."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import expect

from tests.browser.clerk import PATIENCE, Clerk

NAME, PERSON = "Zilvermeeuw NV", "Joke Zandman"
EMAIL, IBAN = "joke@zandman.example", "BE68539007547034"
PERSONAL = (NAME, PERSON, EMAIL, IBAN, "Zilvermeeuw", "Zandman")

Outcome = tuple[str, str]  # the badge and the message


class Walk:
    """One application and what becomes of it; every day is counted from the application."""

    def __init__(self, clerk: Clerk, today: date) -> None:
        self.clerk = clerk
        self.applied = today - timedelta(weeks=11)
        self.case = ""

    def day(self, weeks: int, days: int = 0) -> date:
        """Return a day after the application."""
        return self.applied + timedelta(weeks=weeks, days=days)

    def apply(self, iban: str = IBAN) -> Outcome:
        """Fill in the application form, found among the deployments."""
        clerk = self.clerk
        clerk.open_form("submit_application")
        for label, text in (("Name", NAME), ("Enterprise number", "0566.988.259"), ("Iban", iban)):
            clerk.write(label, text)
        clerk.choose("Training", "digitalisering")
        clerk.choose("Bureau", "DNV")
        clerk.write("Name", PERSON, nth=1)
        clerk.write("Email", EMAIL)
        clerk.write("User", "acme")
        clerk.pick("On", self.applied)
        badge, said = clerk.send()
        self.case = said.partition(" ")[0] if badge == "Completed" else ""
        return badge, said

    def follow(self, step: str) -> None:
        """Go on from the last run: its note leads to the case, the case to the form of a step."""
        clerk = self.clerk
        clerk.open_note()
        clerk.page.get_by_role("link", name=f"Case {self.case}").click(timeout=PATIENCE)
        clerk.page.get_by_role("link", name=step, exact=True).first.click(timeout=PATIENCE)
        expect(clerk.field("Case")).to_have_value(self.case, timeout=PATIENCE)

    def step(self, step: str, user: str, on: date, **fields: str | date) -> Outcome:
        """Fill in the form of a step, which the page on the case has opened for this case."""
        self.follow(step)
        for key, value in fields.items():
            label = key.replace("_", " ").capitalize()
            if isinstance(value, date):
                self.clerk.pick(label, value)
            else:
                self.clerk.write(label, value)
        self.clerk.write("User", user)
        self.clerk.pick("On", on)
        if step == "give_verdict":
            self.clerk.choose("Verdict", "pass")
        return self.clerk.send()
