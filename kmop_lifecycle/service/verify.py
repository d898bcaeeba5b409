"""Replay every history and compare it with what the tables say, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any

from kmop_lifecycle.domain.case import Case, Neighbour
from kmop_lifecycle.domain.effects import apply
from kmop_lifecycle.domain.lifecycle import RUNNING
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.answer_proof import untrue_answers
from kmop_lifecycle.service.evidence import Dossier
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.invariants import CHECKS, Breach, Invariant, Proof, chain

_PAGE = 200
SPAN = 1_000  # cases that are proved in one go where several spans are proved at once
_KEPT = 1000  # breaches that a report holds; all are counted, and all go to `found`
_MISFIT = (ValueError, TypeError, KeyError, AttributeError, LookupError)


@dataclass(slots=True)
class VerifyReport:
    """How much was read, and the rows that contradict each other: the first thousand of them."""

    cases: int = 0
    events: int = 0
    notices: int = 0
    breaches: list[Breach] = field(default_factory=list)
    broken: Counter[Invariant] = field(default_factory=Counter)  # all of them, counted

    @property
    def total(self) -> int:
        """How many contradictions there are."""
        return self.broken.total()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "cases": self.cases,
            "events": self.events,
            "notices": self.notices,
            "broken": {str(name): count for name, count in sorted(self.broken.items())},
            "breaches": [breach.as_json() for breach in self.breaches],
        }

    def count(self, cases: int, events: int, notices: int) -> None:
        """Count what was read."""
        self.cases += cases
        self.events += events
        self.notices += notices

    def add(self, breach: Breach) -> None:
        """Count a breach, and keep it while there is room."""
        self.broken[breach.invariant] += 1
        if len(self.breaches) < _KEPT:
            self.breaches.append(breach)


@dataclass(frozen=True, slots=True)
class Span:
    """The cases after one number up to another; all that follow when there is no other."""

    after: str = ""
    until: str = ""
    corrected: bool = False  # a rule was corrected for running cases


Spans = Callable[[Iterator[Span], date], Iterator[VerifyReport]]  # proves them, in their order


def verify(
    house: House,
    progress: Callable[[int], None] | None = None,
    found: Callable[[Breach], None] | None = None,
    spread: Spans | None = None,
) -> VerifyReport:
    """Return what is off in the record; nothing is written.

    It reads page by page and holds no more than one: `found` hears of every breach as it comes.
    `spread` proves spans of cases elsewhere, several at once; what it finds comes in the same
    order.
    """
    report = VerifyReport()
    for breach in _breaches(house, report, progress, spread):
        report.add(breach)
        if found:
            found(breach)
    return report


def verify_span(house: House, span: Span, today: date) -> VerifyReport:
    """Prove the cases of one span; all that is off is kept, since a span is short."""
    report = VerifyReport()
    for breach in _of_span(house, span, today, report, None):
        report.broken[breach.invariant] += 1
        report.breaches.append(breach)
    return report


def _breaches(
    house: House,
    report: VerifyReport,
    progress: Callable[[int], None] | None,
    spread: Spans | None,
) -> Iterator[Breach]:
    today = house.clock.today()
    with house.store(reading=True) as uow:
        corrected = any(" accepted by " in value for value in uow.marks().values())
        yield from _orphans(uow.orphans())
    if spread is None:
        yield from _of_span(house, Span(corrected=corrected), today, report, progress)
    else:
        for part in spread(_spans(house, corrected=corrected), today):
            yield from part.breaches
            report.count(part.cases, part.events, part.notices)
            if progress:
                progress(part.cases)
    yield from untrue_answers(house)


def _spans(house: House, *, corrected: bool) -> Iterator[Span]:
    """Cut the register; the last span is open, for cases that are opened meanwhile."""
    after: str = ""
    while True:
        with house.store(reading=True) as uow:
            until = uow.stride(after, SPAN)
        yield Span(after, until or "", corrected)
        if until is None:
            return
        after = until


def _of_span(
    house: House,
    span: Span,
    today: date,
    report: VerifyReport,
    progress: Callable[[int], None] | None,
) -> Iterator[Breach]:
    for page, around in _pages(house, span):
        for dossier in page:
            yield from _of_case(dossier, house.rules, today, corrected=span.corrected)
        yield from _overlaps(page, around, today)
        events = sum(len(dossier.history) for dossier in page)
        report.count(len(page), events, sum(len(dossier.notices) for dossier in page))
        if progress:
            progress(len(page))


def _pages(
    house: House, span: Span
) -> Iterator[tuple[Sequence[Dossier], Mapping[str, list[Neighbour]]]]:
    """Read a span, with the neighbours of each page in the page's own transaction."""
    after = span.after
    while True:
        with house.store(reading=True) as uow:
            read = uow.dossiers(after, _PAGE)
            page = [d for d in read if not span.until or d.number <= span.until]
            wanted = {case.enterprise for case in _running(page).values()}
            around = uow.neighbourhoods(wanted) if wanted else {}
        if page:
            yield page, around
        if not read or len(page) < len(read) or page[-1].number == span.until:
            return
        after = page[-1].number


def _orphans(rows: Sequence[str]) -> Iterator[Breach]:
    for row in rows:
        yield Breach(Invariant.READABLE, "", row, "belongs to no case")


def _of_case(
    dossier: Dossier, rules: RuleBook, today: date, *, corrected: bool
) -> Iterator[Breach]:
    """Check one case: its chain first; only what can be replayed is compared with anything."""
    number, broken = dossier.number, False
    for invariant, row, what in chain(dossier):
        broken = True
        yield Breach(invariant, number, row, what)
    if broken:
        return
    try:
        yield from _replayed(dossier, rules, today, corrected=corrected)
    except _MISFIT as error:
        what = f"facts that cannot be replayed: {type(error).__name__}"
        yield Breach(Invariant.READABLE, number, "history", what)


def _replayed(
    dossier: Dossier, rules: RuleBook, today: date, *, corrected: bool
) -> Iterator[Breach]:
    events = [event for event, _ in dossier.history]
    prefixes: list[Case] = []
    for event in events:
        prefixes.append(apply(prefixes[-1] if prefixes else None, event))
    proof = Proof(dossier, events, prefixes, rules, today, corrected)
    for invariant, check in CHECKS.items():
        for row, what in check(proof):
            yield Breach(invariant, dossier.number, row, what)


def _running(page: Sequence[Dossier]) -> dict[str, Case]:
    return {d.number: d.case for d in page if d.case and d.case.state in RUNNING}


def _overlaps(
    page: Sequence[Dossier], around: Mapping[str, list[Neighbour]], today: date
) -> Iterator[Breach]:
    """Compare the running registrations of each enterprise; the later case tells."""
    running = _running(page)
    for cases in around.values():
        for one, other in combinations(sorted(cases, key=lambda case: case.number), 2):
            if other.number in running and _collide(one, other, today):
                what = f"runs beside {one.number} for the same enterprise and service"
                yield Breach(Invariant.OVERLAP, other.number, "case", what)


def _collide(one: Neighbour, other: Neighbour, today: date) -> bool:
    """Tell whether two registrations of one service run at once and neither renews the other."""
    if other.renews == one.number or one.renews == other.number:
        return False
    both = one.registration, other.registration
    if not {one.state, other.state} <= RUNNING or both[0] is None or both[1] is None:
        return False
    first, second = sorted((both[0], both[1]), key=lambda held: held.valid_from)
    over = today > min(first.valid_until, second.valid_until)  # it has ended, swept or not
    beside = second.valid_from <= first.valid_until
    return bool(one.services & other.services) and beside and not over
