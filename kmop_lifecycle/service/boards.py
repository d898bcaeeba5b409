"""What the office looks at: what needs a hand, how the work flows, what comes, what is stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.rulebook import RuleBook, Window
from kmop_lifecycle.service.deliveries import Desk, look
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.overview import Standing, open_cases
from kmop_lifecycle.service.queries import totals

_SOON = timedelta(days=30)  # what needs a hand later than that is on the calendar
_AHEAD = Period(24, "m")
_STUCK = ("dead", "ambiguous", "retry", "due", "sending")  # the worst first
_MOST = 200  # stuck rows that a board shows; the command line lists all
COMING = ("visit_on", "follow_up_opens_on", "two_year_on", "expires_on")  # on the calendar


@dataclass(frozen=True, slots=True)
class Clock:
    """How long something took, beside the window the rule book gives it."""

    name: str  # waiting, lead_time
    window: Window
    days: tuple[int, ...]  # of each case that is past it, paused days taken off

    @property
    def median(self) -> float | None:
        """The middle one; None while there is none."""
        return median(self.days) if self.days else None


@dataclass(frozen=True, slots=True)
class Stage:
    """The cases in one state."""

    state: State
    cases: int
    median_days: float | None  # since the latest event; None for states that have ended
    overdue: int


@dataclass(frozen=True, slots=True)
class Coming:
    """One date of the calendar."""

    standing: Standing
    date: Derived


@dataclass(frozen=True, slots=True)
class Boards:
    """All boards of one day."""

    today: date
    hands: list[Standing]  # what needs a hand, the most urgent first
    awaiting: list[Standing]  # what awaits a step by people, the most urgent first
    stages: list[Stage]
    clocks: list[Clock]
    coming: list[Coming]
    outcomes: Mapping[str, int]  # all notices by outcome
    desk: Desk  # those that are stuck, and what holds them up


def draw_up(house: House, today: date) -> Boards:
    """Read the house once and lay out every board."""
    standings = open_cases(house, today)
    counted = totals(house)
    return Boards(
        today=today,
        hands=needing_a_hand(standings, today),
        awaiting=by_deadline(s for s in standings if s.step),
        stages=stages(standings, counted["state"], today),
        clocks=clocks(standings, house.rules, today),
        coming=coming(standings, today),
        outcomes=counted["outcome"],
        desk=look(house, _STUCK, limit=_MOST),
    )


def needing_a_hand(standings: Iterable[Standing], today: date) -> list[Standing]:
    """Return the cases that are overdue, or whose next date comes soon, by that date."""
    soon = today + _SOON
    return by_deadline(s for s in standings if s.deadline and s.deadline.on <= soon)


def by_deadline(standings: Iterable[Standing]) -> list[Standing]:
    """Sort by the date that counts; what has none comes last."""
    return sorted(standings, key=lambda s: (s.deadline.on if s.deadline else date.max, s.number))


def stages(standings: Iterable[Standing], counts: Mapping[str, int], today: date) -> list[Stage]:
    """Return the states with cases in them, in the order of the page."""
    waited: dict[State, list[int]] = {}
    overdue: Counter[State] = Counter()
    for standing in standings:
        case = standing.card.case
        waited.setdefault(case.state, []).append((today - case.last_on).days)
        overdue[case.state] += bool(standing.card.overdue)
    return [
        Stage(state, cases, median(waited[state]) if state in waited else None, overdue[state])
        for state in State
        if (cases := counts.get(state, 0))
    ]


def clocks(standings: Sequence[Standing], rules: RuleBook, today: date) -> list[Clock]:
    """Return the two clocks from application to visit and to decision, as they have run."""
    cases = [s.card.case for s in standings if not s.card.case.adopted]
    visits = tuple(
        (first.started_on - case.applied_on).days - case.paused_days(first.started_on)
        for case in cases
        if (first := case.audits[0]).started_on is not None
    )
    decisions = tuple(
        (held.decided_on - case.applied_on).days - case.paused_days(held.decided_on)
        for case in cases
        if (held := case.registration) is not None
    )
    return [
        Clock("waiting", rules.waiting.on(today).value, visits),
        Clock("lead_time", rules.lead_time.on(today).value, decisions),
    ]


def coming(standings: Iterable[Standing], today: date) -> list[Coming]:
    """Return visits, follow-ups and expiries of the next 24 months, earliest first."""
    last = _AHEAD.after(today)
    found = [
        Coming(standing, derived)
        for standing in standings
        for derived in standing.card.dates
        if derived.name in COMING and today <= derived.on <= last
    ]
    return sorted(found, key=lambda one: (one.date.on, one.standing.number, one.date.name))
