"""Conditions on planning, starting and closing a visit, in the first audit and the follow-up."""

from __future__ import annotations

from datetime import date

from kmop_lifecycle.domain.attempt import Attempt, appointed, not_late, refuse
from kmop_lifecycle.domain.clocks.auditing import visit_from, visit_until
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.rulebook import Kind, Mode


def _early(first: Derived | None, day: date, attempt: Attempt, mode: Mode) -> str | None:
    if first is None or day >= first.on or attempt.case.waived:
        return None
    if mode is Mode.BLOCK:
        raise refuse(
            Code.VISIT_TOO_EARLY,
            f"a visit on {day} is before {first.on}: {first.length} after {first.fact} "
            f"{first.start} and {first.paused_days} paused days",
            f"visit on or after {first.on}, or let an admin waive the waiting time",
        )
    return str(Code.VISIT_TOO_EARLY)


def visit_in_window(attempt: Attempt) -> str | None:
    """Not before the window opens unless waived; after it only where the rule book blocks."""
    case, rules = attempt.case, attempt.rules
    window = rules.waiting.on(case.rules_on).value
    not_late(visit_until(case, rules, attempt.on), attempt.visit_on, window.max_mode)
    first = visit_from(case, rules, attempt.on)
    return _early(first, attempt.visit_on, attempt, window.min_mode)


def planned_in_window(attempt: Attempt) -> str | None:
    """A visit is planned for a coming day in the window."""
    if attempt.visit_on < attempt.on:
        raise refuse(
            Code.OUT_OF_ORDER,
            f"data.visit_on: {attempt.visit_on} is before {attempt.on}",
            "plan a visit for that day or later",
        )
    return visit_in_window(attempt)


def bureau_appointed(attempt: Attempt) -> str | None:
    """The bureau is appointed on the day of the visit."""
    day, name = attempt.visit_on, attempt.case.bureau
    if appointed(name, day, attempt.rules) is None:
        listed = ", ".join(b.name for b in attempt.rules.bureaus.on(day).value) or "none known"
        raise refuse(
            Code.BUREAU_NOT_APPOINTED,
            f"{name or 'no bureau'} is not appointed on {day}",
            f"appointed then: {listed}",
        )
    return None


def evidence_valid(attempt: Attempt) -> str | None:
    """The certificate behind an exemption is valid on the day of the visit."""
    proof = attempt.case.exemption
    exempt = attempt.audit_kind is Kind.EXEMPTION
    if exempt and (proof is None or proof.valid_until < attempt.visit_on):
        until = proof.valid_until if proof else "never"
        raise refuse(
            Code.EXEMPTION_EVIDENCE_EXPIRED,
            f"the certificate is valid until {until}, the visit is on {attempt.visit_on}",
            "change the kind to basic, or to exemption with a newer certificate",
        )
    return None


def auditor_competent(attempt: Attempt) -> str | None:
    """A listed auditor is competent for all services of the case on that day."""
    for auditor in attempt.rules.auditors.on(attempt.visit_on).value:
        if auditor.name != attempt.auditor:
            continue
        lacking = set(attempt.case.services) - auditor.services
        gone = auditor.until is not None and auditor.until < attempt.visit_on
        if lacking or gone:
            raise refuse(
                Code.AUDITOR_NOT_COMPETENT,
                f"auditor {auditor.name} is not competent for "
                f"{', '.join(sorted(attempt.case.services))} on {attempt.visit_on}",
                "choose another auditor, or correct the list of auditors in the rule book",
            )
    return None


def auditor_free(attempt: Attempt) -> str | None:
    """The auditor has no tie with the provider and did not act for him."""
    name, case = attempt.auditor, attempt.case
    listed = attempt.rules.auditors.on(attempt.visit_on).value
    tied = any(a.name == name and case.enterprise in a.conflicts for a in listed)
    if tied or name in case.provider_side:
        raise refuse(
            Code.AUDITOR_CONFLICT,
            f"auditor {name} has a conflict of interest with this provider",
            "choose another auditor",
        )
    return None
