"""Adding up a date: start fact + the rule's length + paused days, kept as its derivation."""

from __future__ import annotations

from datetime import date, timedelta

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.rulebook import Mode, Rule, Term, Version, Window


def derive(
    name: str,
    fact: str,
    start: date,
    version: Version[Term] | Version[Window],
    length: Period,
    *,
    times: int = 1,
    plus: int = 0,
    paused: int = 0,
) -> Derived:
    """Add it up: start + length + paused days + plus."""
    return Derived(
        name=name,
        on=length.after(start, times) + timedelta(days=paused + plus),
        fact=fact,
        start=start,
        rule=version.rule,
        rule_from=version.start,
        source=version.source,
        length=("-" if times < 0 else "") + str(length),
        plus_days=plus,
        paused_days=paused,
    )


def term(  # a date that is one term away from a fact
    name: str, fact: str, start: date, rule: Rule[Term], case: Case, plus: int = 0, paused: int = 0
) -> Derived | None:
    version = rule.on(case.rules_on)
    if version.value.mode is Mode.OFF:
        return None
    return derive(name, fact, start, version, version.value.length, plus=plus, paused=paused)


def bound(
    name: str, case: Case, rule: Rule[Window], today: date, *, upper: bool, plus: int = 0
) -> Derived | None:
    version = rule.on(case.rules_on)
    window = version.value
    mode = window.max_mode if upper else window.min_mode
    if mode is Mode.OFF or case.adopted:
        return None
    length = window.max if upper else window.min
    days = case.paused_days(today)
    return derive(name, "applied_on", case.applied_on, version, length, plus=plus, paused=days)
