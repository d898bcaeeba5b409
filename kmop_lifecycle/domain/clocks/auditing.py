"""The dates from application to decision: window, lead time, papers, measures, appeal."""

from __future__ import annotations

from datetime import date

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.clocks.adding import bound, derive, term
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import AUDITING, PREPARING, State
from kmop_lifecycle.domain.rulebook import Mode, RuleBook


def visit_from(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """First day of the waiting window: no visit before it unless waived."""
    return bound("visit_from", case, rules.waiting, today, upper=False)


def visit_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the waiting window."""
    return bound("visit_until", case, rules.waiting, today, upper=True)


def waiting_overdue_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the waiting window: overdue from here while there is no visit."""
    if case.state not in PREPARING:
        return None
    return bound("waiting_overdue_on", case, rules.waiting, today, upper=True, plus=1)


def lead_from(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """First day on which a decision is not early."""
    return bound("lead_from", case, rules.lead_time, today, upper=False)


def lead_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the lead time."""
    return bound("lead_until", case, rules.lead_time, today, upper=True)


def lead_heads_up_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day the bureau is told that the lead time is running out."""
    if case.state not in AUDITING:
        return None
    return bound("lead_heads_up_on", case, rules.lead_time, today, upper=False)


def lead_overdue_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the lead time: overdue from here while there is no decision."""
    if case.state not in AUDITING:
        return None
    return bound("lead_overdue_on", case, rules.lead_time, today, upper=True, plus=1)


def declaration_due(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """By when the declaration on honour is expected; a reminder only."""
    if case.state is not State.APPLIED or case.declaration_signed_on:
        return None
    return term("declaration_due", "applied_on", case.applied_on, rules.declaration, case)


def lapses_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after twelve months without a visit."""
    if case.state not in PREPARING:
        return None
    days = case.paused_days(today)
    return term("lapses_on", "applied_on", case.applied_on, rules.lapse, case, plus=1, paused=days)


def evidence_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day of the certificate behind an exemption, while the visit is still to come."""
    proof = case.exemption if case.state in PREPARING else None
    if proof is None or case.kind != "exemption":
        return None
    version = rules.waiting.on(case.rules_on)
    return derive("evidence_until", "evidence_until", proof.valid_until, version, Period(0, "d"))


def visit_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The planned visit, while it is still to come."""
    if case.state not in (State.PREPARED, State.FOLLOW_UP):
        return None
    planned = case.audit.visit_on
    if planned is None or case.audit.started_on is not None:
        return None
    version = rules.waiting.on(case.rules_on)
    return derive("visit_on", "visit_on", planned, version, Period(0, "d"))


def measures_due(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The last due date of open measures, as the committee set it."""
    return max(measure_dues(case, rules), key=lambda due: due.on, default=None)


def measure_dues(case: Case, rules: RuleBook) -> tuple[Derived, ...]:
    """Each due date of open measures: a measure has its own; they end before a registration."""
    if case.state is State.CERTIFIED:
        return ()
    given = case.audit.verdict_on
    if given is None or not case.audit.measures_open:
        return ()
    version = rules.corrective.on(case.rules_on)
    term = version.value.length
    return tuple(
        derive(
            "measures_due",
            "verdict_on",
            given,
            version,
            term if term.after(given) == due else Period((due - given).days, "d"),
        )
        for due in sorted({measure.due for measure in case.audit.measures})
    )


def measures_lapse_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """The day after the last due date."""
    version = rules.corrective.on(case.rules_on)
    if case.state is not State.CORRECTIVE_ACTION or version.value.mode is Mode.OFF:
        return None
    due = measures_due(case, rules, today)
    if due is None:
        return None
    return derive("measures_lapse_on", "measures_due", due.on, version, Period(0, "d"), plus=1)


def appeal_until(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Last day on which an appeal may be lodged."""
    rejected = case.rejection
    if rejected is None or case.state is not State.REJECTED:
        return None
    rule = rules.appeal_authority if rejected.by_authority else rules.appeal_bureau
    return term("appeal_until", "rejected_on", rejected.on, rule, case)
