"""Decide one step: a value comes out, nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches

from kmop_lifecycle.domain.attempt import Attempt, Command, refuse
from kmop_lifecycle.domain.case import SYSTEM, Case, Change, Due, Event, Neighbour, Notice, Party
from kmop_lifecycle.domain.clocks import next_clock
from kmop_lifecycle.domain.clocks.auditing import appeal_until
from kmop_lifecycle.domain.commands import SHAPES, Application, Reason
from kmop_lifecycle.domain.effects import apply
from kmop_lifecycle.domain.errors import BadInput, Code, Refused
from kmop_lifecycle.domain.facts import facts_of
from kmop_lifecycle.domain.guards import GUARDS
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.inputs import UnknownField, read
from kmop_lifecycle.domain.ladders import addressees
from kmop_lifecycle.domain.lifecycle import Role, State, Step, Trigger
from kmop_lifecycle.domain.machine import move, rows
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.reminders import Key, ladder_dues, owed
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.domain.turn import turn

OPENING = (Trigger.SUBMIT, Trigger.ADOPT)


def trigger_named(name: str) -> Trigger:
    """Return the trigger of this name; BadInput with a suggestion when there is none."""
    try:
        return Trigger(name)
    except ValueError:
        near = get_close_matches(name, list(Trigger), n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(Trigger)}"
        raise BadInput(f"{name[:60]!r} is not a trigger", hint=hint) from None


def decide(
    command: Command,
    case: Case | None,
    rules: RuleBook,
    today: date,
    *,
    number: str = "",
    neighbours: Sequence[Neighbour] = (),
) -> Change:
    """Return what a command makes of a case; `Refused` by the first rule that says no.

    The command's data are unread; the case stands as of today, or is None when one is opened under
    `number`; `neighbours` are the enterprise's other cases, asked for then and when a renewal is
    registered. The case keeps the rules of its application date.

    """
    steps = _steps(command, case)
    _role(command, steps)
    on = _effective(command, case, today)
    data = _data(command)
    attempt = Attempt(command.trigger, command.by, on, today, data, rules, case, tuple(neighbours))
    warnings = tuple(w for name in steps[0].only_if if (w := GUARDS[name](attempt)))
    event = Event(
        case=case.number if case else number,
        seq=case.version + 1 if case else 1,
        trigger=command.trigger,
        source=case.state if case else None,
        to=move(command.trigger, case.state if case else None, _route(attempt, steps)),
        by=command.by,
        on=on,
        facts=facts_of(attempt) | ({"quiet": True} if command.quiet else {}),
        warnings=warnings,
        rules=rules.fingerprint,
    )
    after = apply(case, event)
    party = _party(data) if case is None else None
    notices = step_notices(event, after)
    if command.quiet:
        notices = _untold([*notices, *owed(after, rules, today, frozenset())])
    return Change(case, after, event, tuple(notices), party)


def _untold(notices: Sequence[Notice]) -> list[Notice]:
    """Put rows on record that are never sent: a bulk move is no news to thousands of readers."""
    return [replace(notice, moot=True) for notice in notices]


def _steps(command: Command, case: Case | None) -> tuple[Step, ...]:
    state = case.state if case else None
    found = rows(command.trigger, state)
    if not found:
        possible = [str(t) for t in Trigger if rows(t, state)]
        raise refuse(
            Code.STEP_NOT_ALLOWED,
            f"{command.trigger} is not possible in state {state or '(no case)'}",
            f"possible now: {', '.join(possible) or 'nothing, the case has ended'}",
        )
    return found


def _role(command: Command, steps: tuple[Step, ...]) -> None:
    if command.by.role not in steps[0].by:
        raise refuse(
            Code.ROLE_NOT_ALLOWED,
            f"{command.by.role} may not {command.trigger}",
            f"this is for {', '.join(steps[0].by)}",
        )


def _effective(command: Command, case: Case | None, today: date) -> date:
    on = command.on or today
    if on > today:
        raise refuse(
            Code.IN_FUTURE, f"{on} is after today, {today}", "record it on or after its day"
        )
    if case is not None and on < case.last_on:
        raise refuse(
            Code.OUT_OF_ORDER,
            f"{on} is before the case's latest event, {case.last_on}",
            f"give a date from {case.last_on} to {today}",
        )
    return on


def _data(command: Command) -> object:
    shape = SHAPES.get(command.trigger, Reason)
    try:
        return read(shape, command.data)
    except UnknownField:
        raise
    except BadInput as misfit:
        if command.trigger not in OPENING:
            raise
        raise Refused(Code.INVALID_APPLICATION, str(misfit), hint=misfit.hint) from None


def _route(attempt: Attempt, steps: tuple[Step, ...]) -> str:
    """Pick among several rows of one trigger and state."""
    if len(steps) == 1:
        return ""
    if attempt.trigger is Trigger.GIVE_VERDICT:
        verdict = str(attempt.data.verdict)
        return verdict if verdict in ("corrective", "fail") else "positive"
    if attempt.trigger is Trigger.LIFT:
        pending = attempt.case.suspension
        return str(pending.before) if pending else str(State.CERTIFIED)
    rejected = attempt.case.rejection
    return "unaudited" if rejected and rejected.before is State.APPLIED else "audited"


def _party(data: object) -> Party | None:
    if not isinstance(data, Application):
        return None
    return Party(
        enterprise=compact_enterprise(data.enterprise_number),
        name=data.name,
        iban=data.iban.replace(" ", "").upper(),
        bic=data.bic,
        establishment_units=data.establishment_units,
        contact=data.contact,
        contacts=data.contacts,
    )


def step_notices(event: Event, after: Case) -> list[Notice]:
    """Return the rows that tell of an event: provider, and bureau or auditor on their turn."""
    return [
        Notice(
            case=event.case,
            ladder="step",
            anchor=f"event:{event.seq}",
            anchor_on=event.on,
            rung=str(event.trigger),
            role=role,
            recipient=recipient,
            channel=channel,
            due_on=event.on,
        )
        for role in _told(after)
        for recipient, channel in addressees(after, role)
    ]


def step_keys(event: Event, after: Case) -> list[Key]:
    """Return the keys of the rows that tell of an event: `step_notices` without rows."""
    what = (event.case, "step", f"event:{event.seq}", event.on.isoformat(), event.trigger.value)
    return [(*what, *pair) for role in _told(after) for pair in addressees(after, role)]


def _told(after: Case) -> tuple[Role, ...]:
    whose = turn(after)
    return (Role.PROVIDER, whose) if whose in (Role.BUREAU, Role.AUDITOR) else (Role.PROVIDER,)


def catch_up(case: Case, rules: RuleBook, today: date) -> list[Change]:
    """Return the steps that time has brought about and nobody has written down yet.

    A state on a day is a pure function of history and day: each step is dated on its own day, also
    when it is written down late.
    """
    changes: list[Change] = []
    while (coming := next_clock(case, rules, today)) is not None:
        trigger, derived = coming
        on = max(derived.on, case.last_on)
        if on > today:  # to come; or this machine's clock was set back behind the last step
            break
        change = decide(Command(trigger, SYSTEM, case.number, on), case, rules, today)
        changes.append(change)
        case = changed(change.after, successor=case.successor)
    return changes


def project(case: Case, rules: RuleBook, today: date) -> Case:
    """Return the case as it stands on a day, whether or not a sweep has run."""
    changes = catch_up(case, rules, today)
    return changed(changes[-1].after, successor=case.successor) if changes else case


def dues(case: Case, rules: RuleBook, today: date, ledger: Collection[Key]) -> list[Due]:
    """Return the next dates on which a case wants the sweep's attention, one per kind."""
    found = list(ladder_dues(case, rules, today, ledger))
    if (coming := next_clock(case, rules, today)) is not None:
        found.append(Due(str(coming[0]), coming[1].on))
    term = appeal_until(case, rules, today)
    if term is not None and term.on >= today:
        found.append(Due("appeal_until", term.on))
    return found
