"""What opening cases asks of the store: lists of everything, for one case or for thousands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from kmop_lifecycle.domain.case import Change, Due


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command was answered, kept under its idempotency key."""

    request: str  # hash of the command
    body: Mapping[str, Any]  # JSON values


@dataclass(frozen=True, slots=True)
class Opening:
    """One new case with everything that is written of it."""

    change: Change
    dues: Sequence[Due]
    likeness: str  # the same for cases that are alike to time, or nothing
    key: str  # under which the answer is kept; empty: it is not
    answer: Answer


class Openings(Protocol):
    """The part of a unit of work that opens cases."""

    def cases_around(self, enterprises: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the numbers of all cases of these enterprises, serialised against other openings.

        Every enterprise is a key; whoever else opens a case of one of them waits for this one.
        """

    def answers_to(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """Return what these keys were answered before; absent ones are left out."""

    def allocate_each(self, days: Sequence[date]) -> list[str]:
        """Return a new case number for each day, ascending; none is ever given again."""

    def open_cases(self, openings: Sequence[Opening], at: datetime) -> None:
        """Write cases, history rows, notices, next dates, parties and answers.

        Of a provider that is known, `contacts.renewed` says what stays. ChangedMeanwhile when
        another writer has opened one of them, or answered one of the keys.
        """
