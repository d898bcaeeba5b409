"""Open cases as they stand on a day: whose turn, which date counts, what is awaited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import ENDED, State
from kmop_lifecycle.domain.likeness import SOME, Unseen
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.domain.turn import next_step
from kmop_lifecycle.domain.vocabulary import Trigger
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import UnitOfWork
from kmop_lifecycle.service.queries import Card, glance

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


def one_case(house: House, number: str, today: date) -> Standing:
    """Return how one case stands; NotFound if there is none."""
    with house.store(reading=True) as uow:
        return _named(uow, uow.get(number), house.rules, today)


def some_cases(
    uow: UnitOfWork, numbers: Collection[str], rules: RuleBook, today: date
) -> dict[str, Standing]:
    """Return how these cases stand, by number; those that are not there are left out."""
    cases = uow.get_many(list(numbers)) if numbers else []
    return {case.number: _named(uow, case, rules, today) for case in cases}


def still_open(house: House, numbers: Collection[str], today: date) -> dict[str, Standing]:
    """Return those of these cases that somebody still has to do something about."""
    with house.store(reading=True) as uow:
        found = some_cases(uow, numbers, house.rules, today)
    return {number: standing for number, standing in found.items() if standing.card.turn}


def nameless(case: Case, rules: RuleBook, today: date) -> Standing:
    """Return how a case stands, or all that are alike: `case` may be their essence.

    `Unseen` where that is not enough: it does not tell how far a follow-up visit has come.
    """
    if case.number == SOME and case.state is State.FOLLOW_UP and case.audit.started_on:
        raise Unseen
    return Standing(glance(case, rules, today), "")


def _named(uow: UnitOfWork, case: Case, rules: RuleBook, today: date) -> Standing:
    party = uow.party(case.enterprise)
    return Standing(glance(case, rules, today), party.name if party else "")
