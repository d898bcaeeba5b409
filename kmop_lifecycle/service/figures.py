"""What an installation is watched by: a few counts, cheap enough for every minute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.clocks import overdue
from kmop_lifecycle.domain.lifecycle import AUDITING
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import CaseFilter

AHEAD = (30, 90, 180)  # days
CLOCKS = ("waiting", "lead_time")
_WAITING = frozenset({"due", "retry", "sending"})
_LAST = "sweep"  # the mark in which `sweep` keeps its last day
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """How an installation stands on a day."""

    cases: Mapping[str, int]  # by state
    notices: Mapping[str, int]  # by outcome
    overdue: Mapping[str, int]  # by clock
    expiring: Mapping[int, int]  # registrations whose last day is at most so many days ahead
    oldest_due_days: int  # how long the oldest notice that is not sent has been due
    swept_on: date | None  # the last day that was swept


def figures(house: House) -> Figures:
    """Count; what is asked of the domain are the cases under audit only."""
    today = house.clock.today()
    with house.store(reading=True) as uow:
        counts = uow.counts()
        oldest = uow.outbox(_WAITING, 0, 1)
        swept = uow.marks().get(_LAST)
        expiring = {days: uow.expiring(today, today + timedelta(days)) for days in AHEAD}
    return Figures(
        cases=counts["state"],
        notices=counts["outcome"],
        overdue=_overdue(house, today),
        expiring=expiring,
        oldest_due_days=max(0, (today - oldest[0].notice.due_on).days) if oldest else 0,
        swept_on=date.fromisoformat(swept) if swept else None,
    )


def _overdue(house: House, today: date) -> dict[str, int]:
    found = dict.fromkeys(CLOCKS, 0)
    for case in _under_audit(house):
        for clock in overdue(case, house.rules, today):
            found[clock] += 1
    return found


def _under_audit(house: House) -> Iterator[Case]:
    after = ""
    while True:
        with house.store(reading=True) as uow:
            lines = uow.find(CaseFilter(states=frozenset(AUDITING), after=after, limit=_PAGE))
            cases = uow.get_many([line.number for line in lines]) if lines else []
        yield from cases
        if len(lines) < _PAGE:
            return
        after = lines[-1].number
