"""Cases counted by their likeness, in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from kmop_lifecycle.adapters.store.layers import Seen
from kmop_lifecycle.adapters.store.rows import case_id
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.service.census import Alike, Member, Waits, days_taken

_ALL = frozenset(State)


class MemoryCensus(Seen):
    """The boards' side of a unit of work."""

    def alikes(self, states: Collection[State]) -> list[Alike]:
        """Count the cases of each likeness in these states."""
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for case, likeness in self._each(states):
            groups[likeness].append(case.number)
        groups.pop("", None)
        found = (
            Alike(name, len(numbers), min(numbers, key=case_id))
            for name, numbers in groups.items()
        )
        return sorted(found, key=lambda one: case_id(one.sample))

    def judged_by(self, numbers: Collection[str]) -> Collection[str]:
        """Return the fingerprints of all rule books that judged a step of one of these cases."""
        rows = (row for number in numbers for row in self._see.history.get(number) or ())
        return {row.event.rules for row in rows}

    def first_alike(self, likenesses: Collection[str], most: int) -> Mapping[str, Sequence[str]]:
        """Return of each likeness the first cases by number, at most so many."""
        each = [(case.number, likeness) for case, likeness in self._each(_ALL)]
        return {
            wanted: sorted(number for number, likeness in each if likeness == wanted)[:most]
            for wanted in likenesses
        }

    def all_alike(self, likenesses: Collection[str], after: int, limit: int) -> list[Member]:
        """Page through all cases of these likenesses."""
        wanted = set(likenesses) - {""}
        return _page((case for case, name in self._each(_ALL) if name in wanted), after, limit)

    def apart(
        self, states: Collection[State], rejected_since: date, after: int, limit: int
    ) -> list[Member]:
        """Page through the cases in these states that bear no likeness."""
        found = (case for case, likeness in self._each(states) if not likeness)
        late = (c for c in found if c.state is not State.REJECTED or c.last_on >= rejected_since)
        return _page(late, after, limit)

    def last_days(
        self, states: Collection[State], without: Collection[str]
    ) -> Mapping[tuple[State, date], int]:
        """Count the cases that bear a likeness, save these, by state and day of the last event."""
        return Counter((case.state, case.last_on) for case in self._but(states, without))

    def waits(self, states: Collection[State], without: Collection[str]) -> Waits:
        """Count the cases that bear a likeness, save these, by how long they took."""
        cases = [case for case in self._but(states, without) if not case.adopted]
        visits = ((case, case.audits[0].started_on) for case in cases)
        decisions = ((c, c.registration.decided_on) for c in cases if c.registration)
        return Waits(_took(visits), _took(decisions))

    def _each(self, states: Collection[State]) -> Iterator[tuple[Case, str]]:
        for number, case in self._see.cases.all().items():
            if case.state in states:
                yield case, self._see.likenesses.get(number) or ""

    def _but(self, states: Collection[State], without: Collection[str]) -> Iterator[Case]:
        left_out = {*without, ""}
        return (case for case, likeness in self._each(states) if likeness not in left_out)


def _took(each: Iterator[tuple[Case, date | None]]) -> Counter[int]:
    return Counter(days_taken(case.applied_on, on, case.pauses) for case, on in each if on)


def _page(cases: Iterator[Case], after: int, limit: int) -> list[Member]:
    found = sorted(Member(case_id(case.number), case.number) for case in cases)
    return [one for one in found if one.id > after][:limit]
