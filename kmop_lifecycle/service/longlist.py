"""The first rows of a list that may be very long: what is alike stays together until shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from heapq import nsmallest
from typing import Any, NamedTuple

from kmop_lifecycle.service.everyone import Told


class Row(NamedTuple):
    """One line, in the order in which lists are read."""

    on: date
    number: str
    name: str  # of the date, where a case may have several


class _Alike(NamedTuple):
    on: date
    name: str
    likeness: str
    cases: int


class LongList:
    """Counts all rows and keeps those that can be among the first `most`."""

    def __init__(self, most: int) -> None:
        self.total, self.most = 0, most
        self._single: list[Row] = []
        self._alike: list[_Alike] = []

    def add(self, told: Told[Any], on: date, name: str = "") -> None:
        """Add a row for each of the cases of which something was told."""
        self.total += told.cases
        if told.likeness:
            self._alike.append(_Alike(on, name, told.likeness, told.cases))
            return
        self._single.append(Row(on, told.number, name))
        if len(self._single) > 2 * self.most + 100:
            self._single = nsmallest(self.most, self._single)

    def likenesses(self) -> set[str]:
        """Return whose cases are needed for the rows; the first `most` of each are enough."""
        return {one.likeness for one in self._first()}

    def rows(self, members: Mapping[str, Sequence[str]]) -> list[Row]:
        """Return the first rows, given the first cases of those likenesses."""
        alike = (
            Row(one.on, number, one.name)
            for one in self._first()
            for number in members[one.likeness]
        )
        return nsmallest(self.most, [*self._single, *alike])

    def _first(self) -> Iterator[_Alike]:
        """Yield the earliest, up to and with the whole day on which the list is full."""
        full_on, listed = date.max, 0
        for one in sorted(self._alike) if self.most else ():
            if one.on > full_on:
                return
            yield one
            listed += one.cases
            if listed >= self.most:
                full_on = min(full_on, one.on)
