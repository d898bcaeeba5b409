"""What boards ask of the store: how many cases are alike, and which come first among them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.parts import Pause


class Alike(NamedTuple):
    """All cases that bear one likeness."""

    likeness: str
    cases: int
    sample: str  # the number of one of them


class Member(NamedTuple):
    """One case of a page, in the order of row ids."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Waits:
    """How many cases took so many days, paused days taken off; adopted ones took none."""

    waiting: Mapping[int, int]  # from application to the first visit
    lead_time: Mapping[int, int]  # from application to the decision


def days_taken(applied_on: date, until: date, pauses: Iterable[Pause]) -> int:
    """Return how many days lie between, paused days taken off."""
    return (until - applied_on).days - sum(pause.days(until) for pause in pauses)


class Census(Protocol):
    """The part of a unit of work that counts cases without reading each.

    A likeness holds the state, so cases that are alike are all in one.
    """

    def alikes(self, states: Collection[State]) -> list[Alike]:
        """Count the cases of each likeness in these states, once however many dates they have."""

    def judged_by(self, numbers: Collection[str]) -> Collection[str]:
        """Return the fingerprints of all rule books that judged a step of one of these cases."""

    def first_alike(self, likenesses: Collection[str], most: int) -> Mapping[str, Sequence[str]]:
        """Return of each likeness the first cases by number, at most so many."""

    def all_alike(self, likenesses: Collection[str], after: int, limit: int) -> list[Member]:
        """Page through all cases of these likenesses."""

    def apart(
        self, states: Collection[State], rejected_since: date, after: int, limit: int
    ) -> list[Member]:
        """Page through the cases in these states that bear no likeness.

        Of the rejected ones only those whose latest event is on this day or later.
        """

    def last_days(
        self, states: Collection[State], without: Collection[str]
    ) -> Mapping[tuple[State, date], int]:
        """Count the cases that bear a likeness, save these, by state and day of the last event."""

    def waits(self, states: Collection[State], without: Collection[str]) -> Waits:
        """Count the cases that bear a likeness, save these, by how long they took."""
