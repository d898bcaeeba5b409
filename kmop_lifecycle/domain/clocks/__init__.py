"""The dates of a case, each with its derivation: pure functions of case, rule book and day.

One function per named date; `DATES` lists them. While a pause is open, the dates that move with it
are those of today: tomorrow they are one day later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.clocks import auditing, validity
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import AUDITING, CLOCK, Trigger
from kmop_lifecycle.domain.rulebook import RuleBook

Dated = Callable[[Case, RuleBook, date], Derived | None]
_NAMES = (
    "visit_from", "visit_until", "waiting_overdue_on", "lead_from", "lead_until",
    "lead_heads_up_on", "lead_overdue_on", "declaration_due", "lapses_on", "evidence_until",
    "visit_on", "measures_due", "measures_lapse_on", "appeal_until", "valid_from", "valid_until",
    "two_year_on", "follow_up_opens_on", "expires_on", "suspension_review_on", "condition_due",
)  # fmt: skip
DATES: Mapping[str, Dated] = {
    name: vars(auditing).get(name) or vars(validity)[name] for name in _NAMES
}

_WINDOWS = ("visit_from", "visit_until", "lead_from", "lead_until")  # until the decision
_AFTERWARDS = {name: dated for name, dated in DATES.items() if name not in _WINDOWS}


def all_dates(case: Case, rules: RuleBook, today: date) -> tuple[Derived, ...]:
    """Return every date that holds for a case on a day, earliest first."""
    wanted = DATES if case.state in AUDITING else _AFTERWARDS
    found = (dated(case, rules, today) for dated in wanted.values())
    named = {d.name: d for d in found if d is not None}  # a starter's two-year date ends both
    return tuple(sorted(named.values(), key=lambda d: (d.on, d.name)))


def next_clock(case: Case, rules: RuleBook, today: date) -> tuple[Trigger, Derived] | None:
    """Return the earliest step that time will fire by itself, and when."""
    found = [
        (derived, trigger)
        for trigger, name in CLOCK
        if (derived := DATES[name](case, rules, today)) is not None
    ]
    if not found:
        return None
    derived, trigger = min(found, key=lambda pair: pair[0].on)
    return trigger, derived


def overdue(case: Case, rules: RuleBook, today: date) -> tuple[str, ...]:
    """Return which of the two clocks has run out: `waiting`, `lead_time`."""
    pairs = (("waiting", "waiting_overdue_on"), ("lead_time", "lead_overdue_on"))
    return tuple(
        name
        for name, dated in pairs
        if (late := DATES[dated](case, rules, today)) is not None and late.on <= today
    )
