"""A sweep that is out of the ordinary stops, says why, and writes nothing until it is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kmop_lifecycle.domain.errors import NeedsConsent
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.service.careful import careful_sweep, doubts
from kmop_lifecycle.service.sweep import sweep
from tests.fakes import Office
from tests.stories import applied

DAY = date(2026, 2, 16)  # six weeks after the applications
NUMBERS = ("0566.988.259", "0202.239.951", "0403.019.261", "0404.616.494")


def office(cases=4, **limits):
    office = Office()
    for number in NUMBERS[:cases]:
        assert compact_enterprise(number)
        office.live(applied(enterprise_number=number))
    office.house = replace(office.house, limits=replace(office.house.limits, **limits))
    return office.on(str(DAY))


def marks(office):
    with office.house.store(reading=True) as uow:
        return dict(uow.marks())


def test_an_ordinary_sweep_is_not_asked_about():
    house = office(usual_cases=4, usual_percent=0, usual_days=31).house
    assert doubts(house, DAY) == []
    assert careful_sweep(house, DAY).cases == 4


def test_more_cases_than_usual_are_asked_about_and_nothing_is_written():
    here = office(usual_cases=3, usual_percent=50)
    with pytest.raises(NeedsConsent, match="4 of 4 cases are due on 2026-02-16") as told:
        careful_sweep(here.house, DAY)
    assert "--yes" in told.value.hint
    assert told.value.exit_code == 3
    assert len(here.rows("2026-000001")) == 1
    assert marks(here) == {}


def test_the_share_counts_where_it_is_the_larger():
    assert doubts(office(usual_cases=1, usual_percent=100).house, DAY) == []
    assert doubts(office(usual_cases=1, usual_percent=99).house, DAY)


def test_what_is_agreed_is_done():
    here = office(usual_cases=1, usual_percent=0)
    assert careful_sweep(here.house, DAY, agreed=True).cases == 4
    assert careful_sweep(here.house, DAY).cases == 0


def test_a_look_is_never_asked_about():
    here = office(usual_cases=1, usual_percent=0)
    assert careful_sweep(here.house, DAY, dry_run=True).cases == 4
    assert len(doubts(here.house, DAY)) == 1


def test_a_day_before_the_last_one_swept_is_refused():
    here = office()
    sweep(here.house, DAY)
    with pytest.raises(NeedsConsent, match="2026-02-16 was swept already"):
        careful_sweep(here.house, date(2026, 2, 15))


def test_a_day_far_after_the_last_one_swept_is_refused():
    here = office(usual_days=31)
    careful_sweep(here.house, DAY)
    careful_sweep(here.house, date(2026, 3, 19))
    with pytest.raises(NeedsConsent, match="32 days before 2026-04-20"):
        careful_sweep(here.house, date(2026, 4, 20))
    assert marks(here)["sweep"] == "2026-03-19"


def test_an_agreed_earlier_day_is_the_last_one_again():
    here = office(usual_days=31)
    sweep(here.house, date(2036, 2, 16))  # by a wrong clock
    assert doubts(here.house, DAY)
    careful_sweep(here.house, DAY, agreed=True)
    assert doubts(here.house, DAY) == []
    assert careful_sweep(here.house, date(2026, 2, 17)).cases == 0


def test_the_first_sweep_of_all_has_no_day_to_compare_with():
    assert doubts(office(usual_days=1).house, date(2040, 1, 1)) == []
