"""Looking things up: what lists, screens and checks ask of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, func, select

from kmop_lifecycle.adapters.store.rows import (
    delivery_from_row,
    event_from_row,
    line_from_row,
)
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE, HISTORY, NOTICE, PARTY
from kmop_lifecycle.adapters.store.transaction import Transaction
from kmop_lifecycle.domain.case import Due, Notice
from kmop_lifecycle.domain.errors import NotFound
from kmop_lifecycle.domain.lifecycle import REGISTERED
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import CaseFilter, CaseLine, Registered

_OF_NUMBER = CASE.c.number == bindparam("number")
_HISTORY = (
    select(HISTORY)
    .join(CASE, CASE.c.id == HISTORY.c.case_id)
    .where(_OF_NUMBER)
    .order_by(HISTORY.c.seq)
)
_SINCE = (
    select(HISTORY, CASE.c.number)
    .join(CASE, CASE.c.id == HISTORY.c.case_id)
    .where(HISTORY.c.recorded_at >= bindparam("moment"))
    .order_by(HISTORY.c.recorded_at, HISTORY.c.case_id, HISTORY.c.seq)
    .limit(bindparam("most"))
)
_DELIVERIES = (
    select(NOTICE, CASE.c.number)
    .join(CASE, CASE.c.id == NOTICE.c.case_id)
    .where(_OF_NUMBER)
    .order_by(NOTICE.c.id)
)
_DUES = (
    select(DEADLINE)
    .join(CASE, CASE.c.id == DEADLINE.c.case_id)
    .where(_OF_NUMBER)
    .order_by(DEADLINE.c.due_on, DEADLINE.c.kind)
)
_NUMBERS = (
    select(CASE.c.number)
    .where(CASE.c.number > bindparam("after"))
    .order_by(CASE.c.number)
    .limit(bindparam("most"))
)

_COUNTED: Mapping[str, Column[Any]] = {
    "state": CASE.c.state,
    "kind": CASE.c.kind,
    "ladder": NOTICE.c.ladder,
    "outcome": NOTICE.c.status,
}


def _next(column: ColumnElement[Any], label: str) -> ColumnElement[Any]:
    """Return a column of the case's earliest date."""
    return (
        select(column)
        .where(DEADLINE.c.case_id == CASE.c.id)
        .order_by(DEADLINE.c.due_on, DEADLINE.c.kind)
        .limit(1)
        .correlate(CASE)
        .scalar_subquery()
        .label(label)
    )


_LINES = select(
    *(CASE.c[name] for name in ("number", "enterprise", "kind", "state", "bureau")),
    *(CASE.c[name] for name in ("applied_on", "valid_from", "valid_until")),
    PARTY.c.name,
    _next(DEADLINE.c.due_on, "next_on"),
    _next(DEADLINE.c.kind, "next_kind"),
).join_from(CASE, PARTY, PARTY.c.enterprise == CASE.c.enterprise, isouter=True)


def _due_before(day: date) -> ColumnElement[bool]:
    return (
        select(DEADLINE.c.kind)
        .where(DEADLINE.c.case_id == CASE.c.id, DEADLINE.c.due_on <= day)
        .exists()
    )


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Return what a case must fulfil; empty fields ask for nothing."""
    asked = [CASE.c.number > wanted.after]
    if wanted.states:
        asked.append(CASE.c.state.in_(sorted(wanted.states)))
    if wanted.kinds:
        asked.append(CASE.c.kind.in_(sorted(wanted.kinds)))
    if wanted.bureau:
        asked.append(CASE.c.bureau == wanted.bureau)
    if wanted.enterprise:
        asked.append(CASE.c.enterprise == wanted.enterprise)
    if wanted.due_before is not None:
        asked.append(_due_before(wanted.due_before))
    return asked


class Reading(Transaction):
    """The reader's side of a unit of work."""

    def history(self, number: str) -> list[Registered]:
        """Return a case's history, oldest first; NotFound if there is no such case."""
        rows = self._run(_HISTORY, {"number": number}).all()
        if not rows:
            raise NotFound(f"there is no case {number}")
        return [event_from_row(number, row) for row in rows]

    def recorded_since(self, moment: datetime, limit: int) -> list[Registered]:
        """Return what was written down at this moment or after it, in the order of writing."""
        rows = self._run(_SINCE, {"moment": moment, "most": limit})
        return [event_from_row(row.number, row) for row in rows]

    def noticed_since(self, due_on: date, ladders: Collection[str], limit: int) -> list[Notice]:
        """Return the rows of these ladders due on this day or later, oldest first."""
        statement = (
            select(NOTICE, CASE.c.number)
            .join(CASE, CASE.c.id == NOTICE.c.case_id)
            .where(NOTICE.c.ladder.in_(sorted(ladders)), NOTICE.c.due_on >= due_on)
            .order_by(NOTICE.c.id)
            .limit(limit)
        )
        return [delivery_from_row(row).notice for row in self._run(statement)]

    def deliveries(self, number: str) -> list[Delivery]:
        """Return all notice rows of a case, oldest first."""
        return [delivery_from_row(row) for row in self._run(_DELIVERIES, {"number": number})]

    def dues(self, number: str) -> list[Due]:
        """Return a case's next dates, earliest first."""
        return [Due(row.kind, row.due_on) for row in self._run(_DUES, {"number": number})]

    def find(self, wanted: CaseFilter) -> list[CaseLine]:
        """List cases, ordered by number."""
        statement = _LINES.where(*_conditions(wanted)).order_by(CASE.c.number).limit(wanted.limit)
        return [line_from_row(row) for row in self._run(statement)]

    def counts(self, *by: str) -> Mapping[str, Mapping[str, int]]:
        """Count cases by `state` and `kind`, notices by `ladder` and by `outcome`."""
        return {name: self._count(_COUNTED[name]) for name in by or _COUNTED}

    def expiring(self, first: date, last: date) -> int:
        """Count registered cases whose last day of validity lies in this span, both inclusive."""
        statement = select(func.count()).where(
            CASE.c.state.in_(sorted(REGISTERED)), CASE.c.valid_until.between(first, last)
        )
        return int(self._run(statement).scalar_one())

    def numbers(self, after: str, limit: int) -> list[str]:
        """Page through all case numbers, ordered."""
        return list(self._run(_NUMBERS, {"after": after, "most": limit}).scalars())

    def _count(self, column: Column[Any]) -> dict[str, int]:
        found: Counter[str] = Counter()
        id_ = column.table.c.id
        counting = select(column, func.count()).group_by(column)
        some = counting.where(id_.between(bindparam("first"), bindparam("last")))
        for span in self._ranges(id_):
            found.update({row[0]: row[1] for row in self._run(some, span)})
        return dict(sorted(found.items()))
