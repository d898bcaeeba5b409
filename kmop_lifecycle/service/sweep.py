"""What the clock owes: write down the steps and reminders whose day has come."""

from __future__ import annotations

import logging
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Case, Event
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.likeness import likeness
from kmop_lifecycle.domain.passing import Passage, Plan, passage
from kmop_lifecycle.domain.reminders import Key
from kmop_lifecycle.service.agenda import Span, Taken
from kmop_lifecycle.service.alike import Plans, Work
from kmop_lifecycle.service.fire import write
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import UnitOfWork

_LAST = "sweep"  # the mark that holds the day of the last whole sweep
_ALONE = 200  # cases decided one by one in one transaction: others wait for SQLite's write lock
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SweepReport:
    """What one sweep did, or would do."""

    today: date
    dry_run: bool = False
    cases: int = 0
    moved: Counter[str] = field(default_factory=Counter)  # by trigger
    notices: Counter[str] = field(default_factory=Counter)  # by ladder, to be sent
    moot: int = 0  # recorded, never sent: a newer rung took their place
    failed: list[tuple[str, str]] = field(default_factory=list)  # case, reason
    last_on: date | None = None  # the day of the sweep before this one
    late: int = 0  # reminders written after their own day

    @property
    def outage(self) -> str:
        """Say what a silence of days has cost; empty when there was none."""
        down = (self.today - self.last_on).days - 1 if self.last_on else 0
        if down <= 0:
            return ""
        days = "1 day" if down == 1 else f"{down} days"
        return f"down {days}: {self.late} late, {self.moot} moot, {len(self.failed)} lost"

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "today": self.today.isoformat(),
            "dry_run": self.dry_run,
            "cases": self.cases,
            "moved": dict(sorted(self.moved.items())),
            "notices": dict(sorted(self.notices.items())),
            "moot": self.moot,
            "late": self.late,
            "last_on": self.last_on.isoformat() if self.last_on else None,
            "outage": self.outage,
            "failed": [{"case": case, "reason": reason} for case, reason in self.failed],
        }

    def add(self, passed: Plan | Passage, times: int = 1) -> None:
        """Count what was done to so many cases."""
        late = [row for row in passed.reminders if not row.moot and row.due_on < self.today]
        self.cases += times
        self.late += times * len(late)
        self.moot += times * sum(row.moot for row in passed.reminders)
        for event in passed.events:
            self.moved[str(event.trigger)] += times
        for row in (*passed.told, *passed.reminders):
            if not row.moot:
                self.notices[row.ladder] += times


def sweep(
    house: House,
    today: date,
    *,
    dry_run: bool = False,
    watch: Callable[[Event], None] | None = None,
    progress: Callable[[int], None] | None = None,
    within: Span | None = None,
) -> SweepReport:
    """Bring every case up to a day; repeated, late or interrupted, the end is the same.

    Each chunk of cases is one transaction. Any number of sweeps may run at once: what one has
    locked the others pass by, and look at again in the end. A case that cannot be swept is
    reported and left as it is; the others go on. A sweep within a span does not count as a sweep
    of its day.
    """
    report = SweepReport(today, dry_run, last_on=_last_on(house))
    sweeper = _Sweeper(house, report, watch, within)
    ids = sweeper.due()
    wait = False
    while ids:
        for start in range(0, len(ids), house.limits.sweep_chunk):
            some = ids[start : start + house.limits.sweep_chunk]
            sweeper.chunk(some, wait=wait)
            if progress:
                progress(len(some))
        ids, wait = sweeper.left(), True
    if not dry_run and within is None and (report.last_on is None or report.last_on < today):
        _remember(house, today)
    return report


def _last_on(house: House) -> date | None:
    with house.store(reading=True) as uow:
        last = uow.marks().get(_LAST)
    return date.fromisoformat(last) if last else None


def _remember(house: House, today: date) -> None:
    with house.store() as uow:
        uow.mark(_LAST, today.isoformat(), house.clock.now())
        uow.commit()


class _Sweeper:
    """One sweep under way: what it has found out, and what it has to come back to."""

    def __init__(
        self,
        house: House,
        report: SweepReport,
        watch: Callable[[Event], None] | None,
        within: Span | None,
    ) -> None:
        self._house, self._report, self._watch = house, report, watch
        self._within = within
        self._plans = Plans(house.rules, report.today)
        self._missed = array("q")  # somebody else had them
        self._failed: set[int] = set()
        self._again = False  # a renewal ended: what it renews is reminded again

    def due(self) -> Sequence[int]:
        """Return which cases are due: read once, so that a sweep costs what is due."""
        with self._house.store(reading=True) as uow:
            return uow.due(self._report.today, self._within)

    def left(self) -> Sequence[int]:
        """Return the cases to come back to."""
        again, self._again = self._again and not self._report.dry_run, False
        missed, self._missed = frozenset(self._missed), array("q")
        if not again and not missed:
            return ()
        return [i for i in self.due() if i not in self._failed and (again or i in missed)]

    def chunk(self, ids: Sequence[int], *, wait: bool) -> None:
        """Sweep some cases; those to be decided one by one in transactions of their own."""
        alone = self._transaction(ids, wait=wait)
        while alone:
            alone = self._transaction(alone, wait=True)

    def _transaction(self, ids: Sequence[int], *, wait: bool) -> Sequence[int]:
        """Sweep some cases in one transaction; return which of them it did not get to."""
        done: list[Event] = []
        with self._house.store() as uow:
            taken = uow.take(ids, self._report.today, wait=wait)
            if not wait and len(taken) < len(ids):
                self._missed.extend(sorted(frozenset(ids) - {one.id for one in taken}))
            work, alone = self._plans.share_out(uow, taken)
            self._carry_out(uow, work, done)
            self._one_by_one(uow, alone[:_ALONE], done)
            if taken and not self._report.dry_run:
                uow.commit()
        for event in done if self._watch else ():
            self._watch(event)  # type: ignore[misc]  # the loop is empty without a watcher
        return [one.id for one in alone[_ALONE:]]

    def _carry_out(self, uow: UnitOfWork, work: Work, done: list[Event]) -> None:
        """Do to all that are alike what the domain decided for one of them."""
        if work and not self._report.dry_run:
            uow.carry_out(work, self._house.clock.now())
        for plan, cases in work:
            self._report.add(plan, len(cases))
            for case in cases if self._watch else ():
                done.extend(plan.events_of(case.number, case.version))

    def _one_by_one(self, uow: UnitOfWork, taken: Sequence[Taken], done: list[Event]) -> None:
        numbers = [one.number for one in taken]
        ids = {one.number: one.id for one in taken}
        ledgers = uow.ledger(numbers) if numbers else {}
        for case in uow.get_many(numbers) if numbers else ():
            passed = self._one(uow, case, ledgers[case.number])
            if passed is None:
                self._failed.add(ids[case.number])
            else:
                done.extend(passed.events)
                self._again = self._again or bool(case.renews and passed.events)

    def _one(self, uow: UnitOfWork, case: Case, ledger: Collection[Key]) -> Passage | None:
        """Decide first, then write, so that a case that cannot be decided leaves no trace."""
        today, rules, now = self._report.today, self._house.rules, self._house.clock.now()
        try:
            passed = passage(case, rules, today, ledger)
        except (LifecycleError, LookupError, ValueError) as reason:
            about = {"case": case.number}
            _log.warning(
                "case %s cannot be swept: %s", case.number, type(reason).__name__, extra=about
            )
            self._report.failed.append((case.number, str(reason)))
            return None
        if passed.changes:
            write(uow, passed.changes, rules, today, now)
        uow.add_notices(passed.reminders, now)
        uow.set_dues(case.number, passed.dues, likeness(passed.after, rules, passed.dues))
        self._report.add(passed)
        return passed
