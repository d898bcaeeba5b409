"""Whose turn it is: no open case is ever nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmop_lifecycle.domain.case import Audit, Case
from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.lifecycle import ENDED, Role, State

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


def _audit_turn(audit: Audit) -> Role:
    """Who moves an audit on: visit, report, verdict, decision."""
    if audit.measures_open:
        return Role.PROVIDER
    if audit.started_on is None:
        return Role.BUREAU if audit.visit_on is None else Role.AUDITOR
    if audit.finished_on is None:
        return Role.AUDITOR
    return Role.AUTHORITY if audit.verdict else Role.COMMITTEE


def _follow_up(case: Case) -> Role:
    if case.audit_requested_on is None or case.audit.verdict == Verdict.FAIL:
        return Role.PROVIDER
    return _audit_turn(case.audit)


_TURNS: Mapping[State, Callable[[Case], Role]] = {
    S.APPLIED: lambda case: Role.PROVIDER if papers_missing(case) else Role.BUREAU,
    S.PREPARED: lambda case: _audit_turn(case.audit),
    S.ONSITE_AUDIT: lambda _: Role.AUDITOR,
    S.OFFICE_AUDIT: lambda case: _audit_turn(case.audit),
    S.CORRECTIVE_ACTION: lambda _: Role.PROVIDER,
    S.CERTIFIED: lambda _: Role.PROVIDER,
    S.FOLLOW_UP: _follow_up,
    S.SUSPENDED: lambda _: Role.AUTHORITY,
    S.REJECTED: lambda _: Role.PROVIDER,
}


def turn(case: Case) -> Role | None:
    """Return the role that must act next; None only when the case has ended for good.

    A rejected case is the provider's while an appeal may be lodged; `clocks.appeal_until` says how
    long.
    """
    return None if case.state in ENDED else _TURNS[case.state](case)
