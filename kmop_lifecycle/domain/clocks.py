"""The dates of a case, each with its derivation: pure functions of case, rule book and day.

The first part is one function per named date; `DATES` lists them. While a pause is open, the dates
that move with it are those of today: tomorrow they are one day later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import AUDITING, CLOCK, PREPARING, RUNNING, State, Trigger
from kmop_lifecycle.domain.rulebook import Mode, Rule, RuleBook, Term, Version, Window

Dated = Callable[[Case, RuleBook, date], Derived | None]
_DAY = timedelta(days=1)


def _derive(
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


def _term(  # a date that is one term away from a fact
    name: str, fact: str, start: date, rule: Rule[Term], case: Case, plus: int = 0, paused: int = 0
) -> Derived | None:
    version = rule.on(case.rules_on)
    if version.value.mode is Mode.OFF:
        return None
    return _derive(name, fact, start, version, version.value.length, plus=plus, paused=paused)


def _bound(
    name: str, case: Case, rule: Rule[Window], today: date, *, upper: bool, plus: int = 0
) -> Derived | None:
    version = rule.on(case.rules_on)
    window = version.value
    mode = window.max_mode if upper else window.min_mode
    if mode is Mode.OFF or case.adopted:
        return None
    length = window.max if upper else window.min
    days = case.paused_days(today)
    return _derive(name, "applied_on", case.applied_on, version, length, plus=plus, paused=days)


def visit_from(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """First day of the waiting window: no visit before it unless waived."""
    return _bound("visit_from", case, rules.waiting, today, upper=False)


def visit_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the waiting window."""
    return _bound("visit_until", case, rules.waiting, today, upper=True)


def waiting_overdue_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the waiting window: overdue from here while there is no visit."""
    if case.state not in PREPARING:
        return None
    return _bound("waiting_overdue_on", case, rules.waiting, today, upper=True, plus=1)


def lead_from(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """First day on which a decision is not early."""
    return _bound("lead_from", case, rules.lead_time, today, upper=False)


def lead_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the lead time."""
    return _bound("lead_until", case, rules.lead_time, today, upper=True)


def lead_heads_up_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day the bureau is told that the lead time is running out."""
    if case.state not in AUDITING:
        return None
    return _bound("lead_heads_up_on", case, rules.lead_time, today, upper=False)


def lead_overdue_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the lead time: overdue from here while there is no decision."""
    if case.state not in AUDITING:
        return None
    return _bound("lead_overdue_on", case, rules.lead_time, today, upper=True, plus=1)


def declaration_due(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """By when the declaration on honour is expected; a reminder only."""
    if case.state is not State.APPLIED or case.declaration_signed_on:
        return None
    return _term("declaration_due", "applied_on", case.applied_on, rules.declaration, case)


def lapses_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after twelve months without a visit."""
    if case.state not in PREPARING:
        return None
    days = case.paused_days(today)
    return _term(
        "lapses_on", "applied_on", case.applied_on, rules.lapse, case, plus=1, paused=days
    )


def measures_due(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The last due date of open measures, as the committee set it."""
    due, given = case.audit.measures_due, case.audit.verdict_on
    if due is None or given is None or not case.audit.measures_open:
        return None
    version = rules.corrective.on(case.rules_on)
    length = Period((due - given).days, "d")
    return _derive("measures_due", "verdict_on", given, version, length)


def measures_lapse_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the last due date."""
    due = measures_due(case, rules, today)
    version = rules.corrective.on(case.rules_on)
    if due is None or case.state is not State.CORRECTIVE_ACTION or version.value.mode is Mode.OFF:
        return None
    return _derive("measures_lapse_on", "measures_due", due.on, version, Period(0, "d"), plus=1)


def valid_from(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """First day of the registration: the decision's date, or the day after the old end."""
    held = case.registration
    if held is None:
        return None
    version, none = rules.validity.on(case.rules_on), Period(0, "d")
    if held.old_valid_until is not None:
        old = held.old_valid_until
        return _derive("valid_from", "old_valid_until", old, version, none, plus=1)
    start = held.valid_from
    return _derive("valid_from", "decided_on", start, version, none)


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
    derived = _derive("valid_until", fact, start, version, version.value.length)
    if derived.on != held.valid_until:  # adopted: as its letter says, whatever the rule
        length = Period((held.valid_until - start).days, "d")
        return _derive("valid_until", fact, start, version, length)
    return derived


def two_year_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """A starter's two-year date: the follow-up must be decided on or before it."""
    held = case.registration
    if held is None or held.two_year_on is None:
        return None
    return _term("two_year_on", "valid_from", held.valid_from, rules.starter_validity, case)


def follow_up_opens_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Six months before the two-year date."""
    held = case.registration
    if case.state is not State.CERTIFIED or held is None or held.two_year_on is None:
        return None
    version = rules.follow_up_opens.on(case.rules_on)
    length = version.value.length
    return _derive(
        "follow_up_opens_on", "two_year_on", held.two_year_on, version, length, times=-1
    )


def expires_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the validity, no grace."""
    held = case.registration
    if case.state not in RUNNING or held is None:
        return None
    rule = rules.starter_validity if held.two_year_on else rules.validity
    fact = "two_year_on" if held.two_year_on else "valid_until"
    version = rule.on(case.rules_on)
    return _derive("expires_on", fact, held.valid_until, version, Period(0, "d"), plus=1)


def suspension_review_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """When the authority looks again at a suspension."""
    pending = case.suspension
    if pending is None or case.state is not State.SUSPENDED:
        return None
    version = rules.suspension_review.on(case.rules_on)
    length = version.value.length
    if length.after(pending.since) != pending.review_on:
        length = Period((pending.review_on - pending.since).days, "d")
    return _derive("suspension_review_on", "suspended_on", pending.since, version, length)


def condition_due(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """By when the condition of a conditional registration is to be cleared."""
    held = case.registration
    if held is None or held.condition_due is None or case.state not in RUNNING:
        return None
    return _term("condition_due", "decided_on", held.decided_on, rules.condition, case)


def appeal_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day on which an appeal may be lodged."""
    rejected = case.rejection
    if rejected is None or case.state is not State.REJECTED:
        return None
    rule = rules.appeal_authority if rejected.by_authority else rules.appeal_bureau
    return _term("appeal_until", "rejected_on", rejected.on, rule, case)


def evidence_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the certificate behind an exemption, while the visit is still to come."""
    proof = case.exemption
    if proof is None or case.kind != "exemption" or case.state not in PREPARING:
        return None
    version = rules.waiting.on(case.rules_on)
    return _derive("evidence_until", "evidence_until", proof.valid_until, version, Period(0, "d"))


def visit_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The planned visit, while it is still to come."""
    planned = case.audit.visit_on
    open_case = case.state in (State.PREPARED, State.FOLLOW_UP)
    if planned is None or case.audit.started_on is not None or not open_case:
        return None
    version = rules.waiting.on(case.rules_on)
    return _derive("visit_on", "visit_on", planned, version, Period(0, "d"))


DATES: Mapping[str, Dated] = {
    function.__name__: function
    for function in (
        visit_from, visit_until, waiting_overdue_on, lead_from, lead_until, lead_heads_up_on,
        lead_overdue_on, declaration_due, lapses_on, evidence_until, visit_on, measures_due,
        measures_lapse_on, valid_from, valid_until, two_year_on, follow_up_opens_on, expires_on,
        suspension_review_on, condition_due, appeal_until,
    )
}  # fmt: skip


def all_dates(case: Case, rules: RuleBook, today: date) -> tuple[Derived, ...]:
    """Return every date that holds for a case on a day, earliest first."""
    found = (dated(case, rules, today) for dated in DATES.values())
    if case.state not in AUDITING:
        window = {"visit_from", "visit_until", "lead_from", "lead_until"}
        found = (d for d in found if d is not None and d.name not in window)
    return tuple(sorted((d for d in found if d is not None), key=lambda d: (d.on, d.name)))


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
    pairs = (("waiting", waiting_overdue_on), ("lead_time", lead_overdue_on))
    return tuple(
        name
        for name, dated in pairs
        if (late := dated(case, rules, today)) is not None and late.on <= today
    )
