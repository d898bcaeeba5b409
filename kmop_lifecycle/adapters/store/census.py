"""Cases counted by their likeness: a few statements, however many cases there are."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    select,
)

from kmop_lifecycle.adapters.store.rows import case_id
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE, HISTORY
from kmop_lifecycle.adapters.store.transaction import Transaction, batches
from kmop_lifecycle.domain.case import Pause
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.service.census import Alike, Member, Waits, days_taken

_ALIKE = DEADLINE.c.likeness != ""
_IN_STATES = CASE.c.state.in_(bindparam("states", expanding=True))
_STARTED = CASE.c.facts[("audits", 0, "started_on")].as_string()
_DECIDED = CASE.c.facts[("registration", "decided_on")].as_string()
# An early program may have written neither.
_PAUSES = func.coalesce(CASE.c.facts["pauses"].as_string(), "[]")
_APPLIED = ~func.coalesce(CASE.c.facts["adopted"].as_boolean(), false())
_BOTH = (False, True)


def _words(*, postgres: bool) -> Select[tuple[str]]:
    """List words that are given as one value, however many they are."""
    if postgres:
        return select(func.unnest(bindparam("likenesses", type_=ARRAY(Text))))
    each = func.json_each(bindparam("likenesses", type_=Text)).table_valued(column("value", Text))
    return select(each.c.value)


def _within(column: ColumnElement[int]) -> ColumnElement[bool]:
    return column.between(bindparam("first"), bindparam("last"))


def _alikes() -> Select[tuple[str, int, str]]:
    counted = (
        select(
            DEADLINE.c.likeness,
            func.count(DEADLINE.c.case_id.distinct()).label("cases"),
            func.min(DEADLINE.c.case_id).label("sample"),
        )
        .where(_ALIKE, _within(DEADLINE.c.case_id))
        .group_by(DEADLINE.c.likeness)
        .subquery()
    )
    return (
        select(counted.c.likeness, counted.c.cases, CASE.c.number)
        .join(CASE, CASE.c.id == counted.c.sample)
        .where(_IN_STATES)
    )


def _first(*, postgres: bool) -> Select[tuple[str, str]]:
    members = (
        select(DEADLINE.c.likeness, CASE.c.number)
        .join(CASE, CASE.c.id == DEADLINE.c.case_id)
        .where(DEADLINE.c.likeness.in_(_words(postgres=postgres)), _within(DEADLINE.c.case_id))
        .distinct()
        .subquery()
    )
    place = func.row_number().over(partition_by=members.c.likeness, order_by=members.c.number)
    ranked = select(members, place.label("place")).subquery()
    return select(ranked.c.likeness, ranked.c.number).where(ranked.c.place <= bindparam("most"))


def _page(*conditions: ColumnElement[bool]) -> Select[tuple[int, str]]:
    return (
        select(CASE.c.id, CASE.c.number)
        .where(CASE.c.id > bindparam("after"), *conditions)
        .order_by(CASE.c.id)
        .limit(bindparam("most"))
    )


def _bears(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that a case bears a likeness, and what of it."""
    return (
        select(DEADLINE.c.kind)
        .where(DEADLINE.c.case_id == CASE.c.id, _ALIKE, *conditions)
        .exists()
    )


def _counted(*, postgres: bool) -> ColumnElement[bool]:
    return (
        _within(CASE.c.id)
        & _IN_STATES
        & _bears(DEADLINE.c.likeness.not_in(_words(postgres=postgres)))
    )


def _days_until(day: ColumnElement[str], *, postgres: bool) -> ColumnElement[int]:
    """Count the days from the application."""
    if postgres:
        return cast(day, Date) - CASE.c.applied_on  # type: ignore[return-value]
    return cast(func.julianday(day) - func.julianday(CASE.c.applied_on), Integer)


def _waits(*, postgres: bool) -> Select[Any]:
    each = (
        select(
            _days_until(_STARTED, postgres=postgres).label("visit"),
            _days_until(_DECIDED, postgres=postgres).label("decision"),
            _PAUSES.label("pauses"),
            case((_PAUSES != "[]", CASE.c.applied_on)).label("applied_on"),
        )
        .where(_counted(postgres=postgres), _APPLIED)
        .subquery()
    )
    return select(each, func.count().label("cases")).group_by(*each.c)


def _last_days(*, postgres: bool) -> Select[tuple[str, date, int]]:
    found = select(CASE.c.state, CASE.c.last_on, func.count().label("cases"))
    return found.where(_counted(postgres=postgres)).group_by(CASE.c.state, CASE.c.last_on)


_BOOKS = (
    select(HISTORY.c.rules)
    .where(HISTORY.c.case_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_ALIKES = _alikes()
_FIRST = {postgres: _first(postgres=postgres) for postgres in _BOTH}
_ALL = {p: _page(_bears(DEADLINE.c.likeness.in_(_words(postgres=p)))) for p in _BOTH}
_APART = _page(
    _IN_STATES,
    ~_bears(),
    (CASE.c.state != State.REJECTED.value) | (CASE.c.last_on >= bindparam("since")),
)
_LAST_DAYS = {postgres: _last_days(postgres=postgres) for postgres in _BOTH}
_WAITS = {postgres: _waits(postgres=postgres) for postgres in _BOTH}


class Census(Transaction):
    """The boards' side of a unit of work."""

    def alikes(self, states: Collection[State]) -> list[Alike]:
        """Count the cases of each likeness in these states."""
        found: dict[str, Alike] = {}
        for span in self._ranges(CASE.c.id):
            for name, cases, sample in self._run(_ALIKES, {"states": sorted(states)} | span):
                known = found.get(name, Alike(name, 0, sample))
                found[name] = known._replace(cases=known.cases + cases)
        return sorted(found.values(), key=lambda one: case_id(one.sample))

    def judged_by(self, numbers: Collection[str]) -> Collection[str]:
        """Return the fingerprints of all rule books that judged a step of one of these cases."""
        found: set[str] = set()
        for some in batches([*map(case_id, numbers)]):
            found.update(self._run(_BOOKS, {"ids": some}).scalars())
        return found

    def first_alike(self, likenesses: Collection[str], most: int) -> Mapping[str, Sequence[str]]:
        """Return of each likeness the first cases by number, at most so many."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        asked = {"likenesses": self._listed_words(likenesses), "most": most}
        for span in self._ranges(CASE.c.id):
            for row in self._run(_FIRST[self._postgres], asked | span):
                found[row.likeness].append(row.number)
        return {likeness: sorted(found[likeness])[:most] for likeness in likenesses}

    def all_alike(self, likenesses: Collection[str], after: int, limit: int) -> list[Member]:
        """Page through all cases of these likenesses."""
        words = self._listed_words(likenesses)
        asked = {"likenesses": words, "after": after, "most": limit}
        return [Member(*row) for row in self._run(_ALL[self._postgres], asked)]

    def apart(
        self, states: Collection[State], rejected_since: date, after: int, limit: int
    ) -> list[Member]:
        """Page through the cases in these states that bear no likeness."""
        asked = {"states": sorted(states), "since": rejected_since}
        return [Member(*row) for row in self._run(_APART, asked | {"after": after, "most": limit})]

    def last_days(
        self, states: Collection[State], without: Collection[str]
    ) -> Mapping[tuple[State, date], int]:
        """Count the cases that bear a likeness, save these, by state and day of the last event."""
        found: Counter[tuple[State, date]] = Counter()
        for row in self._each_range(_LAST_DAYS[self._postgres], states, without):
            found[State(row.state), row.last_on] += row.cases
        return found

    def waits(self, states: Collection[State], without: Collection[str]) -> Waits:
        """Count the cases that bear a likeness, save these, by how long they took."""
        waiting: Counter[int] = Counter()
        lead_time: Counter[int] = Counter()
        for row in self._each_range(_WAITS[self._postgres], states, without):
            for days, into in ((row.visit, waiting), (row.decision, lead_time)):
                if days is not None:
                    into[days - _paused(row, days)] += row.cases
        return Waits(waiting, lead_time)

    def _each_range(
        self, counting: Select[Any], states: Collection[State], without: Collection[str]
    ) -> Iterator[Any]:
        asked = {"states": sorted(states), "likenesses": self._listed_words(without)}
        for span in self._ranges(CASE.c.id):
            yield from self._run(counting, asked | span)

    def _listed_words(self, words: Collection[str]) -> object:
        return list(words) if self._postgres else json.dumps(list(words))


def _paused(row: Any, days: int) -> int:  # noqa: ANN401  # its columns stand above
    """Return how many of these days from the application were paused."""
    if row.applied_on is None:
        return 0
    told = ((one["since"], one["until"]) for one in json.loads(row.pauses))
    pauses = [Pause(_day(since), _day(until) if until else None) for since, until in told]
    return days - days_taken(row.applied_on, row.applied_on + timedelta(days), pauses)


def _day(text: str) -> date:
    return date.fromisoformat(text)
