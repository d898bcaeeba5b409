"""The one gate: nothing else changes a case."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Case, Change, Neighbour
from kmop_lifecycle.domain.decide import OPENING, catch_up, decide, dues, project
from kmop_lifecycle.domain.errors import (
    BadInput,
    ChangedMeanwhile,
    KeyReused,
    Refused,
)
from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.passing import alike
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Answer, UnitOfWork

__all__ = ["Answered", "Command", "fire", "fire_in", "write"]

Watch = Callable[[Change], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command came to."""

    case: str
    trigger: Trigger
    state: State
    version: int
    warnings: tuple[str, ...] = ()
    repeated: bool = False  # the same key was answered before; nothing new was written
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "case": self.case,
            "trigger": str(self.trigger),
            "state": str(self.state),
            "version": self.version,
            "warnings": list(self.warnings),
            "repeated": self.repeated,
            "dry_run": self.dry_run,
        }


def fire(house: House, command: Command, watch: Watch | None = None) -> Answered:
    """Carry out one command: decide, then write all that follows in one transaction.

    Steps that time has brought about in the meantime are written first. The same key answers the
    first answer again. Raises `Refused` (nothing was written), `ChangedMeanwhile`, `KeyReused`,
    `NotFound`, `BadInput` or `TryAgain`.
    """
    try:
        with house.store() as uow:
            answered, changes = fire_in(house, uow, command)
            if changes and not command.dry_run:
                uow.commit()
    except Refused as refusal:
        _log.info("refused %s on case %s: %s", command.trigger, command.case or "-", refusal.code)
        raise
    for change in changes if watch and not command.dry_run else ():
        watch(change)  # type: ignore[misc]  # the loop is empty without a watcher
    return answered


def fire_in(house: House, uow: UnitOfWork, command: Command) -> tuple[Answered, Sequence[Change]]:
    """Carry out one command inside a transaction that the caller commits, or does not.

    It decides before it writes: after `Refused`, `BadInput`, `NotFound` or `KeyReused` the same
    transaction may go on with another command. No changes: the key was answered before.
    """
    request = _fingerprint(command)
    kept = uow.answer(command.key) if command.key else None
    if kept is not None:
        return _again(command.key, kept, request), ()
    try:
        changes = _changes(house, uow, command)
    except (Refused, ChangedMeanwhile):
        # Whoever waited for the case behind its own double is answered like the double.
        kept = uow.answer(command.key) if command.key else None
        if kept is None:
            raise
        return _again(command.key, kept, request), ()
    answered = _answered(changes[-1], command)
    if not command.dry_run:
        write(uow, changes, house.rules, house.clock.today(), house.clock.now())
        if command.key:
            uow.remember(command.key, Answer(request, answered.as_json()), house.clock.now())
    return answered, changes


def _changes(house: House, uow: UnitOfWork, command: Command) -> list[Change]:
    today = house.clock.today()
    if command.trigger in OPENING:
        number = uow.allocate(command.on or today)
        around = _neighbours(uow, _enterprise(command.data), house.rules, today)
        return [decide(command, None, house.rules, today, number=number, neighbours=around)]
    if not command.case:
        raise BadInput(f"{command.trigger} needs a case", hint="give the case number")
    case = uow.get(command.case)
    if command.version is not None and command.version != case.version:
        raise ChangedMeanwhile(
            f"case {case.number} is at version {case.version}, not {command.version}",
            hint="read the case again, then decide again",
        )
    changes = catch_up(case, house.rules, today)
    if changes:
        case = replace(changes[-1].after, successor=case.successor)
    alone = command.trigger is not Trigger.REGISTER
    around = () if alone else _neighbours(uow, case.enterprise, house.rules, today)
    return [*changes, decide(command, case, house.rules, today, neighbours=around)]


def _enterprise(data: Mapping[str, Any]) -> str:
    try:
        return compact_enterprise(str(data.get("enterprise_number", "")))
    except ValueError:
        return ""  # the guard will say so


def _neighbours(
    uow: UnitOfWork, enterprise: str, rules: RuleBook, today: date
) -> tuple[Neighbour, ...]:
    """Return the enterprise's other cases as they stand today, swept or not."""
    if not enterprise:
        return ()
    numbers = [n.number for n in uow.neighbours(enterprise)]
    if not numbers:
        return ()
    cases = [project(case, rules, today) for case in uow.get_many(numbers)]
    return tuple(map(Neighbour.of, cases))


def write(
    uow: UnitOfWork, changes: Sequence[Change], rules: RuleBook, today: date, at: datetime
) -> None:
    """Record changes of one case and the next dates that follow: its own and its predecessor's.

    The predecessor's reminders get fewer once a renewal is under way, none once it is registered.
    """
    for change in changes:
        uow.record(change, at)
    after = changes[-1].after
    _plan(uow, after, rules, today)
    if after.renews:
        _plan(uow, uow.get(after.renews), rules, today)


def _plan(uow: UnitOfWork, case: Case, rules: RuleBook, today: date) -> None:
    ledger = uow.ledger([case.number])[case.number]
    coming = dues(case, rules, today, ledger)
    uow.set_dues(case.number, coming, alike(case, rules, today, coming, ledger))


def _answered(change: Change, command: Command) -> Answered:
    return Answered(
        case=change.after.number,
        trigger=command.trigger,
        state=change.after.state,
        version=change.after.version,
        warnings=change.event.warnings,
        dry_run=command.dry_run,
    )


def _again(key: str, kept: Answer, request: str) -> Answered:
    if kept.request != request:
        raise KeyReused(f"key {key[:60]!r} was used for another command", hint="choose a new key")
    body = kept.body
    return Answered(
        case=body["case"],
        trigger=Trigger(body["trigger"]),
        state=State(body["state"]),
        version=body["version"],
        warnings=tuple(body["warnings"]),
        repeated=True,
    )


def _fingerprint(command: Command) -> str:
    """Hash what is asked; not when, so that a retry on the next day is the same command."""
    content = [str(command.trigger), str(command.by), command.case or "", plain(command.data)]
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
