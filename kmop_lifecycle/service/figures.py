"""What an installation is watched by: a few counts, cheap enough for every minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kmop_lifecycle.domain.clocks import overdue
from kmop_lifecycle.domain.lifecycle import AUDITING
from kmop_lifecycle.service.everyone import Everyone
from kmop_lifecycle.service.house import House

AHEAD = (30, 90, 180)  # days
CLOCKS = ("waiting", "lead_time")
_WAITING = frozenset({"due", "retry", "sending"})
_LAST = "sweep"  # the mark in which `sweep` keeps its last day


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
    """Count; the domain is asked about the cases under audit only, once for all that are alike."""
    today = house.clock.today()
    with house.store(reading=True) as uow:
        counts = uow.counts("state", "outcome")
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
    asked = Everyone(house.rules, today, AUDITING, lambda case: overdue(case, house.rules, today))
    with house.store(reading=True) as uow:
        for told in asked.answers(uow):
            for clock in told.answer:
                found[clock] += told.cases
    return found
