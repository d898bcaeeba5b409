"""A sweep that thinks twice: where the clock or the amount is out of the ordinary, it asks.

A wrong clock, a rule changed by mistake or a restored backup show themselves here: in a day before
the last one swept, in a day far after it, in far more cases than usual. Nothing is written then,
until somebody says that it is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from kmop_lifecycle.domain.errors import NeedsConsent
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import UnitOfWork
from kmop_lifecycle.service.sweep import SweepReport, sweep

_LAST = "sweep"  # the mark in which `sweep` keeps its last day
_WAY_OUT = "kmop sweep --dry-run shows what it would do, --yes (in the UI: Approve) has it done"


def doubts(house: House, today: date) -> list[str]:
    """Return what is out of the ordinary about a sweep of this day; it writes nothing."""
    with house.store(reading=True) as uow:
        return [doubt for doubt in (_of_clock(house, uow, today), _of_amount(house, uow, today))
                if doubt]  # fmt: skip


def must_be_usual(house: House, today: date) -> None:
    """Raise `NeedsConsent` where a sweep of this day is out of the ordinary."""
    if found := doubts(house, today):
        raise NeedsConsent("; ".join(found), hint=_WAY_OUT)


def careful_sweep(
    house: House,
    today: date,
    *,
    agreed: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> SweepReport:
    """Sweep, unless it is out of the ordinary and nobody has agreed: `NeedsConsent`.

    An agreed sweep of an earlier day makes that day the last one: the way back for a register that
    was swept by a wrong clock. What that sweep wrote stays.
    """
    if not (agreed or dry_run):
        must_be_usual(house, today)
    report = sweep(house, today, dry_run=dry_run, progress=progress)
    if agreed and not dry_run:
        _make_last(house, today)
    return report


def _of_clock(house: House, uow: UnitOfWork, today: date) -> str:
    mark = uow.marks().get(_LAST)
    last = date.fromisoformat(mark) if mark else today
    if today < last:
        return f"today is {today}, but {last} was swept already: is this machine's clock right?"
    if (today - last).days > house.limits.usual_days:
        days = (today - last).days
        return f"the last sweep was on {last}, {days} days before {today}: is the clock right?"
    return ""


def _of_amount(house: House, uow: UnitOfWork, today: date) -> str:
    """Compare the cases that want something with what is usual."""
    limits = house.limits
    cases, due = uow.weight(today)
    usual = max(limits.usual_cases, cases * limits.usual_percent // 100)
    if due <= usual:
        return ""
    return f"{due} of {cases} cases are due on {today}, more than the usual {usual}"


def _make_last(house: House, today: date) -> None:
    with house.store() as uow:
        if uow.marks().get(_LAST) != today.isoformat():
            uow.mark(_LAST, today.isoformat(), house.clock.now())
            uow.commit()
