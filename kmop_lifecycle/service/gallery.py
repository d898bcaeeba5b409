"""Example cases that show every notice there is: of each rung and each step, to each role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kmop_lifecycle.domain.calendar import months_later
from kmop_lifecycle.domain.case import (
    SYSTEM,
    Audit,
    Case,
    Event,
    Exemption,
    Measure,
    Notice,
    Party,
    Registration,
    Rejection,
    Successor,
    Suspension,
)
from kmop_lifecycle.domain.decide import step_notices
from kmop_lifecycle.domain.ladders import Instance, instances
from kmop_lifecycle.domain.lifecycle import STEPS, Role, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, RuleBook, Service

S = State
PARTY = Party(enterprise="0566988259", name="Voorbeeld Opleidingen BV")
READER = "Jo Maes"
_VERDICTS = {"pass": S.OFFICE_AUDIT, "conditional": S.OFFICE_AUDIT,
             "corrective": S.CORRECTIVE_ACTION, "fail": S.REJECTED}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One notice with the case it is about, on the day it is due."""

    notice: Notice
    case: Case
    day: date
    variant: str = ""  # what tells apart two of the same ladder and rung


def examples(rules: RuleBook, today: date) -> Iterator[Example]:
    """Yield each notice of the rule book once, as if a case had been opened today."""
    seen: set[tuple[str, str, str, str]] = set()
    for one in (*_reminders(rules, today), *_steps(today)):
        key = (one.notice.ladder, one.notice.rung, one.variant, str(one.notice.role))
        if key not in seen:
            seen.add(key)
            yield one


def several(found: Iterable[Example]) -> dict[Role, list[Example]]:
    """Return for each role one notice of each ladder: what a day with several looks like."""
    first: dict[Role, dict[str, Example]] = {}
    for one in found:
        first.setdefault(one.notice.role, {}).setdefault(one.notice.ladder, one)
    return {role: list(ladders.values()) for role, ladders in first.items() if len(ladders) > 1}


def _reminders(rules: RuleBook, today: date) -> Iterator[Example]:
    anchors: dict[str, set[str]] = {}
    for ladder in rules.ladders.on(today).value:
        anchors.setdefault(ladder.name, set()).add(ladder.anchor)
    for case in _cases(today):
        for instance in instances(case, rules, today):
            several = len(anchors[instance.ladder.name]) > 1
            yield from _rungs(instance, instance.ladder.anchor if several else _variant(case))


def _rungs(instance: Instance, variant: str) -> Iterator[Example]:
    for rung in instance.rungs(instance.anchor.on):
        for notice in instance.notices(rung):
            yield Example(notice, instance.case, rung.on(instance.anchor.on), variant)


def _variant(case: Case) -> str:
    return "requested" if case.audit_requested_on or case.successor else ""


def _steps(today: date) -> Iterator[Example]:
    standing: dict[State, list[Case]] = {}
    for case in _cases(today):
        standing.setdefault(case.state, []).append(case)
    for step in STEPS:
        if step.trigger is Trigger.GIVE_VERDICT:
            continue
        for state in sorted({step.to} if step.to else step.sources):
            for case in standing[state]:
                yield from _told(step.trigger, case, today)
    for verdict, state in _VERDICTS.items():
        case = standing[state][0]
        judged = replace(case.audit, verdict=verdict, verdict_on=today)
        yield from _told(Trigger.GIVE_VERDICT, replace(case, audits=(judged,)), today, verdict)


def _told(trigger: Trigger, after: Case, today: date, variant: str = "") -> Iterator[Example]:
    event = Event(after.number, after.version, trigger, None, after.state, SYSTEM, today)
    for notice in step_notices(event, after):
        yield Example(notice, after, today, variant)


def _cases(today: date) -> tuple[Case, ...]:
    """Return one case, or some, in every state."""
    applied = _applied(today)
    visit = Audit(visit_on=today + timedelta(days=35), auditor="an")
    begun = Audit(started_on=today, auditors=frozenset({"an"}))
    done = replace(begun, closed_on=today, finished_on=today)
    open_measures = replace(
        done,
        verdict="corrective",
        verdict_on=today,
        measures=(Measure("…", months_later(today, 3)),),
    )
    proof = Exemption("iso9001", "…", today + timedelta(days=30))
    bare = replace(applied, audits=(Audit(),))
    rejection = Rejection(today, by_authority=False, before=S.OFFICE_AUDIT)
    return (
        applied,
        replace(applied, state=S.PREPARED, audits=(visit,)),
        replace(bare, state=S.PREPARED),
        replace(bare, state=S.PREPARED, kind=Kind.EXEMPTION, exemption=proof),
        replace(applied, state=S.ONSITE_AUDIT, audits=(begun,)),
        replace(applied, state=S.OFFICE_AUDIT, audits=(done,)),
        replace(applied, state=S.CORRECTIVE_ACTION, audits=(open_measures,)),
        replace(applied, state=S.REJECTED, audits=(done,), rejection=rejection),
        replace(applied, state=S.WITHDRAWN, ended_on=today),
        *_registered(applied, today),
    )


def _applied(today: date) -> Case:
    return Case(
        number=f"{today.year}-000123",
        enterprise=PARTY.enterprise,
        kind=Kind.STARTER,
        services={Service.TRAINING: (), Service.ADVICE: ()},
        bureau="DNV",
        applied_on=today,
        rules_on=today,
        state=S.APPLIED,
        version=7,
        last_on=today,
    )


def _registered(applied: Case, today: date) -> Iterator[Case]:
    """Yield the cases with a registration: a full one, and a starter's."""
    full = Registration(today, months_later(today, 60), today)
    two = months_later(today, 24)
    starter = replace(full, valid_until=two, two_year_on=two)
    held = replace(applied, state=S.CERTIFIED, kind=Kind.BASIC, registration=full)
    following = replace(applied, state=S.FOLLOW_UP, registration=starter)
    renewal = Successor(f"{today.year}-000124", S.PREPARED, today)
    suspension = Suspension(today, months_later(today, 6), S.CERTIFIED)
    conditional = replace(full, condition_due=months_later(today, 6))
    yield held
    yield replace(held, successor=renewal)
    yield replace(held, registration=conditional)
    yield following
    yield replace(following, audit_requested_on=today)
    yield replace(held, state=S.SUSPENDED, suspension=suspension)
    yield replace(following, state=S.EXPIRED, ended_on=two)
    yield replace(held, state=S.EXPIRED, ended_on=full.valid_until)
    yield replace(held, state=S.REVOKED, ended_on=today)
