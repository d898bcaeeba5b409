"""Cases in the database: read under lock, written version-checked with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, String, bindparam, delete, func, insert, select, update

from kmop_lifecycle.adapters.store.dialects import insert_new
from kmop_lifecycle.adapters.store.parties import Parties
from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.rows import (
    MOVING,
    case_from_row,
    case_id,
    case_number,
    case_to_row,
    event_to_row,
    neighbour_from_row,
    notice_to_row,
    successor_from_row,
)
from kmop_lifecycle.adapters.store.tables import (
    CASE,
    CASE_NUMBER,
    DEADLINE,
    HISTORY,
    NOTICE,
)
from kmop_lifecycle.adapters.store.transaction import batches
from kmop_lifecycle.domain.case import Case, Change, Due, Neighbour, Notice, Successor
from kmop_lifecycle.domain.contacts import renewed
from kmop_lifecycle.domain.errors import ChangedMeanwhile, NotFound
from kmop_lifecycle.domain.likeness import earliest

_CASE = select(CASE.c.number, CASE.c.facts, *(CASE.c[name] for name in MOVING))
_ONE = Prepared(_CASE.where(CASE.c.number == bindparam("number")))
_ONE_LOCKED = Prepared(
    _CASE.where(CASE.c.number == bindparam("number")).with_for_update(key_share=True)
)
_FACTS = _CASE.where(CASE.c.number.in_(bindparam("numbers", expanding=True))).order_by(
    CASE.c.number
)
_FACTS_LOCKED = _FACTS.with_for_update(key_share=True)  # SQLite, locked as a whole, drops it
_RENEWAL = select(
    CASE.c.renews, CASE.c.number, CASE.c.state, CASE.c.applied_on, CASE.c.valid_from
).order_by(CASE.c.id)
_RENEWALS_OF = Prepared(_RENEWAL.where(CASE.c.renews == bindparam("number")))
_RENEWALS = _RENEWAL.where(CASE.c.renews.in_(bindparam("numbers", expanding=True)))
_OF_ENTERPRISE = Prepared(
    select(CASE).where(CASE.c.enterprise == bindparam("enterprise")).order_by(CASE.c.number)
)
TURNSTILES = 0x6B6D6F70  # "kmop"


def turnstile(enterprise: ColumnElement[str]) -> ColumnElement[int]:
    """Return one of 256: an intake of 100,000 firms must not hold 100,000 locks."""
    return func.hashtext(enterprise).op("&")(255)


_TURN = Prepared(
    select(
        func.pg_advisory_xact_lock(
            TURNSTILES, turnstile(bindparam("enterprise", type_=String()))
        ).label("turn")
    )
)
_NEW_NUMBER = Prepared(insert(CASE_NUMBER).returning(CASE_NUMBER.c.id))
_NEW_CASE = Prepared(insert(CASE))
_NEXT_VERSION = Prepared(
    update(CASE).where(
        CASE.c.id == bindparam("of_id"),
        CASE.c.number == bindparam("of_number"),
        CASE.c.version == bindparam("of_version"),
    )
)
_EVENT = Prepared(insert(HISTORY))
_NOTICE = Prepared(insert_new(NOTICE))
_OLD_DUES = Prepared(delete(DEADLINE).where(DEADLINE.c.case_id == bindparam("of_id")))
_DUES = Prepared(insert(DEADLINE))
_FIRST_DUE = select(func.min(DEADLINE.c.due_on))


class Cases(Parties):
    """The cases' side of a unit of work."""

    def get(self, number: str) -> Case:
        """Return a case with its successor, locked; NotFound if there is none."""
        asked = {"number": number}
        rows = self._do(_ONE if self._reading else _ONE_LOCKED, asked).rows
        if not rows:
            raise NotFound(f"there is no case {number}")
        renewals = self._do(_RENEWALS_OF, asked).rows
        return case_from_row(rows[0], successor_from_row(renewals[-1]) if renewals else None)

    def get_many(self, numbers: Sequence[str]) -> list[Case]:
        """Return these cases with their successors, in one order for all, so none deadlock."""
        cases: list[Case] = []
        for some in batches(sorted(set(numbers))):
            rows = self._run(_FACTS if self._reading else _FACTS_LOCKED, {"numbers": some}).all()
            newest = self._successors(some)
            cases += [case_from_row(row, newest.get(row.number)) for row in rows]
        return cases

    def neighbours(self, enterprise: str) -> list[Neighbour]:
        """Return all cases of an enterprise; whoever else asks waits until this one is done."""
        if self._postgres and not self._reading:
            self._do(_TURN, {"enterprise": enterprise})
        rows = self._do(_OF_ENTERPRISE, {"enterprise": enterprise}).rows
        newest = self._successors([row.number for row in rows])
        return [
            neighbour_from_row(row, renewal.number if renewal else None)
            for row in rows
            for renewal in [newest.get(row.number)]
        ]

    def allocate(self, on: date) -> str:
        """Return a new case number."""
        return case_number(self._do(_NEW_NUMBER, {"on": on}).rows[0].id, on)

    def record(self, change: Change, at: datetime) -> None:
        """Write case, history row, notices and party of one decision."""
        row = case_to_row(change.after)
        if change.before is None:
            self._do(_NEW_CASE, row)
        else:
            seen = {"of_id": row["id"], "of_number": row["number"]}
            written = self._do(_NEXT_VERSION, {**row, **seen, "of_version": change.before.version})
            if written.rowcount != 1:
                raise ChangedMeanwhile
        self._do(_EVENT, event_to_row(change.event, at))
        self.add_notices(change.notices, at)
        if change.party is not None:
            self._keep(renewed(self.party(change.party.enterprise), change.party))

    def add_notices(self, notices: Iterable[Notice], at: datetime) -> int:
        """Write notice rows; skip those whose key exists; return how many are new."""
        rows = [notice_to_row(notice, at) for notice in notices]
        return self._do(_NOTICE, rows).rowcount if rows else 0

    def set_dues(self, number: str, dues: Iterable[Due], likeness: str = "") -> None:
        """Replace the case's next dates by these; of two of one kind the earlier counts."""
        of_id = case_id(number)
        self._do(_OLD_DUES, {"of_id": of_id})
        rows = [
            {"case_id": of_id, "kind": kind, "due_on": day, "likeness": likeness}
            for kind, day in earliest(dues).items()
        ]
        if rows:
            self._do(_DUES, rows)

    def next_due_on(self) -> date | None:
        """Return the earliest date on which anything is due."""
        first: date | None = self._run(_FIRST_DUE).scalar_one()
        return first

    def _successors(self, numbers: Sequence[str]) -> dict[str, Successor]:
        if not numbers:  # a firm's first case: nothing to ask
            return {}
        rows = self._run(_RENEWALS, {"numbers": numbers})
        return {row.renews: successor_from_row(row) for row in rows}
