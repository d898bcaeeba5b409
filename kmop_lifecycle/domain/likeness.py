"""Which cases are alike to the clock, so that what time does to one it does to all of them.

Time sees little of a case: its state, a few dates, which papers are there, who is to be told.
`essence` keeps that and hides everything else behind `UNSEEN`, which cannot be read: a rule that
one day looks further than is said here fails loudly, and its cases are then decided one by one.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

from kmop_lifecycle.domain.case import (
    Audit,
    Case,
    Due,
    Exemption,
    Measure,
    Pause,
    Registration,
    Successor,
)
from kmop_lifecycle.domain.lifecycle import AUDITING, State
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.rulebook import RuleBook

SOME = "*"  # stands for the case's own number, enterprise, bureau
_SOME_DAY = date.min  # stands for a date of which only matters that there is one
_ONCE_AUDITED = AUDITING | {State.REJECTED}


class Unseen(LookupError):
    """A rule looked at what time is not supposed to see."""


class _Unseen:
    """Stands for a value that nobody reads."""

    def __repr__(self) -> str:
        return "-"

    def _refuse(self, *_: object) -> Any:  # noqa: ANN401  # it never returns
        raise Unseen

    __bool__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __iter__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __or__ = __ror__ = __contains__ = _refuse
    __getattr__ = __getitem__ = __len__ = __str__ = __format__ = _refuse


UNSEEN: Any = _Unseen()


def essence(case: Case, dues: Iterable[Due]) -> Case:
    """Return all that time sees of a case with these next dates."""
    before = case.state in _ONCE_AUDITED
    first = min((due.on for due in dues), default=_SOME_DAY)
    return changed(
        case,
        number=SOME,
        enterprise=SOME,
        kind=case.kind if before else UNSEEN,
        services=UNSEEN,
        bureau=SOME,
        applied_on=case.applied_on if before else UNSEEN,
        version=0,
        last_on=case.last_on if case.last_on > first else _SOME_DAY,
        first_time=case.first_time if before else UNSEEN,
        active_since=UNSEEN,
        kmop_files=UNSEEN,
        years_of_history=UNSEEN,
        sites=UNSEEN,
        business_units=UNSEEN,
        declaration_signed_on=_whether(case.declaration_signed_on),
        knowledge_test_passed_on=_whether(case.knowledge_test_passed_on),
        quote_accepted_on=_whether(case.quote_accepted_on),
        exemption=_exemption(case.exemption) if before else UNSEEN,
        pauses=_pauses(case) if before else (),
        waived=UNSEEN,
        audits=(_audit(case.audit) if before or case.state is State.FOLLOW_UP else UNSEEN,),
        registration=_registration(case.registration),
        audit_requested_on=_whether(case.audit_requested_on),
        renews=SOME if case.renews else None,
        adopted=case.adopted if before else UNSEEN,
        involved=frozenset(),
        provider_side=frozenset(),
        successor=_successor(case.successor),
    )


def likeness(case: Case, rules: RuleBook, dues: Iterable[Due]) -> str:
    """Return a word that is the same for cases that are alike, under this rule book; or nothing.

    A case with an open pause is like no other: its dates move with every day.
    """
    if case.paused:
        return ""
    left = sorted(earliest(dues).items())
    seen = essence(case, [Due(kind, on) for kind, on in left])
    # A set has no order of its own: names are spelled apart from it.
    names = [] if seen.audit is UNSEEN else sorted(seen.audit.auditors)
    text = repr((changed(seen, audits=_nameless(seen.audit)), names, left, rules.fingerprint))
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=15).digest()).decode()


def earliest(dues: Iterable[Due]) -> dict[str, date]:
    """Return the next dates by kind; of two of one kind the earlier counts."""
    return {due.kind: due.on for due in sorted(dues, key=lambda due: due.on, reverse=True)}


def _whether(day: date | None) -> date | None:
    return _SOME_DAY if day else None


def _exemption(proof: Exemption | None) -> Exemption | None:
    return proof and Exemption("", "", proof.valid_until)


def _pauses(case: Case) -> tuple[Pause, ...]:
    """All closed pauses as one of the same length."""
    if case.paused or not case.pauses:
        return case.pauses
    return (Pause(_SOME_DAY, _SOME_DAY + timedelta(days=case.paused_days(case.last_on))),)


def _audit(audit: Audit) -> Audit:
    """A visit that is awaited has a day and an auditor who is told; a later one only was."""
    awaited = audit.visit_on is not None and audit.started_on is None
    return changed(
        audit,
        visit_on=audit.visit_on if awaited else _whether(audit.visit_on),
        auditor=audit.auditor if awaited else UNSEEN,
        started_on=_whether(audit.started_on),
        closed_on=UNSEEN,
        auditors=audit.auditors if awaited else frozenset(),
        committee=UNSEEN,
        scores=UNSEEN,
        report_approved_on=UNSEEN,
        hours=UNSEEN,
        report=UNSEEN,
        finished_on=_whether(audit.finished_on),
        measures=tuple(Measure("", day) for day in sorted({m.due for m in audit.measures})),
    )


def _nameless(audit: Audit) -> tuple[Audit]:
    return (audit if audit is UNSEEN else changed(audit, auditors=frozenset()),)


def _registration(held: Registration | None) -> Registration | None:
    if held is None:
        return None
    return replace(
        held,
        numbers=UNSEEN,
        decided_on=held.decided_on if held.condition_due else UNSEEN,
    )


def _successor(newest: Successor | None) -> Successor | None:
    return newest and replace(newest, number=SOME, submitted_on=UNSEEN)
