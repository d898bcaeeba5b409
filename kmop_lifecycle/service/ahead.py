"""The next dates of a case, as they follow from what is written of it."""

from __future__ import annotations

from datetime import date

from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.decide import dues
from kmop_lifecycle.domain.passing import alike
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.ports import UnitOfWork


def plan_ahead(uow: UnitOfWork, case: Case, rules: RuleBook, today: date) -> None:
    """Write the next dates that follow from a case and its notices."""
    ledger = uow.ledger([case.number])[case.number]
    coming = dues(case, rules, today, ledger)
    uow.set_dues(case.number, coming, alike(case, rules, today, coming, ledger))
