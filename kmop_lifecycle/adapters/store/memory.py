"""The same store in memory: for scenarios, random walks and tests, with the same promises."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Self

from kmop_lifecycle.adapters.store.layers import Kept, Layers
from kmop_lifecycle.adapters.store.memory_agenda import MemoryAgenda
from kmop_lifecycle.adapters.store.memory_census import MemoryCensus
from kmop_lifecycle.adapters.store.memory_evidence import MemoryEvidence
from kmop_lifecycle.adapters.store.memory_ledger import MemoryLedger
from kmop_lifecycle.adapters.store.memory_marks import MemoryMarks
from kmop_lifecycle.adapters.store.memory_outbox import MemoryOutbox
from kmop_lifecycle.adapters.store.memory_reading import MemoryReading
from kmop_lifecycle.adapters.store.rows import case_id, case_number
from kmop_lifecycle.domain.case import Case, Change, Neighbour, Party, Successor
from kmop_lifecycle.domain.contacts import renewed
from kmop_lifecycle.domain.errors import ChangedMeanwhile, NotFound, TryAgain
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.service.openings import Answer, Opening
from kmop_lifecycle.service.ports import PartyChange

_WAIT_SECONDS = 10


class MemoryStore:
    """Begins units of work on dictionaries; one writes at a time, readers see the kept."""

    def __init__(self) -> None:
        self._kept = Kept()
        self._writing = threading.Lock()

    def __call__(self, *, reading: bool = False) -> MemoryUnitOfWork:
        """Return a new unit of work."""
        return MemoryUnitOfWork(self._kept, None if reading else self._writing)


class MemoryUnitOfWork(
    MemoryAgenda,
    MemoryCensus,
    MemoryEvidence,
    MemoryLedger,
    MemoryMarks,
    MemoryOutbox,
    MemoryReading,
):
    """One transaction: what it writes lies over what is kept, until `commit` merges the two."""

    def __init__(self, kept: Kept, lock: threading.Lock | None) -> None:
        self._kept = kept
        self._lock = lock
        self._see = Layers(kept)

    def __enter__(self) -> Self:
        """Begin; a writer waits here for its turn."""
        if self._lock is not None and not self._lock.acquire(timeout=_WAIT_SECONDS):
            raise TryAgain("the store is busy; try again in a moment")
        return self

    def __exit__(self, *exc: object) -> None:
        """Forget whatever was not committed."""
        self._see = Layers(self._kept)
        if self._lock is not None:
            self._lock.release()

    def commit(self) -> None:
        """Make it last."""
        self._see.keep()

    def get(self, number: str) -> Case:
        """Return a case with its successor; NotFound if there is none."""
        case = self._see.cases.get(number)
        if case is None:
            raise NotFound(f"there is no case {number}")
        newest = self._renewal(number)
        if newest is None:
            return case
        known = Successor(
            newest.number, newest.state, newest.applied_on, newest.registration is not None
        )
        return changed(case, successor=known)

    def get_many(self, numbers: Sequence[str]) -> list[Case]:
        """Return these cases with their successors, ordered by number."""
        return [self.get(number) for number in sorted(set(numbers)) if self._see.cases.get(number)]

    def neighbours(self, enterprise: str) -> list[Neighbour]:
        """Return all cases of an enterprise."""
        numbers = sorted(self._see.of_enterprise.get(enterprise) or ())
        return [Neighbour.of(self.get(number)) for number in numbers]

    def allocate(self, on: date) -> str:
        """Return a new case number."""
        return case_number(self._see.next("case"), on)

    def cases_around(self, enterprises: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the numbers of all cases of these enterprises."""
        return {firm: sorted(self._see.of_enterprise.get(firm) or ()) for firm in enterprises}

    def answers_to(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """Return what these keys were answered before."""
        return {key: kept for key in keys if (kept := self._see.answers.get(key)) is not None}

    def allocate_each(self, days: Sequence[date]) -> list[str]:
        """Return a new case number for each day."""
        return [self.allocate(day) for day in days]

    def open_cases(self, openings: Sequence[Opening], at: datetime) -> None:
        """Write cases and all that belongs to them."""
        for opening in openings:
            self.record(opening.change, at)
            self.set_dues(opening.change.after.number, opening.dues, opening.likeness)
            if opening.key:
                self.remember(opening.key, opening.answer, at)

    def record(self, change: Change, at: datetime) -> None:
        """Write case, history row, notices and party of one decision."""
        case, event = change.after, change.event
        there = self._see.cases.get(case.number)
        seen = change.before and change.before.version
        events = self._see.history.get(event.case) or ()
        if (there and there.version) != seen or any(e.event.seq == event.seq for e in events):
            raise ChangedMeanwhile
        if there is None:
            self._open(case)
        self._see.cases.put(case.number, changed(case, successor=None))
        self._tell(event, at)
        self.add_notices(change.notices, at)
        if change.party is not None:
            known = self._see.parties.get(change.party.enterprise)
            self._see.parties.put(change.party.enterprise, renewed(known, change.party))

    def change_party(self, party: Party, change: PartyChange) -> None:
        """Replace a provider's personal side and record that."""
        before = self._see.party_changes.get(party.enterprise) or ()
        if any(one.seq == change.seq for one in before):
            raise ChangedMeanwhile
        self._see.parties.put(party.enterprise, party)
        self._see.party_changes.put(party.enterprise, (*before, change))

    def _open(self, case: Case) -> None:
        self._see.numbers.put(case_id(case.number), case.number)
        of = self._see.of_enterprise
        of.put(case.enterprise, (*(of.get(case.enterprise) or ()), case.number))
        if case.renews is not None:
            self._see.renewals.put(case.renews, case.number)

    def _renewal(self, number: str) -> Case | None:
        newest = self._see.renewals.get(number)
        return None if newest is None else self._see.cases.get(newest)
