"""Tables in memory: what is committed, and over it what one transaction has written."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from kmop_lifecycle.domain.case import Case, Due, Party
from kmop_lifecycle.domain.errors import NotFound
from kmop_lifecycle.service.outbox import Channel, Delivery, Refusal, Switch
from kmop_lifecycle.service.ports import Answer, NoticeKey, PartyChange, Registered

K = TypeVar("K")
V = TypeVar("V")

AT_ONCE = datetime.min.replace(tzinfo=UTC)  # when a row may be taken that waits for nothing


class Layer(Generic[K, V]):
    """One table as one transaction sees it; until `keep` nobody else sees what it wrote."""

    def __init__(self, kept: dict[K, V]) -> None:
        self._kept = kept
        self._new: dict[K, V | None] = {}  # None: dropped

    def get(self, key: K) -> V | None:
        """Return the newest value."""
        return self._new[key] if key in self._new else self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        """Write a value."""
        self._new[key] = value

    def drop(self, key: K) -> None:
        """Take a value away."""
        self._new[key] = None

    def all(self) -> dict[K, V]:
        """Return everything, as a copy: another thread may commit meanwhile."""
        kept = self._kept.copy()
        for key, value in self._new.items():
            _write(kept, key, value)
        return kept

    def keep(self) -> None:
        """Make it last."""
        for key, value in self._new.items():
            _write(self._kept, key, value)
        self._new.clear()


def _write(table: dict[K, V], key: K, value: V | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is committed."""

    cases: dict[str, Case] = field(default_factory=dict)
    of_enterprise: dict[str, tuple[str, ...]] = field(default_factory=dict)  # → numbers
    renewals: dict[str, str] = field(default_factory=dict)  # renewed → newest renewal
    history: dict[str, tuple[Registered, ...]] = field(default_factory=dict)
    dues: dict[str, tuple[Due, ...]] = field(default_factory=dict)  # earliest first
    likenesses: dict[str, str] = field(default_factory=dict)  # which cases are alike to time
    numbers: dict[int, str] = field(default_factory=dict)  # by row id
    parties: dict[str, Party] = field(default_factory=dict)
    party_changes: dict[str, tuple[PartyChange, ...]] = field(default_factory=dict)
    notices: dict[int, Delivery] = field(default_factory=dict)
    open: dict[int, datetime] = field(default_factory=dict)  # notice → when it may be taken
    of_case: dict[str, tuple[int, ...]] = field(default_factory=dict)  # case → notices
    keys: dict[str, frozenset[NoticeKey]] = field(default_factory=dict)  # case → notices' keys
    answers: dict[str, Answer] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    switches: dict[str, Switch] = field(default_factory=dict)
    posted: dict[tuple[date, str], int] = field(default_factory=dict)  # (day, digest) → messages
    refused: dict[str, Refusal] = field(default_factory=dict)  # by digest
    marks: dict[str, str] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)  # the last number given, of each sort


class Layers:
    """All tables as one transaction sees them."""

    def __init__(self, kept: Kept) -> None:
        self.cases = Layer(kept.cases)
        self.of_enterprise = Layer(kept.of_enterprise)
        self.renewals = Layer(kept.renewals)
        self.history = Layer(kept.history)
        self.dues = Layer(kept.dues)
        self.likenesses = Layer(kept.likenesses)
        self.numbers = Layer(kept.numbers)
        self.parties = Layer(kept.parties)
        self.party_changes = Layer(kept.party_changes)
        self.notices = Layer(kept.notices)
        self.open = Layer(kept.open)
        self.of_case = Layer(kept.of_case)
        self.keys = Layer(kept.keys)
        self.answers = Layer(kept.answers)
        self.channels = Layer(kept.channels)
        self.switches = Layer(kept.switches)
        self.posted = Layer(kept.posted)
        self.refused = Layer(kept.refused)
        self.marks = Layer(kept.marks)
        self.last = Layer(kept.last)

    def keep(self) -> None:
        """Make everything last."""
        for table in fields(Kept):
            layer: Layer[Any, Any] = getattr(self, table.name)
            layer.keep()

    def next(self, sort: str) -> int:
        """Count up."""
        number = (self.last.get(sort) or 0) + 1
        self.last.put(sort, number)
        return number


class Seen:
    """What every part of the unit of work in memory stands on."""

    _see: Layers

    def _must_exist(self, number: str) -> None:
        if self._see.cases.get(number) is None:
            raise NotFound(f"there is no case {number}")
