"""Replay every history and compare it with what the tables say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Case, Event
from kmop_lifecycle.domain.decide import dues
from kmop_lifecycle.domain.effects import fold
from kmop_lifecycle.domain.lifecycle import REGISTERED, Trigger
from kmop_lifecycle.domain.machine import rows
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import UnitOfWork
from kmop_lifecycle.service.queries import card

_PAGE = 200


@dataclass(slots=True)
class VerifyReport:
    """How much was read, and every row that contradicts another."""

    cases: int = 0
    events: int = 0
    breaches: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"cases": self.cases, "events": self.events, "breaches": self.breaches}


def verify(house: House, progress: Callable[[int], None] | None = None) -> VerifyReport:
    """Return what is off in the record; nothing is written."""
    report = VerifyReport()
    after = ""
    today = house.clock.today()
    while True:
        with house.store(reading=True) as uow:
            numbers = uow.numbers(after, _PAGE)
            for number in numbers:
                events = [row.event for row in uow.history(number)]
                report.cases += 1
                report.events += len(events)
                problems = _problems(uow, number, events, house.rules, today)
                report.breaches += [f"{number}: {problem}" for problem in problems]
        if progress:
            progress(len(numbers))
        if len(numbers) < _PAGE:
            return report
        after = numbers[-1]


def _problems(
    uow: UnitOfWork, number: str, events: list[Event], rules: RuleBook, today: date
) -> Iterator[str]:
    case = uow.get(number)
    chain = list(_chain(events))
    yield from chain
    if not chain and fold(events) != replace(case, successor=None):
        yield "the case differs from what its history makes of it"
    yield from _certificate(case, events)
    yield from _plan(uow, case, rules, today)


def _chain(events: list[Event]) -> Iterator[str]:
    """One row per change, no gap, each a step of the page."""
    if not events:
        yield "no history"
    state = None
    for place, event in enumerate(events, 1):
        if event.seq != place:
            yield f"history row {place} has sequence {event.seq}"
        if event.source != state:
            yield f"history row {place} starts from {event.source}, not from {state}"
        if not any(step.to in (event.to, None) for step in rows(event.trigger, event.source)):
            yield f"history row {place}: the page has no {event.trigger} from {event.source}"
        state = event.to


def _certificate(case: Case, events: list[Event]) -> Iterator[str]:
    """No certificate without both audit parts, a verdict and a decision, by different people."""
    fired = {event.trigger: event.by.name for event in events}
    if Trigger.REGISTER not in fired:
        return
    wanted = (Trigger.CLOSE_VISIT, Trigger.FINISH_REPORT, Trigger.GIVE_VERDICT)
    yield from (f"registered without {step}" for step in wanted if step not in fired)
    register = next(n for n, e in enumerate(events) if e.trigger is Trigger.REGISTER)
    before = events[:register]
    auditors = {
        e.by.name
        for e in before
        if e.trigger in (Trigger.START_VISIT, Trigger.CLOSE_VISIT, Trigger.FINISH_REPORT)
    }
    committee = {e.by.name for e in before if e.trigger is Trigger.GIVE_VERDICT}
    decider = events[register].by.name
    if auditors & committee or decider in auditors | committee:
        yield "audit, verdict and decision are not by different people"
    if case.state in REGISTERED and case.registration is None:
        yield "certified without a registration"


def _plan(uow: UnitOfWork, case: Case, rules: RuleBook, today: date) -> Iterator[str]:
    """Every open case has somebody's turn and a next date, and the sweep knows of it."""
    at = card(case, rules, today)
    if at.turn is None:
        return
    if at.next is None:
        yield "open, but without a next date"
    ledger = uow.ledger([case.number])[case.number]
    planned = {due.kind: due.on for due in uow.dues(case.number)}
    for due in dues(case, rules, today, ledger):
        if due.kind not in planned or planned[due.kind] > max(due.on, today):
            yield f"the sweep does not know of {due.kind} on {due.on}"
