"""What a proof reads of the database: a page of cases with all their rows, in five statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Table, bindparam, func, select, type_coerce

from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.rows import (
    case_columns,
    case_from_row,
    event_from_row,
    kept_notice_from_row,
    neighbour_from_row,
    successor_from_row,
)
from kmop_lifecycle.adapters.store.tables import CASE, COMMAND, DEADLINE, HISTORY, NOTICE
from kmop_lifecycle.adapters.store.transaction import Transaction
from kmop_lifecycle.adapters.store.types import DayText
from kmop_lifecycle.domain.case import Case, Due, Neighbour, Successor
from kmop_lifecycle.service.evidence import Dossier, KeptAnswer

R = TypeVar("R")
Read = TypeVar("Read")

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
_MOST = 100  # orphans worth naming
_PAGE = Prepared(
    select(CASE)
    .where(CASE.c.number > bindparam("after"))
    .order_by(CASE.c.number)
    .limit(bindparam("most"))
)
_AHEAD = (
    select(CASE.c.number)
    .where(CASE.c.number > bindparam("after"))
    .order_by(CASE.c.number)
    .limit(bindparam("most"))
    .subquery()
)
_STRIDE = select(func.max(_AHEAD.c.number))


def _of_page(statement: Select[Any], table: Table) -> Select[Any]:
    """Narrow it to the cases of a page: one text, however many they are."""
    return statement.join_from(table, CASE, CASE.c.id == table.c.case_id).where(
        CASE.c.number > bindparam("after"), CASE.c.number <= bindparam("until")
    )


_EVENTS = Prepared(_of_page(select(HISTORY), HISTORY).order_by(HISTORY.c.case_id, HISTORY.c.seq))
_DUES = Prepared(_of_page(select(DEADLINE), DEADLINE).order_by(DEADLINE.c.due_on))
_KEY = (
    *(CASE.c.number, NOTICE.c.ladder, NOTICE.c.anchor),
    type_coerce(NOTICE.c.anchor_on, DayText).label("anchor_on"),
    *(NOTICE.c.rung, NOTICE.c.recipient, NOTICE.c.channel),
)
_NOTICES = Prepared(
    _of_page(select(NOTICE.c.case_id, NOTICE.c.id, NOTICE.c.role, NOTICE.c.due_on, *_KEY), NOTICE)
)
_RENEWALS = Prepared(
    select(CASE.c.renews, CASE.c.number, CASE.c.state, CASE.c.applied_on, CASE.c.valid_from)
    .where(CASE.c.renews > bindparam("after"), CASE.c.renews <= bindparam("until"))
    .order_by(CASE.c.id)
)
_SEVERAL = (
    select(CASE.c.enterprise)
    .where(CASE.c.enterprise.in_(bindparam("enterprises", expanding=True)))
    .group_by(CASE.c.enterprise)
    .having(func.count() > 1)
)
_AROUND = select(CASE).where(CASE.c.enterprise.in_(_SEVERAL))
_ANSWERS = (
    select(COMMAND.c.key, COMMAND.c.body)
    .where(COMMAND.c.key > bindparam("after"))
    .order_by(COMMAND.c.key)
    .limit(bindparam("most"))
)
_VERSIONS = select(CASE.c.number, CASE.c.version).where(
    CASE.c.number.in_(bindparam("numbers", expanding=True))
)
_ALL = select(func.count()).select_from(CASE)
_DUE = select(func.count(DEADLINE.c.case_id.distinct())).where(
    DEADLINE.c.due_on <= bindparam("today")
)
_NEWEST = select(func.max(HISTORY.c.recorded_at))
_ORPHANS = {
    table.name: select(table.c.case_id)
    .distinct()
    .where(~select(CASE.c.id).where(CASE.c.id == table.c.case_id).exists())
    .limit(_MOST)
    for table in (HISTORY, DEADLINE, NOTICE)
}


class Reader:
    """Reads rows and remembers those that cannot be read."""

    def __init__(self) -> None:
        self.unread: list[tuple[str, str]] = []

    def read(self, name: str, rows: Iterable[R], how: Callable[[R], Read], key: str) -> list[Read]:
        """Return what rows tell; one that tells nothing is named by its `key`, or alone."""
        rows = list(rows)
        try:
            return [how(row) for row in rows]
        except _UNREADABLE:
            return list(self._one_by_one(name, rows, how, key))

    def _one_by_one(
        self, name: str, rows: Iterable[R], how: Callable[[R], Read], key: str
    ) -> Iterator[Read]:
        for row in rows:
            try:
                yield how(row)
            except _UNREADABLE as error:
                which = f"{name} {getattr(row, key)}" if key else name
                self.unread.append((which, type(error).__name__))


def _dossier(
    row: Row[Any],
    successor: Successor | None,
    events: list[Row[Any]],
    dues: list[Row[Any]],
    notices: list[Row[Any]],
) -> Dossier:
    reader, number = Reader(), row.number
    cases = reader.read("case", [row], lambda row: case_from_row(row, successor), "")
    history = reader.read("history", events, lambda row: event_from_row(number, row), "seq")
    told = reader.read("notice", notices, kept_notice_from_row, "id")
    return Dossier(
        number=number,
        case=cases[0] if cases else None,
        torn=_torn(row, cases[0]) if cases else (),
        unread=tuple(reader.unread),
        history=[(found.event, found.recorded_at) for found in history],
        dues=[Due(one.kind, one.due_on) for one in dues],
        notices=dict(told),
    )


def _torn(row: Row[Any], case: Case) -> tuple[str, ...]:
    """Name the columns that say something else than the facts beside them."""
    told = case_columns(case)
    return tuple(name for name, value in told.items() if getattr(row, name) != value)


class Evidence(Transaction):
    """The proofs' side of a unit of work."""

    def dossiers(self, after: str, limit: int) -> list[Dossier]:
        """Return everything about the next cases, ordered by number."""
        rows = self._do(_PAGE, {"after": after, "most": limit}).rows
        if not rows:
            return []
        page = {"after": after, "until": rows[-1].number}
        events, dues, notices = (
            self._grouped(statement, page) for statement in (_EVENTS, _DUES, _NOTICES)
        )
        renewals = self._do(_RENEWALS, page).rows
        newest = {row.renews: successor_from_row(row) for row in renewals}
        return [
            _dossier(row, newest.get(row.number), events[row.id], dues[row.id], notices[row.id])
            for row in rows
        ]

    def stride(self, after: str, limit: int) -> str | None:
        """Return the number of the last of the next so many cases; None when none is left."""
        last: str | None = self._run(_STRIDE, {"after": after, "most": limit}).scalar_one()
        return last

    def neighbourhoods(self, enterprises: Collection[str]) -> Mapping[str, list[Neighbour]]:
        """Return all cases of those that have several; unreadable ones are told of elsewhere."""
        found: defaultdict[str, list[Neighbour]] = defaultdict(list)
        rows = self._run(_AROUND, {"enterprises": sorted(enterprises)})
        known = Reader().read(
            "case", rows, lambda row: (row.enterprise, neighbour_from_row(row, None)), "number"
        )
        for enterprise, neighbour in known:
            found[enterprise].append(neighbour)
        return found

    def answers(self, after: str, limit: int) -> list[KeptAnswer]:
        """Page through the answered commands, ordered by key."""
        rows = self._run(_ANSWERS, {"after": after, "most": limit})
        return [KeptAnswer(row.key, row.body) for row in rows]

    def versions(self, numbers: Collection[str]) -> Mapping[str, int]:
        """Return how many history rows these cases claim to have."""
        rows = self._run(_VERSIONS, {"numbers": sorted(numbers)})
        return {row.number: row.version for row in rows}

    def weight(self, today: date) -> tuple[int, int]:
        """Count all cases, and those that have a date on or before a day."""
        due: int = self._run(_DUE, {"today": today}).scalar_one()
        cases: int = self._run(_ALL).scalar_one()
        return cases, due

    def recorded_until(self) -> datetime | None:
        """Return when the newest history row was written."""
        newest: datetime | None = self._run(_NEWEST).scalar_one()
        return newest

    def orphans(self) -> list[str]:
        """Name rows that belong to no case."""
        return [
            f"{table} of {row_id}"
            for table, statement in _ORPHANS.items()
            for row_id in self._run(statement).scalars()
        ]

    def _grouped(self, statement: Prepared, page: dict[str, str]) -> dict[int, list[Row[Any]]]:
        found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
        for row in self._do(statement, page).rows:
            found[row.case_id].append(row)
        return found
