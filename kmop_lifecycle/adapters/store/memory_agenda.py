"""Next dates in memory: what is due, and plans carried out case by case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from kmop_lifecycle.adapters.store.memory_ledger import MemoryLedger
from kmop_lifecycle.adapters.store.rows import case_id
from kmop_lifecycle.domain.case import Due
from kmop_lifecycle.domain.likeness import earliest
from kmop_lifecycle.domain.passing import Plan
from kmop_lifecycle.service.agenda import Span, Taken


class MemoryAgenda(MemoryLedger):
    """The sweep's side of a unit of work."""

    def set_dues(self, number: str, dues: Iterable[Due], likeness: str = "") -> None:
        """Replace the case's next dates by these; of two of one kind the earlier counts."""
        self._must_exist(number)
        coming = [Due(kind, on) for kind, on in earliest(dues).items()]
        if coming:
            self._see.dues.put(number, tuple(sorted(coming, key=lambda due: (due.on, due.kind))))
            self._see.likenesses.put(number, likeness)
        else:
            self._see.dues.drop(number)
            self._see.likenesses.drop(number)

    def due(self, today: date, within: Span | None = None) -> Sequence[int]:
        """Return the row ids of all cases with a date on or before today, in order."""
        dated = self._see.dues.all().items()
        found = sorted(case_id(number) for number, dues in dated if dues[0].on <= today)
        return [i for i in found if within is None or within.first <= i <= within.last]

    def spans(self, today: date, most: int, least: int) -> list[Span]:
        """Return all that is due as one span: there is one writer at a time."""
        del most, least
        found = self.due(today)
        return [Span(found[0], found[-1], len(found))] if found else []

    def take(self, ids: Sequence[int], today: date, *, wait: bool = True) -> list[Taken]:
        """Return those of these cases that are due, in order; nobody else writes meanwhile."""
        del wait
        found = ((i, self._see.numbers.get(i) or "") for i in sorted(ids))
        return [self._taken(i, number) for i, number in found if self._is_due(number, today)]

    def planned(self, numbers: Sequence[str]) -> Mapping[str, list[Due]]:
        """Return the next dates of these cases; every number is a key."""
        return {number: list(self._see.dues.get(number) or ()) for number in numbers}

    def carry_out(self, work: Sequence[tuple[Plan, Sequence[Taken]]], at: datetime) -> None:
        """Do to cases that were taken what their plans say."""
        for plan, cases in work:
            for one in cases:
                self._carry_out(plan, one, at)

    def next_due_on(self) -> date | None:
        """Return the earliest date on which anything is due."""
        return min((dues[0].on for dues in self._see.dues.all().values()), default=None)

    def _is_due(self, number: str, today: date) -> bool:
        coming = self._see.dues.get(number)
        return coming is not None and coming[0].on <= today

    def _taken(self, row_id: int, number: str) -> Taken:
        case = self._see.cases.get(number)
        assert case is not None  # noqa: S101  # only cases have dates
        likeness = self._see.likenesses.get(number) or ""
        return Taken(row_id, number, case.version, case.bureau, likeness)

    def _carry_out(self, plan: Plan, one: Taken, at: datetime) -> None:
        case = self._see.cases.get(one.number)
        assert case is not None  # noqa: S101  # it was taken
        for event in plan.events_of(one.number, one.version):
            self._tell(event, at)
        if plan.events:
            self._see.cases.put(one.number, plan.changed(case))
        self.add_notices(plan.notices_of(one.number, one.version, one.bureau), at)
        self.set_dues(one.number, plan.dues, plan.likeness)
