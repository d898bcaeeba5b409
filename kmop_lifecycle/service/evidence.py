"""What a proof reads: everything on record about a page of cases, as it stands in the tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from kmop_lifecycle.domain.case import Case, Due, Event, Neighbour
from kmop_lifecycle.domain.ladders import Key


class KeptNotice(NamedTuple):
    """A notice row as far as a proof reads it: there are many, and little of each matters."""

    key: Key
    due_on: date


@dataclass(frozen=True, slots=True)
class Dossier:
    """All rows of one case; what cannot even be read is named and left out."""

    number: str
    case: Case | None  # as its row tells it, with its successor; None when that cannot be read
    torn: tuple[str, ...] = ()  # columns of the row that do not say what its facts say
    unread: tuple[tuple[str, str], ...] = ()  # row, why it cannot be read
    history: Sequence[tuple[Event, datetime]] = ()  # oldest first, with when it was written
    dues: Sequence[Due] = ()
    notices: Mapping[int, KeptNotice] = field(default_factory=dict)  # by row


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One command that was answered under a key."""

    key: str
    body: Mapping[str, Any]


class Evidence(Protocol):
    """The part of a unit of work that proofs read, a page at a time."""

    def dossiers(self, after: str, limit: int) -> list[Dossier]:
        """Return everything about the next cases, ordered by number."""

    def stride(self, after: str, limit: int) -> str | None:
        """Return the number of the last of the next so many cases; None when none is left."""

    def neighbourhoods(self, enterprises: Collection[str]) -> Mapping[str, list[Neighbour]]:
        """Return all cases of those of these enterprises that have several."""

    def answers(self, after: str, limit: int) -> list[KeptAnswer]:
        """Page through the answered commands, ordered by key."""

    def versions(self, numbers: Collection[str]) -> Mapping[str, int]:
        """Return how many history rows these cases claim to have; absent ones are left out."""

    def weight(self, today: date) -> tuple[int, int]:
        """Count all cases, and those that have a date on or before a day."""

    def recorded_until(self) -> datetime | None:
        """Return when the newest history row was written."""

    def orphans(self) -> list[str]:
        """Name rows that belong to no case: `history of 12`."""
