"""Whole days, counted as the scheme counts them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.domain.calendar import Period, Rung, months_later

DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))


@pytest.mark.parametrize(
    ("start", "length", "result"),
    [
        ("2028-02-29", "2y", "2030-02-28"),
        ("2028-02-29", "5y", "2033-02-28"),
        ("2028-02-29", "4y", "2032-02-29"),
        ("2026-03-16", "5y", "2031-03-16"),
        ("2026-01-31", "1m", "2026-02-28"),
        ("2026-08-31", "6m", "2027-02-28"),
        ("2026-01-05", "4w", "2026-02-02"),
        ("2026-03-28", "2d", "2026-03-30"),  # across the night of summer time
        ("2026-10-24", "1w", "2026-10-31"),  # and back
        ("2026-12-31", "1d", "2027-01-01"),
    ],
)
def test_a_period_ends_on_the_same_calendar_date_or_the_last_of_the_month(start, length, result):
    assert Period.parse(length).after(date.fromisoformat(start)).isoformat() == result


@given(DAYS, st.integers(1, 60))
def test_months_keep_the_day_unless_the_month_is_too_short(day, months):
    later = months_later(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or later.day < day.day


@given(DAYS)
def test_two_years_and_three_make_five(day):
    if (day.month, day.day) != (2, 29):
        assert months_later(months_later(day, 24), 36) == months_later(day, 60)


@pytest.mark.parametrize("text", ["4", "w", "4 w", "-4w", "4x", "", "1000d"])
def test_what_is_no_period_is_named(text):
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("rung", "day"),
    [("-6m", "2027-09-16"), ("-14d", "2028-03-02"), ("+1d", "2028-03-17"), ("0", "2028-03-16")],
)
def test_a_rung_stands_at_its_distance_from_the_anchor(rung, day):
    assert Rung.parse(rung).on(date(2028, 3, 16)).isoformat() == day
    assert str(Rung.parse(rung)) == rung


def test_a_word_is_a_rung_on_the_anchor_itself():
    assert Rung.parse("heads_up").on(date(2026, 1, 1)) == date(2026, 1, 1)


def test_what_is_no_rung_is_named():
    with pytest.raises(ValueError, match="is not a rung"):
        Rung.parse("6m")


def test_a_period_is_written_as_it_is_read():
    assert str(Period.parse("30d")) == "30d"
