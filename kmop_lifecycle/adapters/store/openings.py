"""New cases in the database: looked up by lists, written a table at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Text,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.sql.selectable import TableValuedAlias

from kmop_lifecycle.adapters.store.cases import TURNSTILES, Cases, turnstile
from kmop_lifecycle.adapters.store.dialects import InsertNewest
from kmop_lifecycle.adapters.store.ledger import Ledger
from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.rows import (
    Values,
    answer_from_row,
    answer_to_row,
    case_id,
    case_number,
    case_to_row,
    event_to_row,
    notice_to_row,
    party_from_row,
    party_to_row,
)
from kmop_lifecycle.adapters.store.tables import (
    CASE,
    CASE_NUMBER,
    COMMAND,
    DEADLINE,
    HISTORY,
    NOTICE,
    PARTY,
)
from kmop_lifecycle.domain.case import Party
from kmop_lifecycle.domain.contacts import renewed
from kmop_lifecycle.domain.likeness import earliest
from kmop_lifecycle.service.openings import Answer, Opening


def _listed(kind: type[Text | Date], *, postgres: bool) -> TableValuedAlias:
    """Return a list that is given as one value, as a table in its own order."""
    if postgres:
        given = func.unnest(bindparam("listed", type_=ARRAY(kind)))
        pairs = given.table_valued(column("value", kind), with_ordinality="key")
        return pairs.render_derived()
    each = func.json_each(bindparam("listed", type_=Text))
    return each.table_valued(column("value", kind), column("key"), name="listed")


def _within(statement: Select[Any], key: ColumnElement[str], *, postgres: bool) -> Select[Any]:
    return statement.where(key.in_(select(_listed(Text, postgres=postgres).c.value)))


def _numbers(*, postgres: bool) -> Prepared:
    days = _listed(Date, postgres=postgres).c
    in_order = select(days.value).order_by(days.key)
    into = insert(CASE_NUMBER).from_select(["on"], in_order)
    return Prepared(into.returning(CASE_NUMBER.c.id))


def _turns() -> Prepared:
    """Pass the turnstiles of `Cases.neighbours`, in one order for all, so that none deadlock."""
    firm = _listed(Text, postgres=True).c.value
    turn = turnstile(firm).label("turn")
    turns = select(turn).distinct().order_by(turn).subquery()
    return Prepared(select(func.pg_advisory_xact_lock(TURNSTILES, turns.c.turn).label("turn")))


_AROUND = select(CASE.c.enterprise, CASE.c.number).order_by(CASE.c.number)
_PARTIES = select(PARTY.c.enterprise, PARTY.c.facts)
_TURNS = _turns()
_BOTH = (False, True)  # without Postgres, with it
_AROUND_OF = {p: Prepared(_within(_AROUND, CASE.c.enterprise, postgres=p)) for p in _BOTH}
_ANSWERS_OF = {p: Prepared(_within(select(COMMAND), COMMAND.c.key, postgres=p)) for p in _BOTH}
_PARTIES_OF = {p: Prepared(_within(_PARTIES, PARTY.c.enterprise, postgres=p)) for p in _BOTH}
_NUMBERS = {p: _numbers(postgres=p) for p in _BOTH}
_CASES, _EVENTS, _NOTICES, _DUES, _NEW_PARTIES, _ANSWERS = (
    Prepared(insert(table)) for table in (CASE, HISTORY, NOTICE, DEADLINE, PARTY, COMMAND)
)
_RENEWED_PARTIES = Prepared(InsertNewest(PARTY))


class Openings(Cases, Ledger):
    """The side of a unit of work that opens cases."""

    def cases_around(self, enterprises: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the numbers of all cases of these enterprises; others who open one wait."""
        found: dict[str, list[str]] = {enterprise: [] for enterprise in enterprises}
        if not found:
            return found
        wanted = self._as_list(found)
        if self._postgres and not self._reading:
            self._do(_TURNS, wanted)
        for row in self._do(_AROUND_OF[self._postgres], wanted).rows:
            found[row.enterprise].append(row.number)
        return found

    def answers_to(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """Return what these keys were answered before."""
        if not keys:
            return {}
        rows = self._do(_ANSWERS_OF[self._postgres], self._as_list(keys)).rows
        return {row.key: answer_from_row(row) for row in rows}

    def allocate_each(self, days: Sequence[date]) -> list[str]:
        """Return a new case number for each day."""
        if not days:
            return []
        given = self._as_list(days if self._postgres else [day.isoformat() for day in days])
        ids = sorted(row.id for row in self._do(_NUMBERS[self._postgres], given).rows)
        return [case_number(row_id, day) for row_id, day in zip(ids, days, strict=True)]

    def open_cases(self, openings: Sequence[Opening], at: datetime) -> None:
        """Write cases and all that belongs to them, a table at a time."""
        changes = [opening.change for opening in openings]
        self._do(_CASES, [case_to_row(change.after) for change in changes])
        self._do(_EVENTS, [event_to_row(change.event, at) for change in changes])
        self._do_any(_NOTICES, [notice_to_row(n, at) for c in changes for n in c.notices])
        self._do_any(_DUES, [row for opening in openings for row in _due_rows(opening)])
        self._keep_all([change.party for change in changes if change.party])
        kept = [answer_to_row(o.key, o.answer, at) for o in openings if o.key]
        self._do_any(_ANSWERS, kept)

    def _keep_all(self, parties: Sequence[Party]) -> None:
        """Write the parties; of one that is known, what was there stays."""
        wanted = self._as_list([party.enterprise for party in parties])
        rows = self._do(_PARTIES_OF[self._postgres], wanted).rows if parties else []
        known = {row.enterprise: party_from_row(row.facts) for row in rows}
        new = [party for party in parties if party.enterprise not in known]
        self._do_any(_NEW_PARTIES, [party_to_row(renewed(None, party)) for party in new])
        again = [renewed(known[p.enterprise], p) for p in parties if p.enterprise in known]
        self._do_any(_RENEWED_PARTIES, [party_to_row(party) for party in again])

    def _do_any(self, statement: Prepared, rows: Sequence[Values]) -> None:
        if rows:
            self._do(statement, rows)

    def _as_list(self, values: Collection[object]) -> Values:
        listed = list(values)
        return {"listed": listed if self._postgres else json.dumps(listed)}


def _due_rows(opening: Opening) -> list[Values]:
    of_id = case_id(opening.change.after.number)
    return [
        {"case_id": of_id, "kind": kind, "due_on": day, "likeness": opening.likeness}
        for kind, day in earliest(opening.dues).items()
    ]
