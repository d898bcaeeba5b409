"""All boards drawn from every open case itself: what boards drawn by likeness must equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.clocks import overdue
from kmop_lifecycle.domain.lifecycle import AUDITING, State
from kmop_lifecycle.service.boards import COMING
from kmop_lifecycle.service.figures import CLOCKS
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.overview import OPEN, Standing, some_cases
from kmop_lifecycle.service.queries import totals


def open_cases(house: House, today: date) -> list[Standing]:
    """Return every case that somebody still has to do something about, by number."""
    with house.store(reading=True) as uow:
        numbers = [n for n in uow.numbers("", 10**6) if uow.get(n).state in OPEN]
        found = some_cases(uow, numbers, house.rules, today).values()
    return sorted((s for s in found if s.card.turn), key=lambda s: s.number)


def all_boards(house: House, today: date, steps: Iterable[object]) -> dict[str, object]:
    """Return what every board holds, each list whole."""
    standings = open_cases(house, today)
    soon, last = today + timedelta(days=30), Period(24, "m").after(today)
    coming = sorted(
        (d.on, s.number, d.name)
        for s in standings
        for d in s.card.dates
        if d.name in COMING and today <= d.on <= last
    )
    return {
        "hands": _by_deadline(s for s in standings if s.deadline and s.deadline.on <= soon),
        "awaiting": _by_deadline(s for s in standings if s.step in set(steps)),
        "coming": coming,
        "months": Counter((name, on.replace(day=1)) for on, _, name in coming),
        "stages": _stages(house, standings, today),
        "clocks": _clocks(standings),
    }


def _by_deadline(standings: Iterable[Standing]) -> list[Standing]:
    return sorted(standings, key=lambda s: (s.deadline.on if s.deadline else date.max, s.number))


def _stages(house: House, standings: list[Standing], today: date) -> list[tuple[object, ...]]:
    waited: dict[State, list[int]] = {}
    overdue: Counter[State] = Counter()
    for standing in standings:
        case = standing.card.case
        waited.setdefault(case.state, []).append((today - case.last_on).days)
        overdue[case.state] += bool(standing.card.overdue)
    counts = totals(house)["state"]
    return [
        (state, counts[state], median(waited[state]) if state in waited else None, overdue[state])
        for state in State
        if state in counts
    ]


def _clocks(standings: list[Standing]) -> list[tuple[object, ...]]:
    cases = [s.card.case for s in standings if not s.card.case.adopted]
    visits = [(c, c.audits[0].started_on) for c in cases if c.audits[0].started_on]
    decisions = [(c, c.registration.decided_on) for c in cases if c.registration]
    took = (
        [(day - case.applied_on).days - case.paused_days(day) for case, day in found]
        for found in (visits, decisions)
    )
    return [(Counter(days), median(days) if days else None) for days in took]


def overdue_cases(house: House) -> dict[str, int]:
    """Count the cases under audit that are overdue today, as the store has them."""
    found = dict.fromkeys(CLOCKS, 0)
    with house.store(reading=True) as uow:
        for case in map(uow.get, uow.numbers("", 10**6)):
            for clock in overdue(case, house.rules, house.clock.today()):
                found[clock] += case.state in AUDITING
    return found
