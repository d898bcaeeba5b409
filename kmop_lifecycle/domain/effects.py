"""What each event makes of a case: the fold from history to case.

`apply` needs nothing but the event's own facts: no rule book, no clock. So the history alone
proves the case, and a changed rule cannot change the past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

from kmop_lifecycle.domain.case import (
    Audit,
    Case,
    Event,
    Measure,
    Pause,
    Rejection,
    Suspension,
)
from kmop_lifecycle.domain.lifecycle import PREPARING, Role, State, Trigger
from kmop_lifecycle.domain.opening import day, exemption, numbers, opened, registration, sure
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.rulebook import Kind

T = Trigger


def _audit(case: Case, **changes: Any) -> Case:  # noqa: ANN401  # the fields of Audit
    return changed(case, audits=(*case.audits[:-1], changed(case.audit, **changes)))


def _requested(case: Case, event: Event) -> Case:
    """Note that the follow-up audit is asked for: by `request_audit` or by its first step."""
    if case.state is not State.FOLLOW_UP or case.audit_requested_on:
        return case
    return changed(case, audit_requested_on=event.on)


def _confirm_prepared(case: Case, event: Event) -> Case:
    facts = event.facts
    return changed(
        case,
        declaration_signed_on=day(facts, "declaration_signed_on"),
        knowledge_test_passed_on=day(facts, "knowledge_test_passed_on"),
        quote_accepted_on=day(facts, "quote_accepted_on"),
        exemption=exemption(facts),
        bureau=facts["bureau"],
    )


def _fresh(case: Case) -> Case:
    """Begin another visit in the follow-up when an earlier one has had its verdict."""
    return _again(case) if case.audit.verdict else case


def _again(case: Case, started_on: date | None = None) -> Case:
    """Audit once more; who took part before has taken part in the audit."""
    old = case.audit
    new = Audit(started_on=started_on, auditors=old.auditors, committee=old.committee)
    return changed(case, audits=(*case.audits, new))


def _plan_visit(case: Case, event: Event) -> Case:
    case = _requested(_fresh(case), event)
    return _audit(case, visit_on=sure(event.facts, "visit_on"), auditor=event.facts["auditor"])


def _start_visit(case: Case, event: Event) -> Case:
    case = _requested(_fresh(case), event)
    auditors = case.audit.auditors | {name for name in [event.facts["auditor"]] if name}
    return _audit(case, started_on=event.on, auditors=auditors)


def _close_visit(case: Case, event: Event) -> Case:
    return _audit(
        case,
        scores=dict(event.facts["scores"]),
        report_approved_on=sure(event.facts, "report_approved_on"),
        closed_on=event.on,
        auditors=case.audit.auditors | {event.by.name},
    )


def _finish_report(case: Case, event: Event) -> Case:
    return _audit(
        case,
        hours=event.facts["hours"],
        report=event.facts["report"],
        finished_on=event.on,
        auditors=case.audit.auditors | {event.by.name},
    )


def _give_verdict(case: Case, event: Event) -> Case:
    measures = tuple(
        Measure(asked["what"], sure(asked, "due")) for asked in event.facts["measures"]
    )
    case = _audit(
        case,
        verdict=event.facts["verdict"],
        verdict_on=event.on,
        measures=measures,
        committee=case.audit.committee | {event.by.name},
    )
    return _rejected(case, event) if event.to is State.REJECTED else case


def _register(case: Case, event: Event) -> Case:
    return changed(case, registration=registration(event.facts))


def _extend(case: Case, event: Event) -> Case:
    held = case.registration
    if held is None:  # cannot be: follow_up is reached from certified only
        return case
    longer = replace(
        held,
        valid_until=sure(event.facts, "valid_until"),
        two_year_on=None,
        numbers={**held.numbers, **numbers(event.facts)},
    )
    return changed(case, registration=longer)


def _rejected(case: Case, event: Event) -> Case:
    rejection = Rejection(
        on=day(event.facts, "decided_on") or event.on,
        by_authority=event.by.role is Role.AUTHORITY,
        before=event.source or State.APPLIED,
    )
    return changed(case, rejection=rejection)


def _submit_evidence(case: Case, event: Event) -> Case:
    answered = tuple(
        replace(measure, answer=answer)
        for measure, answer in zip(case.audit.measures, event.facts["answers"], strict=True)
    )
    return _audit(case, measures=answered, verdict="", verdict_on=None)


def _order_reaudit(case: Case, event: Event) -> Case:
    return _again(case, event.on)


def _uphold_appeal(case: Case, event: Event) -> Case:
    case = changed(case, rejection=None)
    if case.audit.verdict in ("fail", "corrective"):
        return _audit(case, verdict="", verdict_on=None, measures=())
    return case


def _ended(case: Case, event: Event) -> Case:
    return changed(case, ended_on=event.on)


def _suspend(case: Case, event: Event) -> Case:
    pending = Suspension(event.on, sure(event.facts, "review_on"), event.source or State.CERTIFIED)
    return changed(case, suspension=pending)


def _lift(case: Case, event: Event) -> Case:
    return changed(case, suspension=None)


def _request_audit(case: Case, event: Event) -> Case:
    return _requested(case, event)


def _open_follow_up(case: Case, event: Event) -> Case:
    return changed(case, audits=(*case.audits, Audit()))


def _pause(case: Case, event: Event) -> Case:
    return changed(case, pauses=(*case.pauses, Pause(event.on)))


def _resume(case: Case, event: Event) -> Case:
    return changed(case, pauses=(*case.pauses[:-1], Pause(case.pauses[-1].since, event.on)))


def _waive(case: Case, event: Event) -> Case:
    return changed(case, waived=True)


def _change_kind(case: Case, event: Event) -> Case:
    return changed(
        case,
        kind=Kind(event.facts["kind"]),
        exemption=exemption(event.facts),
        active_since=day(event.facts, "active_since"),
        quote_accepted_on=day(event.facts, "quote_accepted_on"),
    )


_EFFECTS: Mapping[Trigger, Callable[[Case, Event], Case]] = {
    T.CONFIRM_PREPARED: _confirm_prepared,
    T.PLAN_VISIT: _plan_visit,
    T.START_VISIT: _start_visit,
    T.CLOSE_VISIT: _close_visit,
    T.FINISH_REPORT: _finish_report,
    T.GIVE_VERDICT: _give_verdict,
    T.REGISTER: _register,
    T.REFUSE: _rejected,
    T.SUBMIT_EVIDENCE: _submit_evidence,
    T.ORDER_REAUDIT: _order_reaudit,
    T.MEASURES_LAPSED: _rejected,
    T.UPHOLD_APPEAL: _uphold_appeal,
    T.WITHDRAW: _ended,
    T.LAPSE: _ended,
    T.OPEN_FOLLOW_UP: _open_follow_up,
    T.REQUEST_AUDIT: _request_audit,
    T.EXTEND: _extend,
    T.EXPIRE: _ended,
    T.SUSPEND: _suspend,
    T.LIFT: _lift,
    T.REVOKE: _ended,
    T.RELINQUISH: _ended,
    T.PAUSE: _pause,
    T.RESUME: _resume,
    T.WAIVE: _waive,
    T.CHANGE_KIND: _change_kind,
}


def apply(case: Case | None, event: Event) -> Case:
    """Return the case after an event; None before the event that opens it."""
    after = opened(event) if case is None else _EFFECTS[event.trigger](case, event)
    if after.paused and event.to not in PREPARING:  # a visit or an end closes an open pause
        after = _resume(after, event)
    names = frozenset({event.by.name}) if event.by.role is not Role.SYSTEM else frozenset()
    provider = names if event.by.role is Role.PROVIDER else frozenset()
    return changed(
        after,
        state=event.to,
        version=event.seq,
        last_on=event.on,
        involved=after.involved | names,
        provider_side=after.provider_side | provider,
    )


def fold(events: list[Event]) -> Case | None:
    """Return the case that a whole history makes."""
    return reduce(apply, events, None)
