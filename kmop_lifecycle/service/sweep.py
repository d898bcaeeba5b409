"""What the clock owes: write down the steps and reminders whose day has come."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Case, Change, Notice
from kmop_lifecycle.domain.decide import catch_up, dues
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.reminders import Key, owed
from kmop_lifecycle.service.fire import Watch, write
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import UnitOfWork

_LAST = "sweep"  # the mark that holds the day of the last whole sweep
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


def sweep(
    house: House,
    today: date,
    *,
    dry_run: bool = False,
    watch: Watch | None = None,
    progress: Callable[[int], None] | None = None,
) -> SweepReport:
    """Bring every case up to a day; repeated, late or interrupted, the end is the same.

    Each chunk of cases is one transaction. A case that cannot be swept is reported and left as it
    is; the others go on.
    """
    report = SweepReport(today, dry_run, last_on=_last_on(house))
    after = ""
    again = False  # a renewal ended: what it renews, passed by already, is reminded again
    while True:
        numbers, done = _chunk(house, after, report)
        for change in done if watch else ():
            watch(change)  # type: ignore[misc]  # the loop is empty without a watcher
        if progress:
            progress(len(numbers))
        again = again or any(change.after.renews for change in done)
        if len(numbers) == house.limits.sweep_chunk:
            after = numbers[-1]
        elif again and not dry_run:
            after, again = "", False
        else:
            break
    if not dry_run and (report.last_on is None or report.last_on < today):
        _remember(house, today)
    return report


def _chunk(house: House, after: str, report: SweepReport) -> tuple[list[str], list[Change]]:
    """Sweep the next cases in one transaction; return their numbers and what changed."""
    done: list[Change] = []
    with house.store() as uow:
        numbers = uow.due(report.today, after, house.limits.sweep_chunk)
        ledgers = uow.ledger(numbers) if numbers else {}
        for case in uow.get_many(numbers) if numbers else ():
            done += _one(house, uow, case, ledgers, report)
        if numbers and not report.dry_run:
            uow.commit()
    return numbers, done


def _last_on(house: House) -> date | None:
    with house.store(reading=True) as uow:
        last = uow.marks().get(_LAST)
    return date.fromisoformat(last) if last else None


def _remember(house: House, today: date) -> None:
    with house.store() as uow:
        uow.mark(_LAST, today.isoformat(), house.clock.now())
        uow.commit()


def _one(
    house: House,
    uow: UnitOfWork,
    case: Case,
    ledgers: Mapping[str, frozenset[Key]],
    report: SweepReport,
) -> list[Change]:
    """Decide first, then write, so that a case that cannot be decided leaves no trace."""
    today, rules, ledger = report.today, house.rules, ledgers[case.number]
    try:
        changes = catch_up(case, rules, today)
        after = replace(changes[-1].after, successor=case.successor) if changes else case
        rows = owed(after, rules, today, ledger)
        known = _known(ledger, rows, changes)
        coming = dues(after, rules, today, known)
    except (LifecycleError, LookupError, ValueError) as reason:
        _log.warning("case %s cannot be swept: %s", case.number, type(reason).__name__)
        report.failed.append((case.number, str(reason)))
        return []
    if changes:
        write(uow, changes, rules, today, house.clock.now())
    uow.add_notices(rows, house.clock.now())
    uow.set_dues(case.number, coming)
    _count(report, changes, rows)
    return changes


def _known(ledger: Collection[Key], rows: list[Notice], changes: list[Change]) -> frozenset[Key]:
    told = [notice for change in changes for notice in change.notices]
    return frozenset(ledger) | {notice.key for notice in (*rows, *told)}


def _count(report: SweepReport, changes: list[Change], rows: list[Notice]) -> None:
    report.cases += 1
    report.moved.update(str(change.event.trigger) for change in changes)
    report.moot += sum(row.moot for row in rows)
    report.late += sum(row.due_on < report.today for row in rows if not row.moot)
    report.notices.update(row.ladder for row in rows if not row.moot)
    report.notices.update(n.ladder for change in changes for n in change.notices)
