"""The store's door: domain values become rows here and rows become domain values, nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row as SqlRow

from kmop_lifecycle.domain.case import (
    Actor,
    Case,
    Event,
    Neighbour,
    Notice,
    Party,
    Registration,
    Successor,
)
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service
from kmop_lifecycle.service.evidence import KeptNotice
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Answer, CaseLine, NoticeKey, Registered

Values = dict[str, Any]

_CASE = TypeAdapter(Case)
_PARTY = TypeAdapter(Party)
_REGISTRATION: TypeAdapter[Registration | None] = TypeAdapter(Registration | None)
# What most steps change stands in columns only: then the facts need not be written anew.
MOVING = ("state", "version", "last_on", "ended_on")
_SETS = frozenset({"involved", "provider_side", "auditors", "committee"})
# A proof reads a dozen words of each case: looking one up is quicker than asking its class.
_STATES = {str(state): state for state in State}
_TRIGGERS = {str(trigger): trigger for trigger in Trigger}
_ROLES = {str(role): role for role in Role}


def case_id(number: str) -> int:
    """Return the row id that a number carries after its year."""
    try:
        return int(number.rpartition("-")[2])
    except ValueError:
        raise BadInput(f"{number!r} is not a case number", hint="write YEAR-NNNNNN") from None


def case_number(row_id: int, on: date) -> str:
    """Write the number of the case with this row id."""
    return f"{on.year:04d}-{row_id:06d}"


def case_to_row(case: Case) -> Values:
    """Return the columns of a case; its successor is another case's row and is left out."""
    facts = _CASE.dump_python(case, exclude={"successor", *MOVING})
    for part in (facts, *facts["audits"]):
        for name in _SETS & part.keys():  # so that equal cases are equal texts
            part[name] = sorted(part[name])
    return case_columns(case) | {"facts": facts}


def case_columns(case: Case) -> Values:
    """Return the columns of a case that stand beside its facts."""
    held = case.registration
    return {
        "id": case_id(case.number),
        "number": case.number,
        "enterprise": case.enterprise,
        "kind": case.kind.value,
        "state": case.state.value,
        "version": case.version,
        "bureau": case.bureau,
        "applied_on": case.applied_on,
        "last_on": case.last_on,
        "valid_from": held and held.valid_from,
        "valid_until": held and held.valid_until,
        "ended_on": case.ended_on,
        "renews": case.renews,
    }


def case_from_row(row: SqlRow[Any], successor: Successor | None = None) -> Case:
    """Return the case that a row tells."""
    moving = {name: getattr(row, name) for name in MOVING}
    return _CASE.validate_python({**row.facts, **moving, "successor": successor})


def successor_from_row(row: SqlRow[Any]) -> Successor:
    """Return a renewal as the renewed case knows it."""
    return Successor(row.number, State(row.state), row.applied_on, row.valid_from is not None)


def neighbour_from_row(row: SqlRow[Any], renewed_by: str | None) -> Neighbour:
    """Return a case as far as a new application must know it."""
    return Neighbour(
        number=row.number,
        kind=Kind(row.kind),
        services=frozenset(map(Service, row.facts["services"])),
        state=State(row.state),
        renews=row.renews,
        renewed_by=renewed_by,
        registration=_REGISTRATION.validate_python(row.facts["registration"]),
        ended_on=row.ended_on,
    )


def event_to_row(event: Event, at: datetime) -> Values:
    """Return the columns of a history row."""
    return {
        "case_id": case_id(event.case),
        "seq": event.seq,
        "trigger": event.trigger.value,
        "source": event.source and event.source.value,
        "target": event.to.value,
        "actor": str(event.by),
        "on": event.on,
        "facts": dict(event.facts),
        "warnings": list(event.warnings),
        "rules": event.rules,
        "recorded_at": at,
    }


def event_from_row(number: str, row: SqlRow[Any]) -> Registered:
    """Return a history row."""
    role, _, name = row.actor.partition(":")
    event = Event(
        case=number,
        seq=row.seq,
        trigger=_TRIGGERS[row.trigger],
        source=None if row.source is None else _STATES[row.source],
        to=_STATES[row.target],
        by=Actor(_ROLES[role], name),
        on=row.on,
        facts=row.facts,
        warnings=tuple(row.warnings),
        rules=row.rules,
    )
    return Registered(event, row.recorded_at)


def notice_to_row(notice: Notice, at: datetime) -> Values:
    """Return the columns of a new notice row."""
    return {
        "case_id": case_id(notice.case),
        "ladder": notice.ladder,
        "anchor": notice.anchor,
        "anchor_on": notice.anchor_on,
        "rung": notice.rung,
        "role": notice.role.value,
        "recipient": notice.recipient,
        "channel": notice.channel,
        "due_on": notice.due_on,
        "status": "moot" if notice.moot else "due",
        "attempts": 0,
        "answer": "",
        "rendered": "",
        "created_at": at,
        "resends": 0,
    }


def notice_from_row(number: str, row: SqlRow[Any]) -> Notice:
    """Return what a notice row says, without its way out."""
    return Notice(
        number, row.ladder, row.anchor, row.anchor_on, row.rung,
        _ROLES[row.role], row.recipient, row.channel, row.due_on, row.status == "moot",
    )  # fmt: skip


def delivery_from_row(row: SqlRow[Any]) -> Delivery:
    """Return a notice row."""
    return Delivery(
        id=row.id,
        notice=notice_from_row(row.number, row),
        status=row.status,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        answer=row.answer,
        rendered=row.rendered,
        sent_at=row.sent_at,
        resends=row.resends,
        first_try_at=row.first_try_at,
        lease_until=row.lease_until,
    )


def delivery_to_row(delivery: Delivery) -> Values:
    """Return the columns of a notice row that its way out changes."""
    return {
        name: getattr(delivery, name)
        for name in (
            *("status", "attempts", "next_try_at", "answer", "rendered", "sent_at"),
            *("resends", "first_try_at", "lease_until"),
        )
    }


def key_from_row(row: SqlRow[Any]) -> NoticeKey:
    """Return what makes a notice row unique, as `Notice.key` spells it."""
    day = row.anchor_on.isoformat()
    return (row.number, row.ladder, row.anchor, day, row.rung, row.recipient, row.channel)


def kept_notice_from_row(row: SqlRow[Any]) -> tuple[int, KeptNotice]:
    """Return a notice row as a proof asks for it: what it is, and the columns of its key."""
    _ROLES[row.role]  # a row whose role nobody has cannot be read
    key: Any = row[4:]
    return row.id, KeptNotice(key, row.due_on)


def line_from_row(row: SqlRow[Any]) -> CaseLine:
    """Return one line of a list of cases."""
    return CaseLine(
        number=row.number,
        enterprise=row.enterprise,
        name=row.name or "",
        kind=Kind(row.kind),
        state=State(row.state),
        bureau=row.bureau,
        applied_on=row.applied_on,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        next_on=row.next_on,
        next_kind=row.next_kind or "",
    )


def party_to_row(party: Party) -> Values:
    """Return the columns of a party."""
    facts = _PARTY.dump_python(party)
    return {"enterprise": party.enterprise, "name": party.name, "facts": facts}


def party_from_row(facts: Mapping[str, Any]) -> Party:
    """Return the party that a row's facts tell."""
    return _PARTY.validate_python(facts)


def answer_to_row(key: str, answer: Answer, at: datetime) -> Values:
    """Return the columns of a command that was answered."""
    return {"key": key, "request": answer.request, "body": dict(answer.body), "at": at}


def answer_from_row(row: SqlRow[Any]) -> Answer:
    """Return what a command was answered."""
    return Answer(request=row.request, body=row.body)
