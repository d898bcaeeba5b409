"""After a restore: what may have been sent since the backup, and what the clock owes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.sweep import SweepReport, sweep

_UNSENT = ("due", "sending", "retry", "ambiguous")
_PAGE = 1000


@dataclass(slots=True)
class Reconciliation:
    """What whoever ends the hold must know; it names cases and reminders, no address."""

    until: datetime | None  # when the newest step on record was written: later ones are lost
    clock: SweepReport  # a look at what a sweep of today would do
    waiting: list[Delivery] = field(default_factory=list)  # unsent by then; perhaps sent since

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "recorded_until": self.until and self.until.isoformat(),
            "may_have_been_sent": [
                {
                    "id": row.id,
                    "case": row.notice.case,
                    "notice": f"{row.notice.ladder}:{row.notice.rung}",
                    "to": str(row.notice.role),
                    "status": row.status,
                }
                for row in self.waiting
            ],
            "clock_owes": self.clock.as_json(),
        }


def reconcile(house: House) -> Reconciliation:
    """Look at a restored database; nothing is written."""
    with house.store(reading=True) as uow:
        until = uow.recorded_until()
        waiting: list[Delivery] = []
        while page := uow.outbox(_UNSENT, waiting[-1].id if waiting else 0, _PAGE):
            waiting += page
    return Reconciliation(until, sweep(house, house.clock.today(), dry_run=True), waiting)
