"""A day is a day in Brussels, whatever the hour in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kmop_lifecycle.adapters.clock import SimulatedClock, SystemClock, day_of


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 31, 22, 59, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 23, 0, tzinfo=UTC), date(2026, 2, 1)),  # winter: one hour ahead
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),  # summer: two hours ahead
    ],
)
def test_a_new_day_begins_at_midnight_in_brussels(moment, day):
    assert day_of(moment) == day


def test_the_system_clock_is_aware_and_agrees_with_its_own_day():
    clock = SystemClock()
    before = clock.now()
    assert before.tzinfo is UTC
    assert day_of(before) <= clock.today() <= day_of(clock.now())


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 1, 5), 11), (date(2026, 7, 5), 10)])
def test_a_simulated_clock_stands_at_noon_of_its_day(day, hour):
    clock = SimulatedClock(date(2025, 1, 1))
    clock.set(day)
    assert clock.today() == day
    assert clock.now() == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
