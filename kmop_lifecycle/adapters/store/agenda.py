"""What is due in the database: listed once, locked chunk by chunk, done by plan."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
)

from kmop_lifecycle.adapters.store.faults import said_plainly
from kmop_lifecycle.adapters.store.sweep_sql import carry_out
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE
from kmop_lifecycle.adapters.store.transaction import Transaction, batches
from kmop_lifecycle.domain.case import Due
from kmop_lifecycle.domain.passing import Plan
from kmop_lifecycle.service.agenda import Span, Taken

_PAGE = 10_000
_ID = DEADLINE.c.case_id + literal_column("0")  # else SQLite walks the key, all dates there are
_DUE = select(_ID).where(DEADLINE.c.due_on <= bindparam("today")).distinct().order_by(_ID)
_WITHIN = _DUE.where(DEADLINE.c.case_id.between(bindparam("first"), bindparam("last")))
_PLANNED = (
    select(CASE.c.number, DEADLINE.c.kind, DEADLINE.c.due_on)
    .join(CASE, CASE.c.id == DEADLINE.c.case_id)
    .where(CASE.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(DEADLINE.c.due_on, DEADLINE.c.kind)
)


def _spans() -> Select[tuple[int, int, int]]:
    """Number what is due, and group it by its place: one pass, whatever the ids look like."""
    due = _DUE.order_by(None).subquery()
    id_ = due.c[0]
    ranked = select(
        id_.label("id"),
        (func.row_number().over(order_by=id_) - 1).label("place"),
        func.count().over().label("total"),
    ).subquery()
    fitting = ranked.c.total // bindparam("least", type_=BigInteger)
    most = bindparam("most", type_=BigInteger)
    parts = case((fitting < 1, 1), (fitting > most, most), else_=fitting)
    part = (ranked.c.place * parts) // ranked.c.total
    ends = select(func.min(ranked.c.id), func.max(ranked.c.id), func.count())
    return ends.group_by(part).order_by(func.min(ranked.c.id))


def _among(id_column: ColumnElement[int], *, postgres: bool) -> ColumnElement[bool]:
    """Say that an id is one of many, given as one value however many they are."""
    if postgres:
        return id_column == any_(bindparam("ids", type_=ARRAY(BigInteger)))
    each = func.json_each(bindparam("ids", type_=Text)).table_valued(column("value", BigInteger))
    return id_column.in_(select(each.c.value))


def _cases(*, postgres: bool) -> Select[tuple[int, str, int, str]]:
    return (
        select(CASE.c.id, CASE.c.number, CASE.c.version, CASE.c.bureau)
        .where(_among(CASE.c.id, postgres=postgres))
        .order_by(CASE.c.id)
    )


def _likenesses(*, postgres: bool) -> Select[tuple[int, str]]:
    """Asked when the cases are locked: whoever changes dates has locked their case before."""
    return (
        select(DEADLINE.c.case_id, func.max(DEADLINE.c.likeness))
        .where(
            _among(DEADLINE.c.case_id, postgres=postgres), DEADLINE.c.due_on <= bindparam("today")
        )
        .group_by(DEADLINE.c.case_id)
    )


_CASES = {postgres: _cases(postgres=postgres) for postgres in (False, True)}
_WAITING = {postgres: rows.with_for_update(key_share=True) for postgres, rows in _CASES.items()}
_PASSING = {
    postgres: rows.with_for_update(key_share=True, skip_locked=True)
    for postgres, rows in _CASES.items()
}
_SPANS = _spans()
_LIKENESSES = {postgres: _likenesses(postgres=postgres) for postgres in (False, True)}


class Agenda(Transaction):
    """The sweep's side of a unit of work."""

    def due(self, today: date, within: Span | None = None) -> Sequence[int]:
        """Return the row ids of all cases with a date on or before today, in order."""
        found = array("q")  # eight bytes a case, however many there are
        bounds = {"first": within.first, "last": within.last} if within else {}
        with said_plainly():
            rows = self._connection.execution_options(yield_per=_PAGE).execute(
                _WITHIN if within else _DUE, {"today": today, **bounds}
            )
            for page in rows.scalars().partitions():
                found.extend(page)
        return found

    def spans(self, today: date, most: int, least: int) -> list[Span]:
        """Cut what is due into spans of nearly equal counts; on SQLite there is one writer."""
        asked = {"today": today, "most": most if self._postgres else 1, "least": least}
        return [Span(*row) for row in self._run(_SPANS, asked)]

    def take(self, ids: Sequence[int], today: date, *, wait: bool = True) -> list[Taken]:
        """Lock those of these cases that are due, in order; SQLite is locked as a whole."""
        locking = _WAITING if wait else _PASSING
        wanted = {"ids": self._listed_ids(ids)}
        cases = self._run(locking[self._postgres], wanted).all()
        alike = self._run(_LIKENESSES[self._postgres], {**wanted, "today": today}).all()
        likeness = {row[0]: row[1] for row in alike}
        return [
            Taken(i, number, version, bureau, likeness[i])
            for i, number, version, bureau in cases
            if i in likeness
        ]

    def planned(self, numbers: Sequence[str]) -> Mapping[str, list[Due]]:
        """Return the next dates of these cases; every number is a key."""
        found: defaultdict[str, list[Due]] = defaultdict(list)
        for some in batches(numbers):
            for row in self._run(_PLANNED, {"numbers": some}):
                found[row.number].append(Due(row.kind, row.due_on))
        return {number: found[number] for number in numbers}

    def carry_out(self, work: Sequence[tuple[Plan, Sequence[Taken]]], at: datetime) -> None:
        """Do to cases that were taken what their plans say."""
        with said_plainly():
            carry_out(self._connection, work, at)

    def _listed_ids(self, ids: Sequence[int]) -> object:
        return list(ids) if self._postgres else json.dumps(list(ids))
