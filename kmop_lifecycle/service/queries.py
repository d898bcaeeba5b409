"""Read-only answers: one case at a glance, lists, counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Case, Due
from kmop_lifecycle.domain.clocks import DATES, all_dates, overdue
from kmop_lifecycle.domain.decide import project
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.effects import fold
from kmop_lifecycle.domain.errors import NotFound
from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.lifecycle import Role, State
from kmop_lifecycle.domain.pricing import Quote, euros, quote, quotes
from kmop_lifecycle.domain.reminders import next_escalation
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.domain.turn import turn
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import CaseFilter, CaseLine, Registered


@dataclass(frozen=True, slots=True)
class Card:
    """One case on one day."""

    case: Case
    today: date
    turn: Role | None
    overdue: tuple[str, ...]
    dates: tuple[Derived, ...]
    quotes: tuple[Quote, ...] = ()  # left out of a glance

    @property
    def next(self) -> Derived | None:
        """The next date that comes, or the latest one that has passed while the case is open."""
        coming = [d for d in self.dates if d.on >= self.today]
        if coming:
            return coming[0]
        return self.dates[-1] if self.turn and self.dates else None


def card(case: Case, rules: RuleBook, today: date) -> Card:
    """Return a case as it stands on a day, with whose turn it is and every date explained."""
    seen = glance(case, rules, today)
    return replace(seen, quotes=quotes(seen.case, rules))


def glance(case: Case, rules: RuleBook, today: date) -> Card:
    """Return the same without a price: all of it that time alone changes."""
    now = project(case, rules, today)
    whose = turn(now)
    dates = all_dates(now, rules, today)
    if (escalation := next_escalation(now, rules, today)) is not None:
        dates = tuple(sorted((*dates, escalation), key=lambda d: (d.on, d.name)))
    if now.state is State.REJECTED and not any(
        d.name == "appeal_until" and d.on >= today for d in dates
    ):
        whose = None  # the appeal term is over: final
    return Card(now, today, whose, overdue(now, rules, today), dates)


def on_day(case: Case, rules: RuleBook, today: date) -> dict[str, Any]:
    """Return what a scenario may check of a case on a day, as JSON values (specification §7)."""
    at = card(case, rules, today)
    now, held = at.case, at.case.registration
    bounds = ("visit_from", "visit_until"), ("lead_from", "lead_until")
    window, lead = (
        [d.on.isoformat() if (d := DATES[name](now, rules, today)) else None for name in pair]
        for pair in bounds
    )
    price = quote(now, rules)
    return {
        "state": str(now.state),
        "registered": now.registered(today),
        "valid_from": plain(held.valid_from) if held else None,
        "valid_until": plain(held.valid_until) if held else None,
        "overdue": list(at.overdue),
        "window": window,
        "lead": lead,
        "kind": str(now.kind),
        "hours": price.hours,
        "price_excl": euros(price.excl_cents),
        "price_incl": euros(price.incl_cents),
        "measures_due": plain(now.audit.measures_due),
        "paused_days": now.paused_days(today),
    }


@dataclass(frozen=True, slots=True)
class File:
    """Everything on record about one case."""

    card: Card
    name: str
    history: list[Registered]
    notices: list[Delivery]
    dues: list[Due]


def open_file(house: House, number: str, today: date | None = None) -> File:
    """Return a case's whole file on a day; NotFound if there was no such case by then.

    An earlier day shows the case as it stood then: the history up to that day, and no more.
    """
    day = today or house.clock.today()
    with house.store(reading=True) as uow:
        case = uow.get(number)
        history = uow.history(number)
        if day < case.last_on:
            history = [row for row in history if row.event.on <= day]
            case = _as_of(case, history, day)
        party = uow.party(case.enterprise)
        return File(
            card(case, house.rules, day),
            party.name if party else "",
            history,
            [row for row in uow.deliveries(number) if row.notice.due_on <= day],
            uow.dues(number),
        )


def _as_of(case: Case, history: list[Registered], day: date) -> Case:
    then = fold([row.event for row in history])
    if then is None:
        raise NotFound(f"there was no case {case.number} on {day}", hint="it was opened later")
    known = case.successor if case.successor and case.successor.submitted_on <= day else None
    return replace(then, successor=known)


def listed(house: House, wanted: CaseFilter) -> list[CaseLine]:
    """Return the cases that a filter lets through, ordered by number."""
    with house.store(reading=True) as uow:
        return uow.find(wanted)


def totals(house: House, *by: str) -> dict[str, dict[str, int]]:
    """Return counts of cases by state and kind, of notices by ladder and outcome, or of some."""
    with house.store(reading=True) as uow:
        return {name: dict(table) for name, table in uow.counts(*by).items()}
