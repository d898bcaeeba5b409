"""Open cases, one or ten thousand: looked up together, decided each, written together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Change, Neighbour
from kmop_lifecycle.domain.decide import decide, dues, project
from kmop_lifecycle.domain.errors import BadInput, KeyReused, LifecycleError, NotFound, Refused
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.passing import alike
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.ahead import plan_ahead
from kmop_lifecycle.service.answers import Answered, again, fingerprint
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.openings import Answer, Opening
from kmop_lifecycle.service.ports import UnitOfWork

Around = Mapping[str, Sequence[Neighbour]]
NOT_TAKEN = (Refused, BadInput, NotFound, KeyReused)  # what is wrong with a command, not with us


@dataclass(frozen=True, slots=True)
class Admitted:
    """One command that was answered; no change: its key had been answered before."""

    answered: Answered
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One command in its place among the others."""

    place: int
    command: Command
    enterprise: str  # ten digits; empty when it is not one, as the guard will say
    request: str


def admit(
    house: House, uow: UnitOfWork, commands: Sequence[Command]
) -> list[Admitted | LifecycleError]:
    """Open a case for each command inside a transaction that the caller commits, or does not.

    The outcomes stand in the order of the commands; one that is refused writes nothing. What is
    wrong with the store is raised.
    """
    asked = [
        _Asked(place, command, _enterprise(command.data), fingerprint(command))
        for place, command in enumerate(commands)
    ]
    outcomes: dict[int, Admitted | LifecycleError] = {}
    for some in _apart(asked):
        _admit_apart(house, uow, some, outcomes)
    return [outcomes[place] for place in range(len(asked))]


def known_around(
    uow: UnitOfWork, numbers: Mapping[str, Sequence[str]], rules: RuleBook, today: date
) -> Around:
    """Return the cases of these numbers by enterprise, as they stand today, swept or not."""
    wanted = [number for some in numbers.values() for number in some]
    found = uow.get_many(wanted) if wanted else []
    cases = {case.number: Neighbour.of(project(case, rules, today)) for case in found}
    return {firm: [cases[n] for n in some if n in cases] for firm, some in numbers.items()}


def _enterprise(data: Mapping[str, Any]) -> str:
    try:
        return compact_enterprise(str(data.get("enterprise_number", "")))
    except ValueError:
        return ""


def _apart(asked: Sequence[_Asked]) -> Iterator[list[_Asked]]:
    """Share commands out so that none is judged before another of its firm or key is written."""
    left = list(asked)
    while left:
        firms: set[str] = set()
        keys: set[str] = set()
        now: list[_Asked] = []
        later: list[_Asked] = []
        for one in left:
            firm, key = one.enterprise, one.command.key
            met = (firm and firm in firms) or (key and key in keys)
            (later if met else now).append(one)
            firms.add(firm)
            keys.add(key)
        yield now
        left = later


def _admit_apart(
    house: House,
    uow: UnitOfWork,
    asked: Sequence[_Asked],
    outcomes: dict[int, Admitted | LifecycleError],
) -> None:
    rules, today = house.rules, house.clock.today()
    firms = uow.cases_around({one.enterprise for one in asked if one.enterprise})
    # Read after the wait for other openings: then a double finds the answer of the first.
    kept = uow.answers_to([one.command.key for one in asked if one.command.key])
    around = known_around(uow, firms, rules, today)
    new = [one for one in asked if one.command.key not in kept]
    numbers = iter(uow.allocate_each([one.command.on or today for one in new]))
    openings: list[Opening] = []
    for one in asked:
        try:
            outcomes[one.place] = admitted = _judged(one, kept, numbers, around, rules, today)
        except NOT_TAKEN as refusal:
            outcomes[one.place] = refusal.with_traceback(None)  # ten thousand keep no frames
            continue
        if admitted.change is not None and not one.command.dry_run:
            openings.append(_opening(admitted.change, admitted.answered, one, rules, today))
    if openings:
        uow.open_cases(openings, house.clock.now())
    for opening in openings:  # fewer reminders where a renewal is under way
        if renewed := opening.change.after.renews:
            plan_ahead(uow, uow.get(renewed), rules, today)


def _judged(
    one: _Asked,
    kept: Mapping[str, Answer],
    numbers: Iterator[str],
    around: Around,
    rules: RuleBook,
    today: date,
) -> Admitted:
    command = one.command
    answer = kept.get(command.key)
    if answer is not None:
        return Admitted(again(command.key, answer, one.request))
    neighbours = around.get(one.enterprise, ())
    change = decide(command, None, rules, today, number=next(numbers), neighbours=neighbours)
    return Admitted(Answered.by(change, command), change)


def _opening(
    change: Change, answered: Answered, one: _Asked, rules: RuleBook, today: date
) -> Opening:
    told = frozenset(notice.key for notice in change.notices)
    coming = dues(change.after, rules, today, told)
    return Opening(
        change=change,
        dues=coming,
        likeness=alike(change.after, rules, today, coming, told),
        key=one.command.key,
        answer=Answer(one.request, answered.as_json()),
    )
