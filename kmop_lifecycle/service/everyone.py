"""Put one question about every case, once for all that are alike.

The answer may depend on nothing but what a likeness holds: the question is put to the essence of
a case, and what reads further, or cannot know from it, raises `Unseen`. Such cases are then asked
one by one, as are those that bear no likeness, or one from another rule book or program.

That a stored likeness is right is what the sweep relies on too: it is written with the dates it
belongs to, and one case of each likeness is read and must bear it still. What boards show of the
others is checked against the cases themselves (`boards.draw_up`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, TypeVar

from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.likeness import essence, likeness
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.census import Alike, Member
from kmop_lifecycle.service.ports import UnitOfWork

_PAGE = 500
_MONTHS_DIFFER = timedelta(days=4)  # a month back and a month on may end that much earlier
_log = logging.getLogger(__name__)

A = TypeVar("A")
Page = Callable[[int, int], list[Member]]


@dataclass(frozen=True, slots=True)
class Told(Generic[A]):
    """An answer, and for how many cases it holds."""

    answer: A
    cases: int
    likeness: str  # of all of them; empty for one case, which was asked itself
    number: str  # of that case, or of one of them


@dataclass(slots=True, eq=False)
class Everyone(Generic[A]):
    """A question about all cases in some states, put once."""

    rules: RuleBook
    today: date
    states: Collection[State]
    ask: Callable[[Case], A]
    each: bool = False  # ask every case itself: no likeness is relied on
    alone: list[str] = field(default_factory=list)  # likenesses whose cases were asked one by one

    def answers(self, uow: UnitOfWork) -> Iterator[Told[A]]:
        """Yield what is answered, in no order; memory holds a page of cases and the likenesses."""
        alikes = uow.alikes(self.states)
        for first in range(0, len(alikes), _PAGE):
            some = alikes[first : first + _PAGE]
            if self.each:
                self.alone += [one.likeness for one in some]
            else:
                yield from self._once(uow, some)
        if self.alone:
            _log.info("%d of %d kinds are asked case by case", len(self.alone), len(alikes))
            yield from self._singly(uow, lambda *page: uow.all_alike(self.alone, *page))
        since = _may_appeal_since(self.rules, self.today)
        yield from self._singly(uow, lambda *page: uow.apart(self.states, since, *page))

    def _once(self, uow: UnitOfWork, some: Sequence[Alike]) -> Iterator[Told[A]]:
        """Ask one case of each likeness for all; put down those that it cannot answer for."""
        samples = {one.sample: one for one in some}
        coming = uow.planned(list(samples))
        for case in uow.get_many(list(samples)):
            one, dues = samples[case.number], coming[case.number]
            if likeness(case, self.rules, dues) != one.likeness:
                self.alone.append(one.likeness)
                continue
            try:
                answer = self.ask(essence(case, dues))
            except (LifecycleError, LookupError, ValueError):  # `Unseen` is a LookupError
                self.alone.append(one.likeness)
                continue
            yield Told(answer, one.cases, one.likeness, case.number)

    def _singly(self, uow: UnitOfWork, page: Page) -> Iterator[Told[A]]:
        after = -1
        while members := page(after, _PAGE):
            for case in uow.get_many([member.number for member in members]):
                yield Told(self.ask(case), 1, "", case.number)
            after = members[-1].id


def _may_appeal_since(rules: RuleBook, today: date) -> date:
    """Return a day before which a rejection is final, whatever rule it fell under.

    A rejected case bears a likeness while its term runs; later it has no next date, for ever.
    """
    terms = (rules.appeal_authority, rules.appeal_bureau)
    lengths = [version.value.length for rule in terms for version in rule.versions]
    return min(length.after(today, -1) for length in lengths) - _MONTHS_DIFFER
