"""What comes next, and whose turn it is: no open case is ever nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmop_lifecycle.domain.case import Audit, Case
from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.lifecycle import ENDED, Role, State, Trigger

S = State


def papers_missing(case: Case) -> tuple[str, ...]:
    """Return which papers the provider still owes before the case can be prepared."""
    wanted = {
        "declaration": case.declaration_signed_on,
        "knowledge_test": case.knowledge_test_passed_on or not case.first_time,
        "quote": case.quote_accepted_on,
        "exemption": case.exemption or case.kind != "exemption",
    }
    return tuple(name for name, present in wanted.items() if not present)


_WHOSE: Mapping[Trigger, Role] = {  # who is waited for; who may take the step stands on the page
    Trigger.CONFIRM_PREPARED: Role.BUREAU,
    Trigger.PLAN_VISIT: Role.BUREAU,
    Trigger.START_VISIT: Role.AUDITOR,
    Trigger.CLOSE_VISIT: Role.AUDITOR,
    Trigger.FINISH_REPORT: Role.AUDITOR,
    Trigger.GIVE_VERDICT: Role.COMMITTEE,
    Trigger.SUBMIT_EVIDENCE: Role.PROVIDER,
    Trigger.REGISTER: Role.AUTHORITY,
    Trigger.EXTEND: Role.AUTHORITY,
    Trigger.REQUEST_AUDIT: Role.PROVIDER,
    Trigger.LIFT: Role.AUTHORITY,
}


def _audit_step(audit: Audit, decision: Trigger) -> Trigger:
    """What moves an audit on: visit, report, verdict, decision."""
    if audit.measures_open:
        return Trigger.SUBMIT_EVIDENCE
    if audit.started_on is None:
        return Trigger.PLAN_VISIT if audit.visit_on is None else Trigger.START_VISIT
    if audit.closed_on is None:
        return Trigger.CLOSE_VISIT
    if audit.finished_on is None:
        return Trigger.FINISH_REPORT
    return decision if audit.verdict else Trigger.GIVE_VERDICT


def _follow_up(case: Case) -> Trigger | None:
    if case.audit.verdict == Verdict.FAIL:
        return None
    if case.audit_requested_on is None:
        return Trigger.REQUEST_AUDIT
    return _audit_step(case.audit, Trigger.EXTEND)


_STEPS: Mapping[State, Callable[[Case], Trigger | None]] = {
    S.APPLIED: lambda case: None if papers_missing(case) else Trigger.CONFIRM_PREPARED,
    S.PREPARED: lambda case: _audit_step(case.audit, Trigger.REGISTER),
    S.ONSITE_AUDIT: lambda _: Trigger.CLOSE_VISIT,
    S.OFFICE_AUDIT: lambda case: _audit_step(case.audit, Trigger.REGISTER),
    S.CORRECTIVE_ACTION: lambda _: Trigger.SUBMIT_EVIDENCE,
    S.FOLLOW_UP: _follow_up,
    S.SUSPENDED: lambda _: Trigger.LIFT,
}


def next_step(case: Case) -> Trigger | None:
    """Return the step that moves a case on; None while there is nothing to record.

    Papers that a provider still owes, a renewal and an appeal are no step of this case yet.
    """
    return _STEPS[case.state](case) if case.state in _STEPS else None


def turn(case: Case) -> Role | None:
    """Return the role that must act next; None only when the case has ended for good.

    A rejected case is the provider's while an appeal may be lodged; `clocks.appeal_until` says how
    long.
    """
    if case.state in ENDED:
        return None
    step = next_step(case)
    return _WHOSE[step] if step else Role.PROVIDER
