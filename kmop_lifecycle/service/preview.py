"""What exactly would be sent for one rung of a case: as it stands, or will stand on that day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from kmop_lifecycle.domain.calendar import Rung
from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.decide import project, step_notices
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.ladders import Instance, instances
from kmop_lifecycle.domain.reminders import still_holds
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Message, Recipient, Registered
from kmop_lifecycle.service.recipients import recipients

_STEP = "step"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notice to look at; what is empty is left to the rule book and the reader."""

    case: str
    ladder: str
    rung: str
    role: str = ""
    language: str = ""
    chat: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A notice as it would be sent on a day."""

    notice: Notice
    case: Case
    on: date
    language: str
    message: Message
    ahead: bool  # a day to come: as the case will stand then, if nobody acts before
    holds: bool  # else it would be recorded as moot instead


def preview(house: House, wanted: Wanted) -> Preview:
    """Render one notice and send nothing; BadInput when there is no such notice for the case."""
    today, rules = house.clock.today(), house.rules
    with house.store(reading=True) as uow:
        case = project(uow.get(wanted.case), rules, today)
        party = uow.party(case.enterprise)
        history = uow.history(wanted.case) if wanted.ladder == _STEP else []
    if wanted.ladder == _STEP:
        found, on = _of_step(history, case, wanted), today
    else:
        case, on, found = _of_ladder(case, rules, wanted, today)
    notice = _addressed(found, wanted)
    known = recipients(house, notice, party)
    reader = known[0] if known else Recipient("", "nl", "")
    if wanted.language:
        reader = replace(reader, language=wanted.language)
    message = house.renderer.render(notice, case, party, reader, on)
    holds = still_holds(notice, case, rules, on)
    return Preview(notice, case, on, reader.language, message, on > today, holds)


def _of_step(history: list[Registered], case: Case, wanted: Wanted) -> list[Notice]:
    for row in reversed(history):
        if row.event.trigger == wanted.rung:
            return step_notices(row.event, case)
    taken = dict.fromkeys(str(row.event.trigger) for row in history)
    raise BadInput(
        f"no step {wanted.rung[:40]!r} is on record for {case.number}",
        hint=f"one of {', '.join(taken)}",
    )


def _of_ladder(
    case: Case, rules: RuleBook, wanted: Wanted, today: date
) -> tuple[Case, date, list[Notice]]:
    """Go to the rung's own day, if that is still to come, and look what stands there then."""
    asked = _rung(wanted.rung)
    here = list(_named(case, rules, wanted.ladder, today))
    if not here:
        standing = sorted({i.ladder.name for i in instances(case, rules, today)})
        raise BadInput(
            f"no reminder {wanted.ladder[:40]!r} stands for {case.number} ({case.state})",
            hint=f"now stand: {', '.join([*standing, _STEP])}",
        )
    for instance in here:
        on = max(today, asked.on(instance.anchor.on))
        then = project(case, rules, on)
        for there in _named(then, rules, wanted.ladder, on):
            for rung in there.rungs(on):
                if rung.name == asked.name and there.ladder.anchor == instance.ladder.anchor:
                    return then, on, list(there.notices(rung))
    rungs = dict.fromkeys(rung.name for instance in here for rung in instance.rungs(today))
    raise BadInput(
        f"{wanted.rung!r} is no rung of {wanted.ladder} for this case",
        hint=f"one of {', '.join(rungs)}",
    )


def _rung(name: str) -> Rung:
    try:
        return Rung.parse(name)
    except ValueError as error:
        raise BadInput(str(error), hint="such as --rung=-3m") from None


def _named(case: Case, rules: RuleBook, ladder: str, on: date) -> Iterator[Instance]:
    return (i for i in instances(case, rules, on) if i.ladder.name == ladder)


def _addressed(found: list[Notice], wanted: Wanted) -> Notice:
    """Pick the role asked for, else the first, which is the provider where it can be."""
    for notice in found:
        if wanted.role in ("", notice.role):
            return replace(notice, channel="channel:1") if wanted.chat else notice
    told = dict.fromkeys(str(notice.role) for notice in found)
    raise BadInput(
        f"this goes to {', '.join(told) or 'nobody'}, not to {wanted.role or 'anybody'}",
        hint="leave --role out to see the first",
    )
