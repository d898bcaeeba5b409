"""The dates of a registration: validity, follow-up, suspension, condition."""

from __future__ import annotations

from datetime import date

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.clocks.adding import derive, term
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import RUNNING, State
from kmop_lifecycle.domain.rulebook import RuleBook


def valid_from(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """First day of the registration: the decision's date, or the day after the old end."""
    held = case.registration
    if held is None:
        return None
    version, none = rules.validity.on(case.rules_on), Period(0, "d")
    if held.old_valid_until is not None:
        old = held.old_valid_until
        return derive("valid_from", "old_valid_until", old, version, none, plus=1)
    start = held.valid_from
    return derive("valid_from", "decided_on", start, version, none)


def valid_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the registration, inclusive."""
    held = case.registration
    if held is None:
        return None
    if held.two_year_on is not None:
        return two_year_on(case, rules, today)
    fact, start = "valid_from", held.valid_from
    if held.old_valid_until is not None:
        fact, start = "old_valid_until", held.old_valid_until
    version = rules.validity.on(case.rules_on)
    derived = derive("valid_until", fact, start, version, version.value.length)
    if derived.on != held.valid_until:  # adopted: as its letter says, whatever the rule
        length = Period((held.valid_until - start).days, "d")
        return derive("valid_until", fact, start, version, length)
    return derived


def two_year_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """A starter's two-year date: the follow-up must be decided on or before it."""
    held = case.registration
    if held is None or held.two_year_on is None:
        return None
    return term("two_year_on", "valid_from", held.valid_from, rules.starter_validity, case)


def follow_up_opens_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Six months before the two-year date."""
    held = case.registration
    if case.state is not State.CERTIFIED or held is None or held.two_year_on is None:
        return None
    version = rules.follow_up_opens.on(case.rules_on)
    length = version.value.length
    return derive("follow_up_opens_on", "two_year_on", held.two_year_on, version, length, times=-1)


def expires_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the validity, no grace."""
    held = case.registration
    if case.state not in RUNNING or held is None:
        return None
    rule = rules.starter_validity if held.two_year_on else rules.validity
    fact = "two_year_on" if held.two_year_on else "valid_until"
    version = rule.on(case.rules_on)
    return derive("expires_on", fact, held.valid_until, version, Period(0, "d"), plus=1)


def suspension_review_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """When the authority looks again at a suspension."""
    pending = case.suspension
    if pending is None or case.state is not State.SUSPENDED:
        return None
    version = rules.suspension_review.on(case.rules_on)
    length = version.value.length
    if length.after(pending.since) != pending.review_on:
        length = Period((pending.review_on - pending.since).days, "d")
    return derive("suspension_review_on", "suspended_on", pending.since, version, length)


def condition_due(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """By when the condition of a conditional registration is to be cleared."""
    held = case.registration
    if held is None or held.condition_due is None or case.state not in RUNNING:
        return None
    return term("condition_due", "decided_on", held.decided_on, rules.condition, case)
