"""Cases counted by their likeness: a few statements, however many cases there are."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)

from kmop_lifecycle.adapters.store.faults import said_plainly
from kmop_lifecycle.adapters.store.rows import case_id
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE, HISTORY
from kmop_lifecycle.adapters.store.transaction import Transaction, batches
from kmop_lifecycle.domain.case import Pause
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.service.census import Alike, Member, Waits, days_taken

_PAGE = 5_000
_ALIKE = DEADLINE.c.likeness != ""
_IN_STATES = CASE.c.state.in_(bindparam("states", expanding=True))
_STARTED = CASE.c.facts[("audits", 0, "started_on")].as_string()
_DECIDED = CASE.c.facts[("registration", "decided_on")].as_string()
_UNPAUSED = CASE.c.facts["pauses"].as_string() == "[]"
_APPLIED = ~CASE.c.facts["adopted"].as_boolean()


def _words(*, postgres: bool) -> Select[tuple[str]]:
    """List words that are given as one value, however many they are."""
    if postgres:
        return select(func.unnest(bindparam("likenesses", type_=ARRAY(Text))))
    each = func.json_each(bindparam("likenesses", type_=Text)).table_valued(column("value", Text))
    return select(each.c.value)


def _alikes() -> Select[tuple[str, int, str]]:
    counted = (
        select(
            DEADLINE.c.likeness,
            func.count(DEADLINE.c.case_id.distinct()).label("cases"),
            func.min(DEADLINE.c.case_id).label("sample"),
        )
        .where(_ALIKE)
        .group_by(DEADLINE.c.likeness)
        .subquery()
    )
    return (
        select(counted.c.likeness, counted.c.cases, CASE.c.number)
        .join(CASE, CASE.c.id == counted.c.sample)
        .where(_IN_STATES)
        .order_by(CASE.c.id)
    )


def _first(*, postgres: bool) -> Select[tuple[str, str]]:
    members = (
        select(DEADLINE.c.likeness, CASE.c.number)
        .join(CASE, CASE.c.id == DEADLINE.c.case_id)
        .where(DEADLINE.c.likeness.in_(_words(postgres=postgres)))
        .distinct()
        .subquery()
    )
    place = func.row_number().over(partition_by=members.c.likeness, order_by=members.c.number)
    ranked = select(members, place.label("place")).subquery()
    return (
        select(ranked.c.likeness, ranked.c.number)
        .where(ranked.c.place <= bindparam("most"))
        .order_by(ranked.c.number)
    )


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
    return _IN_STATES & _bears(DEADLINE.c.likeness.not_in(_words(postgres=postgres)))


def _took(until: ColumnElement[str], *, postgres: bool) -> ColumnElement[int]:
    """Count the days from the application; a pause may take some of them off."""
    if postgres:
        return cast(until, Date) - CASE.c.applied_on  # type: ignore[return-value]
    days = func.julianday(until) - func.julianday(CASE.c.applied_on)
    return cast(days, Integer)


def _waits(*, postgres: bool) -> Select[Any]:
    took = select(
        _took(_STARTED, postgres=postgres).label("waiting"),
        _took(_DECIDED, postgres=postgres).label("lead_time"),
    ).where(_counted(postgres=postgres), _APPLIED, _UNPAUSED)
    each = took.subquery()
    return select(each, func.count()).group_by(each.c.waiting, each.c.lead_time)


def _paused_waits(*, postgres: bool) -> Select[Any]:
    began = (CASE.c.applied_on, _STARTED, _DECIDED, CASE.c.facts["pauses"])
    return select(*began).where(_counted(postgres=postgres), _APPLIED, ~_UNPAUSED)


_BOOKS = (
    select(HISTORY.c.rules)
    .where(HISTORY.c.case_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_BOTH = (False, True)
_ALIKES = _alikes()
_FIRST = {postgres: _first(postgres=postgres) for postgres in _BOTH}
_ALL = {p: _page(_bears(DEADLINE.c.likeness.in_(_words(postgres=p)))) for p in _BOTH}
_APART = _page(
    _IN_STATES,
    ~_bears(),
    (CASE.c.state != State.REJECTED.value) | (CASE.c.last_on >= bindparam("since")),
)
_LAST_DAYS = {
    postgres: select(CASE.c.state, CASE.c.last_on, func.count())
    .where(_counted(postgres=postgres))
    .group_by(CASE.c.state, CASE.c.last_on)
    for postgres in _BOTH
}
_WAITS = {postgres: _waits(postgres=postgres) for postgres in _BOTH}
_PAUSED_WAITS = {postgres: _paused_waits(postgres=postgres) for postgres in _BOTH}


class Census(Transaction):
    """The boards' side of a unit of work."""

    def alikes(self, states: Collection[State]) -> list[Alike]:
        """Count the cases of each likeness in these states."""
        return [Alike(*row) for row in self._run(_ALIKES, {"states": sorted(states)})]

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
        for row in self._run(_FIRST[self._postgres], asked):
            found[row.likeness].append(row.number)
        return {likeness: found[likeness] for likeness in likenesses}

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
        rows = self._run(_LAST_DAYS[self._postgres], self._among(states, without))
        return {(State(row.state), row.last_on): row[2] for row in rows}

    def waits(self, states: Collection[State], without: Collection[str]) -> Waits:
        """Count the cases that bear a likeness, save these, by how long they took."""
        asked = self._among(states, without)
        waiting: Counter[int] = Counter()
        lead_time: Counter[int] = Counter()
        for visit, decision, cases in self._run(_WAITS[self._postgres], asked):
            waiting.update({} if visit is None else {visit: cases})
            lead_time.update({} if decision is None else {decision: cases})
        for applied_on, started, decided, pauses in self._stream(asked):
            for day, into in ((started, waiting), (decided, lead_time)):
                if day is not None:
                    into[days_taken(applied_on, date.fromisoformat(day), _pauses(pauses))] += 1
        return Waits(waiting, lead_time)

    def _stream(self, asked: Mapping[str, object]) -> Iterator[Any]:
        """Read the few cases that were paused once, a page at a time."""
        with said_plainly():
            rows = self._connection.execute(
                _PAUSED_WAITS[self._postgres], asked, execution_options={"yield_per": _PAGE}
            )
            for page in rows.partitions():
                yield from page

    def _among(self, states: Collection[State], without: Collection[str]) -> dict[str, object]:
        return {"states": sorted(states), "likenesses": self._listed_words(without)}

    def _listed_words(self, words: Collection[str]) -> object:
        return list(words) if self._postgres else json.dumps(list(words))


def _pauses(told: Sequence[Mapping[str, str | None]]) -> Iterator[Pause]:
    for one in told:
        since, until = str(one["since"]), one["until"]
        yield Pause(date.fromisoformat(since), date.fromisoformat(until) if until else None)
