"""Lay out all boards in one pass over the kinds of open cases."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.domain.vocabulary import Trigger
from kmop_lifecycle.service.census import Waits, days_taken
from kmop_lifecycle.service.everyone import Everyone, Told
from kmop_lifecycle.service.longlist import LongList, Row
from kmop_lifecycle.service.overview import OPEN, Standing, nameless, some_cases
from kmop_lifecycle.service.ports import UnitOfWork

MOST = 200  # rows of a list: a page that scrolls for ever helps nobody
COMING = ("visit_on", "follow_up_opens_on", "two_year_on", "expires_on")  # on the calendar
_SOON = timedelta(days=30)  # what needs a hand later than that is on the calendar
_AHEAD = Period(24, "m")
_log = logging.getLogger(__name__)


class Counts:
    """What has been told of all cases so far, in numbers and in the first rows of each list."""

    def __init__(self, today: date, steps: Collection[Trigger], most: int) -> None:
        self.today, self._steps = today, steps
        self._soon, self._last = today + _SOON, _AHEAD.after(today)
        self.hands, self.awaiting, self.coming = LongList(MOST), LongList(most), LongList(MOST)
        self.months: Counter[tuple[str, date]] = Counter()
        self.overdue: Counter[State] = Counter()
        self.since: Counter[tuple[State, date]] = Counter()  # cases by state and latest event
        self.waiting: Counter[int] = Counter()
        self.lead_time: Counter[int] = Counter()
        self.passed: set[str] = set()  # likenesses whose latest event is known: it is the clock's
        self.over: set[str] = set()  # those that have ended

    def add(self, told: Told[Standing]) -> None:
        """Take in how one case stands, or all that are alike."""
        card, deadline = told.answer.card, told.answer.deadline
        if card.turn is None:
            self.over |= {told.likeness} - {""}
            return
        case = card.case
        self.overdue[case.state] += told.cases * bool(card.overdue)
        if deadline and deadline.on <= self._soon:
            self.hands.add(told, deadline.on)
        if told.answer.step in self._steps:
            self.awaiting.add(told, _urgency(deadline))
        for derived in self._on_calendar(card.dates):
            self.coming.add(told, derived.on, derived.name)
            self.months[derived.name, derived.on.replace(day=1)] += told.cases
        if not told.likeness:
            self.since[case.state, case.last_on] += 1
            self._took(case)
        elif case.version:  # an essence has no past: these are steps that no sweep has written
            self.since[case.state, case.last_on] += told.cases
            self.passed.add(told.likeness)

    def _on_calendar(self, dates: Collection[Derived]) -> Iterator[Derived]:
        return (d for d in dates if d.name in COMING and self.today <= d.on <= self._last)

    def _took(self, case: Case) -> None:
        if case.adopted:
            return
        visit = case.audits[0].started_on
        decision = case.registration.decided_on if case.registration else None
        for until, days in ((visit, self.waiting), (decision, self.lead_time)):
            if until is not None:
                days[days_taken(case.applied_on, until, case.pauses)] += 1


@dataclass(slots=True)
class Drawing:
    """Boards in the making: the counts, and the rows that are shown as the cases themselves."""

    counts: Counts
    since: Mapping[tuple[State, date], int]
    waits: Waits
    hands: list[Standing] = field(default_factory=list)
    awaiting: list[Standing] = field(default_factory=list)
    coming: list[tuple[Standing, Derived]] = field(default_factory=list)

    def days_since(self, state: State, today: date) -> Counter[int]:
        """Return how long ago the latest event was in a state: days → cases."""
        found = ((on, cases) for (of, on), cases in self.since.items() if of is state)
        return Counter({(today - on).days: cases for on, cases in found})

    def expand(self, uow: UnitOfWork, rules: RuleBook) -> str | None:
        """Read the cases that are shown; return one that stands otherwise than was told of it."""
        counts = self.counts
        lists = (counts.hands, counts.awaiting, counts.coming)
        wanted = set[str]().union(*(each.likenesses() for each in lists))
        members = uow.first_alike(wanted, max(each.most for each in lists)) if wanted else {}
        hands, awaiting, coming = (each.rows(members) for each in lists)
        numbers = {row.number for row in (*hands, *awaiting, *coming)}
        there = some_cases(uow, numbers, rules, counts.today)
        for row in (*hands, *awaiting, *coming):
            if not _as_told(there[row.number], row):
                return row.number
        self.hands = [there[row.number] for row in hands]
        self.awaiting = [there[row.number] for row in awaiting]
        self.coming = [(s := there[row.number], _named(s, row)[0]) for row in coming]
        return None


def draw(
    uow: UnitOfWork, rules: RuleBook, today: date, steps: Collection[Trigger], most: int
) -> Drawing:
    """Draw by likeness; when one turns out to be wrong, case by case."""
    drawing = _counted(uow, _everyone(rules, today), Counts(today, steps, most))
    if (wrong := drawing.expand(uow, rules)) is None:
        return drawing
    _log.error("%s stands otherwise than its likeness says", wrong, extra={"case": wrong})
    drawing = _counted(uow, _everyone(rules, today, each=True), Counts(today, steps, most))
    drawing.expand(uow, rules)
    return drawing


def _everyone(rules: RuleBook, today: date, *, each: bool = False) -> Everyone[Standing]:
    return Everyone(rules, today, OPEN, partial(nameless, rules=rules, today=today), each)


def _counted(uow: UnitOfWork, asked: Everyone[Standing], counts: Counts) -> Drawing:
    """Add what a likeness does not tell: the latest event, and how long a case once took."""
    for told in asked.answers(uow):
        counts.add(told)
    apart = counts.over | set(asked.alone)
    since = counts.since + Counter(uow.last_days(OPEN, apart | counts.passed))
    taken = uow.waits(OPEN, apart)
    waiting = counts.waiting + Counter(taken.waiting)
    return Drawing(counts, since, Waits(waiting, counts.lead_time + Counter(taken.lead_time)))


def middle(days: Mapping[int, int]) -> float | None:
    """Return the median of days that so many cases have; None of none."""
    total = sum(days.values())
    if not total:
        return None
    low, high = (total - 1) // 2, total // 2  # the same when the number is odd
    return (_at(days, low) + _at(days, high)) / 2


def _at(days: Mapping[int, int], place: int) -> int:
    passed = 0
    for day in sorted(days):
        passed += days[day]
        if passed > place:
            return day
    raise IndexError(place)


def _urgency(deadline: Derived | None) -> date:
    """What has no date comes last."""
    return deadline.on if deadline else date.max


def _named(standing: Standing, row: Row) -> list[Derived]:
    return [d for d in standing.card.dates if (d.name, d.on) == (row.name, row.on)]


def _as_told(standing: Standing, row: Row) -> bool:
    if row.name:
        return bool(_named(standing, row))
    return standing.card.turn is not None and _urgency(standing.deadline) == row.on
