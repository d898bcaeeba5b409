"""Plans carried out in SQL: a few statements for a whole chunk of cases, however many they are.

What the domain decided for each kind of case is put into temporary tables, beside them which case
is of which kind; one UPDATE and three INSERT … SELECT then write what `record`, `add_notices` and
`set_dues` would write case by case. No rule stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Insert,
    Text,
    Update,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from kmop_lifecycle.adapters.store.dialects import insert_new
from kmop_lifecycle.adapters.store.json_text import to_json
from kmop_lifecycle.adapters.store.rows import (
    MOVING,
    case_number,
    event_to_row,
    notice_to_row,
)
from kmop_lifecycle.adapters.store.sweep_tables import (
    EVENT,
    MOVE,
    NEXT,
    NOTICED,
    WORK,
    Rows,
    fill,
    fill_plans,
    prepare,
    spelt,
)
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE, HISTORY, NOTICE
from kmop_lifecycle.adapters.store.types import UtcDateTime
from kmop_lifecycle.domain.errors import ChangedMeanwhile
from kmop_lifecycle.domain.passing import Plan, step_of, to_bureau
from kmop_lifecycle.service.agenda import Taken

_ANY_CASE = case_number(0, date.min)  # rows of plans are spelt as those of this case
_ANY_TIME = datetime.min.replace(tzinfo=UTC)
_NOW = bindparam("now", type_=UtcDateTime)


def carry_out(
    connection: Connection, work: Sequence[tuple[Plan, Sequence[Taken]]], at: datetime
) -> None:
    """Do to each case what its plan says; `ChangedMeanwhile` when a case is not as it was."""
    prepare(connection)
    _lay_out(connection, work)
    moving = sum(len(cases) for plan, cases in work if plan.events)
    if moving:
        postgres = connection.dialect.name == "postgresql"
        if connection.execute(_MOVE[postgres]).rowcount != moving:
            raise ChangedMeanwhile
        connection.execute(_TELL_HISTORY, {"now": at})
    connection.execute(_NOTICES, {"now": at})
    connection.execute(_OLD_DUES)
    connection.execute(_DUES)


def _lay_out(connection: Connection, work: Sequence[tuple[Plan, Sequence[Taken]]]) -> None:
    taken = ((*one, place) for place, (_, cases) in enumerate(work) for one in cases)
    by_id = ((id_, version, bureau, place) for id_, _, version, bureau, _, place in taken)
    fill(connection, WORK, sorted(by_id))
    plans = [_rows(plan) for plan, _ in work]
    for table in (MOVE, EVENT, NOTICED, NEXT):
        fill_plans(connection, table, [rows[table.name] for rows in plans])


@lru_cache(maxsize=4_000)
def _rows(plan: Plan) -> dict[str, Rows]:
    """Spell a plan as rows of the temporary tables, once for all its chunks."""
    found = {
        MOVE.name: [_move(plan)] if plan.events else [],
        EVENT.name: [*_events(plan)],
        NOTICED.name: [*_notices(plan)],
        NEXT.name: [(due.kind, due.on, plan.likeness) for due in plan.dues],
    }
    return {name: Rows([[*map(spelt, row)] for row in rows]) for name, rows in found.items()}


def _move(plan: Plan) -> tuple[Any, ...]:
    # A merge leaves out what becomes null: no step of the clock makes anything null.
    inside = {name: plan.becomes[name] for name in plan.becomes if name not in MOVING}
    patch = to_json(to_jsonable_python(inside)) if inside else None
    begun = to_json(to_jsonable_python(plan.begun[0])) if plan.begun else None
    columns = (plan.becomes.get(name) for name in ("state", "last_on", "ended_on"))
    return (len(plan.events), *columns, patch, begun)


def _events(plan: Plan) -> Iterator[tuple[Any, ...]]:
    for event in plan.events:
        row = event_to_row(replace(event, case=_ANY_CASE), _ANY_TIME)
        yield (event.seq, *(row[c.name] for c in list(EVENT.c)[2:]))


def _notices(plan: Plan) -> Iterator[tuple[Any, ...]]:
    for number, notice in enumerate((*plan.told, *plan.reminders)):
        row = notice_to_row(replace(notice, case=_ANY_CASE), _ANY_TIME)
        own = (row.get(c.name) for c in list(NOTICED.c)[4:])
        yield (number, step_of(notice), to_bureau(notice), *own)


# Which case moves how. Postgres cannot guess how many rows of a chunk are still as they were, and
# without the offset it would compare every case with every plan.
_MOVING = (
    select(WORK.c.case_id, WORK.c.version, *(c for c in MOVE.c if c.name != "plan"))
    .join_from(WORK, MOVE, MOVE.c.plan == WORK.c.plan)
    .offset(0)
    .subquery()
)


def _facts(*, postgres: bool) -> ColumnElement[Any]:
    """Return the case's facts with what becomes of them; most steps change columns only."""
    facts: ColumnElement[Any]
    fresh, patch = _MOVING.c.begun, _MOVING.c.patch
    if postgres:
        old = cast(CASE.c.facts, JSONB)
        longer = func.jsonb_build_object("audits", old["audits"].concat(cast(fresh, JSONB)))
        begun = case((fresh.is_(None), old), else_=old.concat(longer))
        facts = cast(begun.concat(cast(func.coalesce(patch, "{}"), JSONB)), JSON)
    else:
        longer = func.json_insert(CASE.c.facts, "$.audits[#]", func.json(fresh))
        begun = case((fresh.is_(None), CASE.c.facts), else_=longer)
        facts = func.json_patch(begun, func.coalesce(patch, "{}"))
    return case((fresh.is_(None) & patch.is_(None), CASE.c.facts), else_=facts)


def _moves(*, postgres: bool) -> Update:
    return (
        update(CASE)
        .where(CASE.c.id == _MOVING.c.case_id, CASE.c.version == _MOVING.c.version)
        .values(
            state=func.coalesce(_MOVING.c.state, CASE.c.state),
            version=_MOVING.c.version + _MOVING.c.steps,
            last_on=func.coalesce(_MOVING.c.last_on, CASE.c.last_on),
            ended_on=func.coalesce(_MOVING.c.ended_on, CASE.c.ended_on),
            facts=_facts(postgres=postgres),
        )
    )


def _history() -> Insert:
    own: dict[str, ColumnElement[Any]] = {
        "case_id": WORK.c.case_id,
        "seq": WORK.c.version + EVENT.c.step,
        "recorded_at": _NOW,
    }
    rows = select(*(own[c.name] if c.name in own else EVENT.c[c.name] for c in HISTORY.c))
    rows = rows.join_from(WORK, EVENT, EVENT.c.plan == WORK.c.plan)
    order = rows.order_by(WORK.c.case_id, EVENT.c.step)
    return insert(HISTORY).from_select([c.name for c in HISTORY.c], order)


def _new_notices() -> Insert:
    number = cast(WORK.c.version + NOTICED.c.step, Text)
    own: dict[str, ColumnElement[Any]] = {
        "case_id": WORK.c.case_id,
        "created_at": _NOW,
        "anchor": case(
            (NOTICED.c.step > 0, literal("event:", Text).concat(number)), else_=NOTICED.c.anchor
        ),
        "recipient": case(
            (NOTICED.c.own_bureau, literal("bureau:", Text).concat(WORK.c.bureau)),
            else_=NOTICED.c.recipient,
        ),
    }
    columns = [c.name for c in NOTICE.c if c.name in own or c.name in NOTICED.c]
    rows = select(*(own[name] if name in own else NOTICED.c[name] for name in columns))
    rows = rows.join_from(WORK, NOTICED, NOTICED.c.plan == WORK.c.plan)
    # "WHERE true": else SQLite takes ON CONFLICT for the join's.
    order = rows.where(WORK.c.case_id >= 0).order_by(WORK.c.case_id, NOTICED.c.place)
    return insert_new(NOTICE).from_select(columns, order)


def _dues() -> Insert:
    columns = [c.name for c in DEADLINE.c]
    rows = select(WORK.c.case_id, *(NEXT.c[name] for name in columns[1:]))
    rows = rows.join_from(WORK, NEXT, NEXT.c.plan == WORK.c.plan)
    return insert(DEADLINE).from_select(columns, rows.order_by(WORK.c.case_id))


_MOVE = {postgres: _moves(postgres=postgres) for postgres in (False, True)}
_TELL_HISTORY = _history()
_NOTICES = _new_notices()
_OLD_DUES = delete(DEADLINE).where(DEADLINE.c.case_id.in_(select(WORK.c.case_id)))
_DUES = _dues()
