"""Every open case as it stands on a day, read in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import ENDED, State
from kmop_lifecycle.domain.turn import next_step
from kmop_lifecycle.domain.vocabulary import Trigger
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import CaseFilter, CaseLine
from kmop_lifecycle.service.queries import Card, card

_PAGE = 500
_MISSED = ("waiting_overdue_on", "lead_overdue_on")
_NO_DUTY = ("valid_from",)  # nobody has anything to do by then
OPEN = frozenset(State) - ENDED


@dataclass(frozen=True, slots=True)
class Standing:
    """One open case: whose turn, which dates and why, and what is awaited."""

    card: Card
    name: str  # the provider's

    @property
    def number(self) -> str:
        """The case number."""
        return self.card.case.number

    @property
    def deadline(self) -> Derived | None:
        """The date that counts: the one that has been missed, else the next one."""
        dates, today = self.card.dates, self.card.today
        missed = [d for d in dates if d.name in _MISSED and d.on <= today]
        if missed and self.card.overdue:
            return missed[0]
        coming = [d for d in dates if d.on >= today and d.name not in _NO_DUTY]
        return coming[0] if coming else self.card.next

    @property
    def step(self) -> Trigger | None:
        """The step that moves it on."""
        return next_step(self.card.case)


def open_cases(house: House, today: date) -> list[Standing]:
    """Return every case that somebody still has to do something about, by number."""
    return [standing for page in _pages(house, today) for standing in page if standing.card.turn]


def one_case(house: House, number: str, today: date) -> Standing:
    """Return how one case stands; NotFound if there is none."""
    with house.store(reading=True) as uow:
        case = uow.get(number)
        party = uow.party(case.enterprise)
    return Standing(card(case, house.rules, today), party.name if party else "")


def _pages(house: House, today: date) -> Iterator[list[Standing]]:
    after = ""
    while True:
        wanted = CaseFilter(states=OPEN, after=after, limit=_PAGE)
        with house.store(reading=True) as uow:
            lines = {line.number: line for line in uow.find(wanted)}
            cases = uow.get_many([*lines]) if lines else []
        yield [_standing(card(case, house.rules, today), lines) for case in cases]
        if len(lines) < _PAGE:
            return
        after = max(lines)


def _standing(seen: Card, lines: dict[str, CaseLine]) -> Standing:
    return Standing(seen, lines[seen.case.number].name)
