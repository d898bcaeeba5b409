"""The example portfolio lives the same life each time, and leaves a whole record."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kmop_lifecycle.cli.demo import entries
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.intake import Entry
from kmop_lifecycle.service.portfolio import Portfolio
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from kmop_lifecycle.settings import load_settings
from tests.fakes import Office
from tests.stories import application

FIRST = date(2026, 1, 5)


def _live(office, days, part):
    portfolio = Portfolio(office.house, part, FIRST)
    for n in range(days):
        today = FIRST + timedelta(days=n)
        office.clock.set(today)
        sweep(office.house, today)
        portfolio.day(today)
    return portfolio.everyday


def _some():
    return list(entries(load_settings()))[::7]


def test_three_years_bring_cases_to_every_end_and_the_record_is_whole():
    office = Office()
    lived = _live(office, 3 * 365, _some())
    with office.house.store(reading=True) as uow:
        states = set(uow.counts()["state"])
        kinds = set(uow.counts()["kind"])

    assert {"certified", "expired", "withdrawn"} <= states
    assert kinds == {"basic", "exemption", "starter", "renewal"}
    assert lived.done > 300
    assert verify(office.house).breaches == []


def test_the_same_portfolio_lives_the_same_life():
    one, other = Office(), Office()
    assert _live(one, 200, _some()).done == _live(other, 200, _some()).done
    with one.house.store(reading=True) as a, other.house.store(reading=True) as b:
        assert a.counts() == b.counts()


def test_a_row_that_does_not_hold_stops_the_show_with_its_line():
    wrong = Entry(7, Trigger.SUBMIT, application(iban="BE00"), FIRST)

    with pytest.raises(BadInput, match="line 7"):
        _live(Office(), 1, [wrong])
