"""Looking things up in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime

from kmop_lifecycle.adapters.store.layers import Seen
from kmop_lifecycle.domain.case import Case, Due, Notice, Party
from kmop_lifecycle.domain.lifecycle import REGISTERED
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import CaseFilter, CaseLine, PartyChange, Registered


class MemoryReading(Seen):
    """The reader's side of a unit of work."""

    def history(self, number: str) -> list[Registered]:
        """Return a case's history, oldest first; NotFound if there is no such case."""
        self._must_exist(number)
        return sorted(self._see.history.get(number) or (), key=lambda row: row.event.seq)

    def recorded_since(self, moment: datetime, limit: int) -> list[Registered]:
        """Return what was written down at this moment or after it, in the order of writing."""
        rows = (row for rows in self._see.history.all().values() for row in rows)
        late = [row for row in rows if row.recorded_at >= moment]
        return sorted(late, key=_order)[:limit]

    def noticed_since(self, due_on: date, ladders: Collection[str], limit: int) -> list[Notice]:
        """Return the rows of these ladders due on this day or later, oldest first."""
        rows = (row.notice for row in self._see.notices.all().values())
        found = [notice for notice in rows if notice.ladder in ladders and notice.due_on >= due_on]
        return found[:limit]

    def party(self, enterprise: str) -> Party | None:
        """Return the personal side of a provider."""
        return self._see.parties.get(enterprise)

    def party_changes(self, enterprise: str) -> list[PartyChange]:
        """Return who changed a provider's contacts, oldest first."""
        return sorted(self._see.party_changes.get(enterprise) or (), key=lambda one: one.seq)

    def deliveries(self, number: str) -> list[Delivery]:
        """Return all notice rows of a case, oldest first."""
        ids = self._see.of_case.get(number) or ()
        return [row for row in map(self._see.notices.get, ids) if row is not None]

    def dues(self, number: str) -> list[Due]:
        """Return a case's next dates, earliest first."""
        return list(self._see.dues.get(number) or ())

    def find(self, wanted: CaseFilter) -> list[CaseLine]:
        """List cases, ordered by number."""
        cases = sorted(self._see.cases.all().items())
        lines = (self._line(case) for number, case in cases if number > wanted.after)
        return [line for line in lines if _fits(line, wanted)][: wanted.limit]

    def counts(self, *by: str) -> Mapping[str, Mapping[str, int]]:
        """Count cases by `state` and `kind`, notices by `ladder` and by `outcome`."""
        cases, rows = self._see.cases.all().values(), self._see.notices.all().values()
        counted = {
            "state": Counter(case.state.value for case in cases),
            "kind": Counter(case.kind.value for case in cases),
            "ladder": Counter(row.notice.ladder for row in rows),
            "outcome": Counter(row.status for row in rows),
        }
        return {name: dict(sorted(counted[name].items())) for name in by or counted}

    def expiring(self, first: date, last: date) -> int:
        """Count registered cases whose last day of validity lies in this span, both inclusive."""
        return sum(
            case.state in REGISTERED
            and case.registration is not None
            and first <= case.registration.valid_until <= last
            for case in self._see.cases.all().values()
        )

    def numbers(self, after: str, limit: int) -> list[str]:
        """Page through all case numbers, ordered."""
        return sorted(number for number in self._see.cases.all() if number > after)[:limit]

    def _line(self, case: Case) -> CaseLine:
        party, held = self._see.parties.get(case.enterprise), case.registration
        first = next(iter(self._see.dues.get(case.number) or ()), None)
        return CaseLine(
            number=case.number,
            enterprise=case.enterprise,
            name=party.name if party else "",
            kind=case.kind,
            state=case.state,
            bureau=case.bureau,
            applied_on=case.applied_on,
            valid_from=held.valid_from if held else None,
            valid_until=held.valid_until if held else None,
            next_on=first.on if first else None,
            next_kind=first.kind if first else "",
        )


def _order(row: Registered) -> tuple[datetime, int, int]:
    running = int(row.event.case.rpartition("-")[2])
    return row.recorded_at, running, row.event.seq


def _fits(line: CaseLine, wanted: CaseFilter) -> bool:
    """Tell whether a line is asked for; empty fields ask for nothing."""
    day = wanted.due_before
    return (
        (not wanted.states or line.state in wanted.states)
        and (not wanted.kinds or line.kind in wanted.kinds)
        and wanted.bureau in {"", line.bureau}
        and wanted.enterprise in {"", line.enterprise}
        and (day is None or (line.next_on is not None and line.next_on <= day))
    )
