"""Put one question about every case, once for all that are alike.

The answer may depend on nothing but what a likeness holds: the question is put to the essence of
a case, and what reads further, or cannot know from it, raises `Unseen`. Such cases are then asked
one by one, as are those that bear no likeness, or one that another program wrote.

That a stored likeness is right is what the sweep relies on too: it is written with the dates it
belongs to, and one case of each likeness is read and must bear it still, under this rule book or
under one that judged such cases: what was alike then is alike now, as long as no step of the clock
is due. What boards show of the others is checked against the cases themselves (`drawing.draw`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Generic, TypeVar

from kmop_lifecycle.domain.case import Case, Due
from kmop_lifecycle.domain.clocks import next_clock
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.likeness import Unseen, essence, likeness
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
        cases = uow.get_many(list(samples))
        old = {c.number for c in cases if not self._bears(c, coming[c.number], samples[c.number])}
        books = [replace(self.rules, fingerprint=f) for f in uow.judged_by(old)] if old else []
        for case in cases:
            one, dues = samples[case.number], coming[case.number]
            try:
                if case.number in old:
                    self._must_still_hold(case, dues, one, books)
                answer = self.ask(essence(case, dues))
            except (LifecycleError, LookupError, ValueError):  # `Unseen` is a LookupError
                self.alone.append(one.likeness)
                continue
            yield Told(answer, one.cases, one.likeness, case.number)

    def _bears(self, case: Case, dues: Sequence[Due], one: Alike) -> bool:
        return likeness(case, self.rules, dues) == one.likeness

    def _must_still_hold(
        self, case: Case, dues: Sequence[Due], one: Alike, books: Collection[RuleBook]
    ) -> None:
        """Accept a likeness from another rule book, unless this one has the clock move the cases.

        An essence forgets a latest event that lies before the dates that were planned then.
        """
        if not any(likeness(case, book, dues) == one.likeness for book in books):
            raise Unseen
        step = next_clock(essence(case, dues), self.rules, self.today)
        if step is not None and step[1].on <= self.today:
            raise Unseen

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
