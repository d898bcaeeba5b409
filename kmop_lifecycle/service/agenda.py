"""What is due, and when: the part of a unit of work that the sweep lives on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from kmop_lifecycle.domain.case import Due
from kmop_lifecycle.domain.passing import Plan


class Taken(NamedTuple):
    """A due case that is locked for the sweep, with what a plan leaves open."""

    id: int
    number: str
    version: int
    bureau: str
    likeness: str  # empty: it is to be decided by itself


class Span(NamedTuple):
    """Row ids from the first to the last, both inclusive, and how many cases are due there."""

    first: int
    last: int
    cases: int = 0


class Agenda(Protocol):
    """The next dates of all cases."""

    def set_dues(self, number: str, dues: Iterable[Due], likeness: str = "") -> None:
        """Replace the case's next dates by these, one per kind; cases alike bear one likeness."""

    def due(self, today: date, within: Span | None = None) -> Sequence[int]:
        """Return the row ids of all cases with a date on or before today, in order."""

    def spans(self, today: date, most: int, least: int) -> list[Span]:
        """Cut what is due into spans of nearly equal counts, for sweeps side by side.

        There are at most `most`, and none below `least` cases unless it is the only one. A store
        with one writer at a time gives one: several would only wait for each other.
        """

    def take(self, ids: Sequence[int], today: date, *, wait: bool = True) -> list[Taken]:
        """Lock those of these cases that are due, in order.

        Without waiting, cases that somebody else has locked are left out.
        """

    def planned(self, numbers: Sequence[str]) -> Mapping[str, list[Due]]:
        """Return the next dates of these cases (every number is a key)."""

    def carry_out(self, work: Sequence[tuple[Plan, Sequence[Taken]]], at: datetime) -> None:
        """Do to cases that were taken what their plans say.

        The same rows are written as by `record`, `add_notices` and `set_dues` case by case.
        """

    def next_due_on(self) -> date | None:
        """Return the earliest date on which anything is due."""
