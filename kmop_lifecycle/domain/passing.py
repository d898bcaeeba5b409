"""What the passing of time makes of a case, and of all cases that are alike.

`passage` decides for one case. `plan` asks it once for the essence of a case, and what comes out
holds for every case of the same likeness: a store can carry it out for thousands in one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Audit, Case, Change, Due, Event, Notice
from kmop_lifecycle.domain.decide import catch_up, dues
from kmop_lifecycle.domain.ladders import instances
from kmop_lifecycle.domain.likeness import SOME, earliest, essence, likeness
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.reminders import Key, ladder_kind, owed
from kmop_lifecycle.domain.rulebook import RuleBook

# What a step of the clock may change; one that changes more is taken case by case.
_MOVES = frozenset({"state", "version", "last_on", "ended_on", "rejection", "audits"})


@dataclass(frozen=True, slots=True)
class Passage:
    """What time owes to one case: steps, reminders, and the dates that come next."""

    after: Case
    changes: tuple[Change, ...]
    reminders: tuple[Notice, ...]
    dues: tuple[Due, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """The steps as history rows."""
        return tuple(change.event for change in self.changes)

    @property
    def told(self) -> tuple[Notice, ...]:
        """The notices of the steps."""
        return tuple(notice for change in self.changes for notice in change.notices)


def passage(case: Case, rules: RuleBook, today: date, ledger: Collection[Key]) -> Passage:
    """Return what time has brought about for a case that has rows of these keys."""
    changes = catch_up(case, rules, today)
    after = changed(changes[-1].after, successor=case.successor) if changes else case
    rows = owed(after, rules, today, ledger)
    told = [notice for change in changes for notice in change.notices]
    known = frozenset(ledger) | {notice.key for notice in (*rows, *told)}
    return Passage(after, tuple(changes), tuple(rows), tuple(dues(after, rules, today, known)))


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What time does today to every case of one likeness; equal to itself only.

    Events are numbered from 1, and `event:1` is the anchor of the first one's notices: what comes
    after the case's own version. `SOME` stands for what is each case's own.
    """

    events: tuple[Event, ...]
    becomes: Mapping[str, Any]  # the fields of the case that change, without version and audits
    begun: tuple[Audit, ...]  # an audit that begins, if any
    told: tuple[Notice, ...]  # of the steps
    reminders: tuple[Notice, ...]
    dues: tuple[Due, ...]
    likeness: str  # of the cases afterwards

    def changed(self, case: Case) -> Case:
        """Return what becomes of one of the cases."""
        return changed(
            case,
            **self.becomes,
            version=case.version + len(self.events),
            audits=(*case.audits, *self.begun),
        )

    def events_of(self, number: str, version: int) -> Iterator[Event]:
        """Yield the history rows of one of the cases."""
        for event in self.events:
            yield replace(event, case=number, seq=version + event.seq)

    def notices_of(self, number: str, version: int, bureau: str) -> Iterator[Notice]:
        """Yield the notice rows of one of the cases, in the order of writing."""
        for notice in (*self.told, *self.reminders):
            step = step_of(notice)
            yield replace(
                notice,
                case=number,
                anchor=f"event:{version + step}" if step else notice.anchor,
                recipient=f"bureau:{bureau}" if to_bureau(notice) else notice.recipient,
            )


def step_of(notice: Notice) -> int:
    """Return which of a plan's events a notice tells of; 0 for a reminder."""
    word, _, number = notice.anchor.partition(":")
    return int(number) if word == "event" else 0


def to_bureau(notice: Notice) -> bool:
    """Tell whether a plan's notice goes to each case's own bureau."""
    return notice.recipient == f"bureau:{SOME}"


def plan(case: Case, rules: RuleBook, today: date, coming: Iterable[Due]) -> Plan | None:
    """Return what time does to all cases like this one, which has these next dates.

    None when they have to be asked one by one: a step reaches another case (a renewal), or changes
    more than steps of the clock do. `Unseen` when a rule reads what time does not see.
    """
    coming = tuple(coming)
    alike = essence(case, coming)
    found = passage(alike, rules, today, _settled(alike, rules, today, coming))
    after = found.after
    new = {
        name: getattr(after, name)
        for name in (field.name for field in fields(Case))
        if getattr(after, name) is not getattr(alike, name)
    }
    apart = not new.keys() <= _MOVES | {"involved", "provider_side", "successor"}
    begun = after.audits[1:]
    if found.changes and (apart or alike.renews or after.audits[0] is not alike.audit):
        return None
    if len(begun) > 1:
        return None
    return Plan(
        events=found.events,
        becomes={name: new[name] for name in new if name in _MOVES - {"version", "audits"}},
        begun=begun,
        told=found.told,
        reminders=found.reminders,
        dues=tuple(Due(kind, on) for kind, on in sorted(earliest(found.dues).items())),
        likeness=likeness(after, rules, found.dues),
    )


def alike(
    case: Case, rules: RuleBook, today: date, coming: Collection[Due], ledger: Collection[Key]
) -> str:
    """Return the likeness of a case with these next dates and rows, or nothing.

    A ladder that got more rungs than before may owe one that is older than some it has rows of.
    """
    owing = {due.kind: due.on for due in coming if due.on <= today}
    for instance in instances(case, rules, today) if owing else ():
        since = owing.get(ladder_kind(instance), date.max)
        late = (rung for rung in instance.rungs(today) if rung.on(instance.anchor.on) >= since)
        if any(notice.key in ledger for rung in late for notice in instance.notices(rung)):
            return ""
    return likeness(case, rules, coming)


def _settled(case: Case, rules: RuleBook, today: date, coming: Iterable[Due]) -> frozenset[Key]:
    """Return keys that a case with these next dates has rows of: all rungs before them.

    It may have more, from a day that was rehearsed; those are passed over when they are written.
    """
    left = earliest(coming)
    return frozenset(
        notice.key
        for instance in instances(case, rules, today)
        for rung in instance.rungs(today)
        if rung.on(instance.anchor.on) < left.get(ladder_kind(instance), date.max)
        for notice in instance.notices(rung)
    )
