"""Which dates belong in whose calendar, case by case, with those that fell away lately."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from kmop_lifecycle.domain.case import Case, Event
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.effects import apply
from kmop_lifecycle.domain.errors import NotFound
from kmop_lifecycle.domain.lifecycle import AUDITING, State
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import CaseFilter, CaseLine, UnitOfWork
from kmop_lifecycle.service.queries import card

_PAGE = 200
_AUDITED = AUDITING | {State.FOLLOW_UP}  # where an auditor has something to do
_LATELY = timedelta(days=60)  # a calendar that has not looked for so long keeps the day


class Whose(StrEnum):
    """For whom a calendar is."""

    PROVIDER = "provider"
    BUREAU = "bureau"
    AUDITOR = "auditor"  # a member of staff: the cases he visits or reports on
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Audience:
    """One calendar: a provider's by enterprise number, a bureau's or auditor's by name."""

    whose: Whose
    key: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One date of one case, still to come or fallen away."""

    number: str
    version: int
    since: date  # the case's latest event
    provider: str
    date: Derived
    gone: bool = False


def audiences(house: House) -> list[Audience]:
    """Return every calendar there can be: of each provider, bureau and auditor, and of staff."""
    providers, bureaus, auditors = set(), set(), set()
    for line in _lines(house, CaseFilter()):
        providers.add(line.enterprise)
        bureaus.add(line.bureau)
    for line in _lines(house, CaseFilter(states=_AUDITED)):
        with house.store(reading=True) as uow:
            auditors |= _auditors(uow.get(line.number))
    return [
        *(Audience(Whose.PROVIDER, key) for key in sorted(providers)),
        *(Audience(Whose.BUREAU, key) for key in sorted(bureaus)),
        *(Audience(Whose.AUDITOR, key) for key in sorted(auditors)),
        Audience(Whose.STAFF),
    ]


def days(house: House, audience: Audience) -> Iterator[Day]:
    """Yield what a calendar holds, one case after the other; NotFound if there is no such case.

    The coming dates are those of `kmop case explain`, while it is still somebody's turn.
    """
    own = audience.key if audience.whose is Whose.AUDITOR else ""
    wanted = CaseFilter(
        states=_AUDITED if own else frozenset(),
        enterprise=audience.key if audience.whose is Whose.PROVIDER else "",
        bureau=audience.key if audience.whose is Whose.BUREAU else "",
    )
    today, known = house.clock.today(), audience.whose is Whose.STAFF
    for line in _lines(house, wanted):
        with house.store(reading=True) as uow:
            if own and own not in _auditors(uow.get(line.number)):
                continue
            known = True
            yield from _of_case(uow, line, house.rules, today)
    if not known:
        raise NotFound(f"there is no case of {audience.whose} {audience.key[:60]!r}")


def _auditors(case: Case) -> set[str]:
    """Return who is to visit, or has visited and may still have to report."""
    return {case.audit.auditor, *case.audit.auditors} - {""}


def _lines(house: House, wanted: CaseFilter) -> Iterator[CaseLine]:
    page = replace(wanted, limit=_PAGE)
    while True:
        with house.store(reading=True) as uow:
            lines = uow.find(page)
        yield from lines
        if len(lines) < _PAGE:
            return
        page = replace(page, after=lines[-1].number)


def _of_case(uow: UnitOfWork, line: CaseLine, rules: RuleBook, today: date) -> Iterator[Day]:
    case = uow.get(line.number)
    at = card(case, rules, today)
    coming = [d for d in at.dates if at.turn is not None and d.on >= today]
    names = {derived.name for derived in coming}
    lately = at.case.last_on > today - _LATELY
    fallen = _fallen(uow, case, rules, today) if lately else ()
    for derived in coming:
        yield Day(case.number, at.case.version, at.case.last_on, line.name, derived)
    for derived in fallen:
        if derived.name not in names:
            yield Day(case.number, at.case.version, at.case.last_on, line.name, derived, gone=True)


def _fallen(uow: UnitOfWork, case: Case, rules: RuleBook, today: date) -> list[Derived]:
    """Return what stood before each late step and was still to come today, the latest word last.

    Only a case that has just moved is asked for its history.
    """
    stood: dict[str, Derived] = {}
    for before, event in _before_each(uow, case.number):
        if event.on > today - _LATELY:
            eve = max(before.last_on, event.on - timedelta(days=1))
            then = card(before, rules, eve)
            stood |= {d.name: d for d in then.dates if d.on >= today and then.turn is not None}
    last = card(case, rules, case.last_on)  # time may have moved it on since
    stood |= {d.name: d for d in last.dates if d.on >= today and last.turn is not None}
    return sorted(stood.values(), key=lambda derived: (derived.on, derived.name))


def _before_each(uow: UnitOfWork, number: str) -> Iterator[tuple[Case, Event]]:
    case: Case | None = None
    for row in uow.history(number):
        if case is not None:
            yield case, row.event
        case = apply(case, row.event)
