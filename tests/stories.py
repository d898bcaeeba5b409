"""Cases brought to any state by real steps, in memory, without any store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kmop_lifecycle.adapters.rulebook_files import load_rulebook
from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor, Case, Change
from kmop_lifecycle.domain.decide import OPENING, catch_up, decide
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import RuleBook

ROOT = Path(__file__).parents[1]
S, T = State, Trigger


@cache
def shipped_rules() -> RuleBook:
    """The rule book as it is shipped, read once."""
    return load_rulebook(ROOT / "config" / "rulebook")


def application(**fields: Any) -> dict[str, Any]:
    """A valid application; fields override."""
    return {
        "name": "Acme Opleidingen BV",
        "enterprise_number": "0566.988.259",
        "iban": "BE68539007547034",
        "services": {"training": ["digitalisering"]},
        "kind": "basic",
        "active_since": "2010-01-01",
        "bureau": "DNV",
        "contact": {"name": "Jo Maes", "email": "jo.maes@acme.example", "language": "nl"},
    } | fields


def adoption(**fields: Any) -> dict[str, Any]:
    """A valid adoption of a registration of before this system."""
    return application(
        valid_from="2022-06-30", valid_until="2027-06-30", numbers={"training": "DV.O210001"}
    ) | fields  # fmt: skip


class Story:
    """One case through its steps; the day moves with them."""

    def __init__(self, rules: RuleBook | None = None) -> None:
        self.rules = rules or shipped_rules()
        self.case: Case | None = None
        self.today = date(2026, 1, 5)
        self.changes: list[Change] = []
        self.asked: dict[int, dict[str, Any]] = {}  # data of each step, by sequence

    def do(self, on: str, trigger: Trigger, by: str, **data: Any) -> Story:
        """Let time pass to a day, then take one step."""
        self.pass_time(on)
        command = Command(trigger, Actor.parse(by), on=self.today, data=data)
        case = None if trigger in OPENING else self.case
        change = decide(command, case, self.rules, self.today, number="2026-000001")
        self.changes.append(change)
        self.asked[change.event.seq] = data
        self.case = change.after
        return self

    def pass_time(self, on: str) -> Story:
        """Let the clock do what it does until a day."""
        self.today = date.fromisoformat(on)
        if self.case is not None:
            changes = catch_up(self.case, self.rules, self.today)
            self.changes += changes
            self.case = changes[-1].after if changes else self.case
        return self

    @property
    def now(self) -> Case:
        """The case, which has begun."""
        assert self.case is not None
        return self.case


def applied(**fields: Any) -> Story:
    return Story().do("2026-01-05", T.SUBMIT, "provider:acme", **application(**fields))


def prepared(**fields: Any) -> Story:
    return applied(**fields).do(
        "2026-01-20",
        T.CONFIRM_PREPARED,
        "bureau:plan",
        declaration_signed_on="2026-01-08",
        knowledge_test_passed_on="2026-01-07",
        quote_accepted_on="2026-01-15",
    )


def visiting(**fields: Any) -> Story:
    return prepared(**fields).do("2026-02-10", T.START_VISIT, "auditor:an")


def reporting(scores: str = "all T", **fields: Any) -> Story:
    return visiting(**fields).do(
        "2026-02-11", T.CLOSE_VISIT, "auditor:an", scores=scores, report_approved_on="2026-02-10"
    )


def reported(scores: str = "all T", **fields: Any) -> Story:
    return reporting(scores, **fields).do(
        "2026-02-18", T.FINISH_REPORT, "auditor:an", hours=8, report="R-1"
    )


def judged(verdict: str = "pass", scores: str = "all T", **fields: Any) -> Story:
    extra = {"measures": [{"what": "poll"}]} if verdict == "corrective" else {}
    return reported(scores, **fields).do(
        "2026-02-24", T.GIVE_VERDICT, "committee:bo", verdict=verdict, reason="seen", **extra
    )


def certified(**fields: Any) -> Story:
    return judged(**fields).do("2026-03-16", T.REGISTER, "authority:vlaio")


def starter(**fields: Any) -> Story:
    return certified(kind="starter", active_since="2024-11-01", kmop_files=3, **fields)


def following_up(**fields: Any) -> Story:
    return starter(**fields).pass_time("2027-09-16")


def suspended(**fields: Any) -> Story:
    return certified(**fields).do("2026-06-01", T.SUSPEND, "authority:vlaio", reason="inspection")


JOURNEYS = {
    S.APPLIED: applied,
    S.PREPARED: prepared,
    S.ONSITE_AUDIT: visiting,
    S.OFFICE_AUDIT: judged,
    S.CORRECTIVE_ACTION: lambda: judged("corrective"),
    S.CERTIFIED: certified,
    S.FOLLOW_UP: following_up,
    S.SUSPENDED: suspended,
    S.REJECTED: lambda: judged("fail"),
    S.EXPIRED: lambda: certified().pass_time("2031-03-17"),
    S.WITHDRAWN: lambda: applied().do("2026-01-06", T.WITHDRAW, "provider:acme"),
    S.REVOKED: lambda: certified().do("2026-05-01", T.REVOKE, "authority:v", reason="fraud"),
}
"""How to get a case into each state."""


def in_state(state: State) -> Story:
    """Return a story whose case stands in this state."""
    story = JOURNEYS[state]()
    assert story.now.state is state
    return story


def paused_case(since: str = "2026-01-12", until: str | None = None) -> Story:
    story = applied().do(since, T.PAUSE, "bureau:plan", reason="asked")
    return story.do(until, T.RESUME, "bureau:plan") if until else story


def with_rules(rules: RuleBook, **changes: Any) -> RuleBook:
    """Return a rule book in which some rules' values are others."""
    changed = {
        name: replace(
            getattr(rules, name),
            versions=tuple(
                replace(version, value=value) for version in getattr(rules, name).versions
            ),
        )
        for name, value in changes.items()
    }
    return replace(rules, **changed)
