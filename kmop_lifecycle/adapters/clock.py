"""The clocks: the real one, and one that a scenario sets to any day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
_NOON = time(12)  # far from midnight in every zone, so that a day is the same day everywhere


def day_of(moment: datetime) -> date:
    """Return the calendar date in Brussels of an aware moment."""
    return moment.astimezone(BRUSSELS).date()


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return today's calendar date in Brussels."""
        return day_of(self.now())


class SimulatedClock:
    """A clock that stands at noon of one day until it is set to another."""

    def __init__(self, day: date) -> None:
        self.day = day

    def now(self) -> datetime:
        """Return noon in Brussels of the day, in UTC."""
        return datetime.combine(self.day, _NOON, BRUSSELS).astimezone(UTC)

    def today(self) -> date:
        """Return the day."""
        return self.day

    def set(self, day: date) -> None:
        """Move to another day."""
        self.day = day
