"""What a proof reads of the store in memory, where no row can be torn or orphaned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from kmop_lifecycle.adapters.store.layers import Seen
from kmop_lifecycle.domain.case import Case, Neighbour
from kmop_lifecycle.service.evidence import Dossier, KeptAnswer, KeptNotice


class MemoryEvidence(Seen):
    """The proofs' side of a unit of work."""

    if TYPE_CHECKING:

        def get(self, number: str) -> Case: ...

    def dossiers(self, after: str, limit: int) -> list[Dossier]:
        """Return everything about the next cases, ordered by number."""
        numbers = sorted(number for number in self._see.cases.all() if number > after)
        return [self._dossier(number) for number in numbers[:limit]]

    def stride(self, after: str, limit: int) -> str | None:
        """Return the number of the last of the next so many cases; None when none is left."""
        numbers = sorted(number for number in self._see.cases.all() if number > after)
        return max(numbers[:limit], default=None)

    def neighbourhoods(self, enterprises: Collection[str]) -> Mapping[str, list[Neighbour]]:
        """Return all cases of those of these enterprises that have several."""
        return {
            enterprise: [Neighbour.of(self.get(number)) for number in numbers]
            for enterprise in enterprises
            if len(numbers := self._see.of_enterprise.get(enterprise) or ()) > 1
        }

    def answers(self, after: str, limit: int) -> list[KeptAnswer]:
        """Page through the answered commands, ordered by key."""
        kept = sorted((k, a) for k, a in self._see.answers.all().items() if k > after)
        return [KeptAnswer(key, answer.body) for key, answer in kept[:limit]]

    def versions(self, numbers: Collection[str]) -> Mapping[str, int]:
        """Return how many history rows these cases claim to have."""
        known = {number: self._see.cases.get(number) for number in numbers}
        return {number: case.version for number, case in known.items() if case is not None}

    def weight(self, today: date) -> tuple[int, int]:
        """Count all cases, and those that have a date on or before a day."""
        due = [dues for dues in self._see.dues.all().values() if dues[0].on <= today]
        return len(self._see.cases.all()), len(due)

    def recorded_until(self) -> datetime | None:
        """Return when the newest history row was written."""
        rows = (row for rows in self._see.history.all().values() for row in rows)
        return max((row.recorded_at for row in rows), default=None)

    def orphans(self) -> list[str]:
        """Name rows that belong to no case: a dictionary has none."""
        return []

    def _dossier(self, number: str) -> Dossier:
        rows = self._see.history.get(number) or ()
        ids = self._see.of_case.get(number) or ()
        found = map(self._see.notices.get, ids)
        return Dossier(
            number=number,
            case=self.get(number),
            history=[(row.event, row.recorded_at) for row in rows],
            dues=list(self._see.dues.get(number) or ()),
            notices={
                row.id: KeptNotice(row.notice.key, row.notice.due_on)
                for row in found
                if row is not None
            },
        )
