"""The one gate: nothing else changes a case."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Change, Neighbour
from kmop_lifecycle.domain.decide import OPENING, catch_up, decide
from kmop_lifecycle.domain.errors import BadInput, ChangedMeanwhile, LifecycleError, Refused
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.admission import admit, known_around
from kmop_lifecycle.service.ahead import plan_ahead
from kmop_lifecycle.service.answers import Answered, again, fingerprint
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.openings import Answer
from kmop_lifecycle.service.ports import UnitOfWork

__all__ = ["Answered", "Command", "fire", "fire_in", "write"]

Watch = Callable[[Change], None]
_log = logging.getLogger(__name__)


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
    if command.trigger in OPENING:
        (outcome,) = admit(house, uow, [command])
        if isinstance(outcome, LifecycleError):
            raise outcome
        return outcome.answered, () if outcome.change is None else (outcome.change,)
    request = fingerprint(command) if command.key else ""
    kept = uow.answer(command.key) if command.key else None
    if kept is not None:
        return again(command.key, kept, request), ()
    try:
        changes = _changes(house, uow, command)
    except (Refused, ChangedMeanwhile):
        # Whoever waited for the case behind its own double is answered like the double.
        kept = uow.answer(command.key) if command.key else None
        if kept is None:
            raise
        return again(command.key, kept, request), ()
    answered = Answered.by(changes[-1], command)
    if not command.dry_run:
        write(uow, changes, house.rules, house.clock.today(), house.clock.now())
        if command.key:
            uow.remember(command.key, Answer(request, answered.as_json()), house.clock.now())
    return answered, changes


def _changes(house: House, uow: UnitOfWork, command: Command) -> list[Change]:
    today = house.clock.today()
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
        case = changed(changes[-1].after, successor=case.successor)
    around: Sequence[Neighbour] = ()
    if command.trigger is Trigger.REGISTER:
        firm = uow.cases_around([case.enterprise])
        around = known_around(uow, firm, house.rules, today)[case.enterprise]
    return [*changes, decide(command, case, house.rules, today, neighbours=around)]


def write(
    uow: UnitOfWork, changes: Sequence[Change], rules: RuleBook, today: date, at: datetime
) -> None:
    """Record changes of one case and the next dates that follow: its own and its predecessor's.

    The predecessor's reminders get fewer once a renewal is under way, none once it is registered.
    """
    for change in changes:
        uow.record(change, at)
    after = changes[-1].after
    plan_ahead(uow, after, rules, today)
    if after.renews:
        plan_ahead(uow, uow.get(after.renews), rules, today)
