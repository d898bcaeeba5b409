"""Calendar arithmetic of the scheme: whole days in Europe/Brussels, nothing else.

"N years or months later" is the same calendar date; where it does not exist, the last day of that
month (specification §3). Days and weeks are calendar days, so summer time never moves a date.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_IN_EVERY_MONTH = 28  # days that every month has: nothing to look up
_PERIOD = re.compile(r"(\d{1,3})([dwmy])")
_RUNG = re.compile(r"([+-])(\d{1,3})([dwmy])")


def months_later(day: date, months: int) -> date:
    """Return the same calendar date so many months later (earlier when negative).

    >>> months_later(date(2028, 2, 29), 24)
    datetime.date(2030, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if day.day <= _IN_EVERY_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=65_536)  # a register has few lengths and days, each asked for very often
def _later(unit: str, count: int, day: date) -> date:
    match unit:
        case "d":
            return day + timedelta(days=count)
        case "w":
            return day + timedelta(weeks=count)
        case "m":
            return months_later(day, count)
        case _:
            return months_later(day, 12 * count)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in one unit: days, weeks, months or years."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `4w`, `30d`, `6m` or `5y`; anything else is a ValueError."""
        match = _PERIOD.fullmatch(text)
        if match is None:
            msg = f"{text!r} is not a period: write a number and d, w, m or y, such as '4w'"
            raise ValueError(msg)
        return cls(int(match[1]), match[2])

    def after(self, day: date, times: int = 1) -> date:
        """Return the date this period (so many times) after a day; -1 is before it."""
        return _later(self.unit, self.count * times, day)

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.count}{self.unit}"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: its name and its distance from the anchor date."""

    name: str
    sign: int = 0
    period: Period = Period(0, "d")

    @classmethod
    def parse(cls, text: str) -> Rung:
        """Read `-6m`, `+1d`, `0`, or a word such as `heads_up` (on the anchor date itself)."""
        match = _RUNG.fullmatch(text)
        if match is not None:
            period = Period(int(match[2]), match[3])
            return cls(text, 1 if match[1] == "+" else -1, period)
        if text == "0" or re.fullmatch(r"[a-z_]+", text):
            return cls(text)
        msg = f"{text!r} is not a rung: write '-6m', '+1d', '0' or a word"
        raise ValueError(msg)

    def on(self, anchor: date) -> date:
        """Return the day from which this rung is due."""
        return self.period.after(anchor, self.sign)

    def __str__(self) -> str:
        """Write its name."""
        return self.name
