"""The example portfolio: who applies on which day, and the life that follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.everyday import Everyday
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.intake import Entry, IntakeReport, intake


class Portfolio:
    """A file of providers and the life that follows from it, one day at a time."""

    def __init__(self, house: House, entries: Iterable[Entry], first: date) -> None:
        self.everyday = Everyday(house)
        self._house = house
        self._waiting: dict[date, list[Entry]] = {}
        for entry in entries:
            self._waiting.setdefault(max(entry.on or first, first), []).append(entry)

    def day(self, today: date) -> None:
        """Take in who applies on this day, then do what people do; the sweep is not theirs."""
        arriving = self._waiting.pop(today, [])
        if arriving:
            report = intake(self._house, arriving, Actor(Role.ADMIN, "intake"), on=today)
            _must_be_whole(report)
            for _, number in report.opened:
                self.everyday.meet(number, today)
        self.everyday.live(today)


def _must_be_whole(report: IntakeReport) -> None:
    if report.problems:
        first = report.problems[0]
        raise BadInput(f"line {first.line}: {first.reason}", hint=first.hint)
