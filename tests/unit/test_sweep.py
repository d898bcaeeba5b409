"""The sweep: any number of times, any day, the same end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kmop_lifecycle.domain import passing
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import Limits
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.stories import adoption, application, applied, certified, prepared, starter


def _sweep(office, day):
    office.on(day)
    return sweep(office.house, date.fromisoformat(day))


def test_a_second_sweep_finds_nothing_to_do():
    office = Office()
    number = office.live(starter())
    first, second = _sweep(office, "2027-09-16"), _sweep(office, "2027-09-16")

    assert first.moved == {"open_follow_up": 1}
    assert first.notices == {"step": 1, "follow_up": 1}
    assert (second.moved, second.notices, second.moot) == ({}, {}, 0)
    assert ("follow_up:-6m to provider", "due") in office.rows(number)


def test_a_late_sweep_sends_the_newest_rung_and_records_the_others():
    office = Office()
    number = office.live(starter())
    report = _sweep(office, "2028-03-10")

    follow_up = [row for row in office.rows(number) if row[0] == "follow_up:-7d to provider"]
    assert follow_up == [("follow_up:-7d to provider", "due")]
    assert report.moot == 6 + 4 + 1  # provider, bureau from -3m, authority from -14d
    assert ("follow_up:-14d to authority", "moot") in office.rows(number)


def test_daily_and_late_sweeps_end_in_the_same_state():
    daily, late = Office(), Office()
    numbers = [daily.live(starter()), late.live(starter())]
    day = date(2026, 3, 17)
    while day <= date(2028, 3, 17):
        daily.clock.set(day)
        sweep(daily.house, day)
        day += timedelta(days=1)
    _sweep(late, "2028-03-17")

    with daily.house.store(reading=True) as one, late.house.store(reading=True) as other:
        cases = [one.get(numbers[0]), other.get(numbers[1])]
        events = [
            [(r.event.trigger, r.event.on) for r in uow.history(n)]
            for uow, n in ((one, numbers[0]), (other, numbers[1]))
        ]
    assert cases[0] == cases[1]
    assert events[0] == events[1]
    assert {row[0] for row in daily.rows(numbers[0])} == {row[0] for row in late.rows(numbers[1])}


def test_a_dry_run_counts_and_writes_nothing():
    office = Office()
    number = office.live(applied())
    office.on("2027-01-06")
    report = sweep(office.house, date(2027, 1, 6), dry_run=True)

    assert report.moved == {"lapse": 1}
    assert report.as_json()["dry_run"] is True
    with office.house.store(reading=True) as uow:
        assert uow.get(number).state is State.APPLIED


def test_many_cases_are_swept_in_chunks():
    office = Office().on("2026-01-05")
    office.house = replace(office.house, limits=Limits(sweep_chunk=2))
    for n in (19261, 20844, 30346, 40343, 50043):
        number = f"04{n:06d}"
        fields = application(enterprise_number=f"{number}{97 - int(number) % 97:02d}")
        fire(office.house, Command(Trigger.SUBMIT, Actor.parse("provider:p"), data=fields))
    seen = []
    office.on("2027-01-06")
    report = sweep(office.house, date(2027, 1, 6), progress=seen.append)

    assert report.moved == {"lapse": 5}
    assert seen == [2, 2, 1]
    assert verify(office.house).breaches == []


def test_a_case_that_cannot_be_swept_is_reported_and_does_not_stop_the_others(monkeypatch):
    office = Office()
    sick = office.live(applied())
    well = office.live(certified(enterprise_number="0403019261"))
    decide = passing.catch_up

    def poisoned(case, rules, today):
        if case.state is State.APPLIED:
            msg = "cannot be read"
            raise ValueError(msg)
        return decide(case, rules, today)

    monkeypatch.setattr(passing, "catch_up", poisoned)
    report = _sweep(office, "2031-03-17")

    assert report.failed == [(sick, "cannot be read")]
    assert report.as_json()["failed"] == [{"case": sick, "reason": "cannot be read"}]
    with office.house.store(reading=True) as uow:
        assert uow.get(well).state is State.EXPIRED


def test_a_renewal_stops_the_reminders_of_what_it_renews():
    office = Office().on("2026-01-05")
    old = fire(office.house, Command(Trigger.ADOPT, Actor.parse("admin:r"), data=adoption())).case
    office.on("2026-12-01")
    renewal = application(kind="renewal", renews=old)
    new = fire(office.house, Command(Trigger.SUBMIT, Actor.parse("provider:a"), data=renewal)).case

    assert "renewal" not in _sweep(office, "2026-12-30").notices
    fire(office.house, Command(Trigger.WITHDRAW, Actor.parse("provider:a"), new))
    assert _sweep(office, "2026-12-31").notices["renewal"] == 1


def test_an_open_pause_is_looked_at_again_and_never_lapses():
    office = Office()
    number = office.live(prepared().do("2026-02-01", Trigger.PAUSE, "bureau:plan", reason="asked"))
    assert _sweep(office, "2027-01-06").moved == {}
    assert _sweep(office, "2029-01-06").moved == {}
    fire(office.house, Command(Trigger.RESUME, Actor.parse("bureau:plan"), number))

    assert _sweep(office, "2029-12-10").moved == {}
    assert _sweep(office, "2029-12-12").moved == {"lapse": 1}


@pytest.mark.parametrize("days", [0, 1, 5])
def test_nothing_due_is_nothing_read(days):
    office = Office()
    office.live(certified())

    assert _sweep(office, f"2026-03-{16 + days}").cases == 0


def test_after_an_outage_the_sweep_says_what_it_cost():
    office = Office()
    office.live(starter())
    assert _sweep(office, "2027-09-16").outage == ""
    assert _sweep(office, "2027-09-17").outage == ""
    report = _sweep(office, "2028-01-20")  # missed: -4m and -3m, -2m is the newest

    assert report.last_on == date(2027, 9, 17)
    assert report.late == 2  # provider and bureau
    assert report.outage == "down 124 days: 2 late, 3 moot, 0 lost"
    assert report.as_json()["outage"] == report.outage
    assert _sweep(office, "2028-01-20").outage == ""


def test_a_rehearsal_does_not_count_as_a_sweep():
    office = Office()
    office.live(starter())
    _sweep(office, "2027-09-16")
    office.on("2027-09-20")
    sweep(office.house, date(2027, 9, 20), dry_run=True)

    assert _sweep(office, "2027-09-21").outage.startswith("down 4 days")
