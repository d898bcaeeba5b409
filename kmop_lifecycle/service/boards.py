"""What the office looks at: what needs a hand, how the work flows, what comes, what is stuck."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import RuleBook, Window
from kmop_lifecycle.service.deliveries import Desk, look
from kmop_lifecycle.service.drawing import COMING as COMING  # noqa: PLC0414  # ours to give on
from kmop_lifecycle.service.drawing import MOST as MOST  # noqa: PLC0414  # likewise
from kmop_lifecycle.service.drawing import Drawing, draw, middle
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.overview import Standing
from kmop_lifecycle.service.queries import totals

_STUCK = ("dead", "ambiguous", "retry", "due", "sending")  # the worst first

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """The first rows of a list, and how many there are in all."""

    rows: Sequence[R]
    total: int


@dataclass(frozen=True, slots=True)
class Clock:
    """How long something took, beside the window the rule book gives it."""

    name: str  # waiting, lead_time
    window: Window
    days: Mapping[int, int]  # → cases that are past it, by paused days taken off

    @property
    def cases(self) -> int:
        """How many are past it."""
        return sum(self.days.values())

    @property
    def median(self) -> float | None:
        """The middle one; None while there is none."""
        return middle(self.days)


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
    hands: Listed[Standing]  # what needs a hand, the most urgent first
    awaiting: Listed[Standing]  # what awaits a step by people, the most urgent first
    stages: list[Stage]
    clocks: list[Clock]
    coming: Listed[Coming]  # visits, follow-ups and expiries of the next 24 months, earliest first
    months: Mapping[tuple[str, date], int]  # how many of each come in the month of this first day
    outcomes: Mapping[str, int]  # all notices by outcome
    desk: Desk  # those that are stuck, and what holds them up


def draw_up(
    house: House,
    today: date,
    steps: Collection[Trigger] = frozenset(Trigger),
    most: int = MOST,
) -> Boards:
    """Count the house once and lay out every board.

    Only the first cases of each list are read themselves: 200, and `most` of those that await one
    of these steps; of all others it is asked once how cases of their likeness stand. Should a case
    that is read stand otherwise than its likeness says, no likeness is believed: it is logged, and
    all boards are drawn anew case by case.
    """
    counted = totals(house, "state", "outcome")
    with house.store(reading=True) as uow:
        drawn = draw(uow, house.rules, today, steps, most)
    return Boards(
        today=today,
        hands=Listed(drawn.hands, drawn.counts.hands.total),
        awaiting=Listed(drawn.awaiting, drawn.counts.awaiting.total),
        stages=_stages(drawn, counted["state"], today),
        clocks=_clocks(drawn, house.rules, today),
        coming=Listed([Coming(*row) for row in drawn.coming], drawn.counts.coming.total),
        months=drawn.counts.months,
        outcomes=counted["outcome"],
        desk=look(house, _STUCK, limit=MOST),
    )


def _stages(drawn: Drawing, counts: Mapping[str, int], today: date) -> list[Stage]:
    """Return the states with cases in them, in the order of the page."""
    return [
        Stage(state, cases, middle(drawn.days_since(state, today)), drawn.counts.overdue[state])
        for state in State
        if (cases := counts.get(state, 0))
    ]


def _clocks(drawn: Drawing, rules: RuleBook, today: date) -> list[Clock]:
    """Return the two clocks from application to visit and to decision, as they have run."""
    return [
        Clock("waiting", rules.waiting.on(today).value, drawn.waits.waiting),
        Clock("lead_time", rules.lead_time.on(today).value, drawn.waits.lead_time),
    ]
