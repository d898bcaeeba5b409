"""Many applications at once: one transaction or several, and the same gate for each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput, ChangedMeanwhile
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service import intake as room
from kmop_lifecycle.service.intake import Entry, intake
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.stories import adoption, application, shipped_rules

BY = Actor.parse("admin:els")


def number(n):
    first = 4_000_000 + n
    return f"0{first}{97 - first % 97:02d}"


def entries(count):
    return [
        Entry(n + 2, Trigger.SUBMIT, application(enterprise_number=number(n)))
        for n in range(count)
    ]


@pytest.fixture
def house():
    built, clock = rehearsal(shipped_rules())
    clock.set(date(2026, 1, 5))
    return built


def test_all_or_nothing_is_one_transaction(house):
    wrong = Entry(9, Trigger.SUBMIT, {"enterprise_number": "1"})
    seen = []
    report = intake(house, [*entries(2), wrong], BY, watch=seen.append)
    assert (report.written, len(report.opened), len(report.problems)) == (False, 2, 1)
    assert report.as_json()["opened"] == [{"line": 2, "case": None}, {"line": 3, "case": None}]
    assert seen == []
    with house.store(reading=True) as uow:
        assert uow.numbers("", 10) == []


def test_what_was_written_is_told_to_who_watches(house):
    seen, counted = [], []
    report = intake(house, entries(2), BY, watch=seen.append, progress=counted.append)
    assert [change.after.number for change in seen] == [case for _, case in report.opened]
    assert sum(counted) == 2


@pytest.mark.parametrize("left", [20, 100, 400])
def test_a_quiet_intake_tells_nobody_and_later_reminders_come_as_always(house, left):
    """On record it is all the same: what is never sent is moot, and the history says why."""
    end = date(2026, 1, 5) + timedelta(days=left)
    fields = adoption(valid_from="2021-03-01", valid_until=end.isoformat())
    [(_, number)] = intake(house, [Entry(2, Trigger.ADOPT, fields)], BY, quiet=True).opened
    assert sweep(house, date(2026, 1, 5)).notices == {}
    with house.store(reading=True) as uow:
        assert {row.status for row in uow.deliveries(number)} == {"moot"}
        assert uow.history(number)[0].event.facts["quiet"] is True
        [coming] = [due for due in uow.dues(number) if due.kind.startswith("renewal:")]
    assert coming.on > date(2026, 1, 5)
    assert sweep(house, coming.on).notices["renewal"] >= 1
    assert verify(house).breaches == []


def test_partial_commits_some_rows_at_a_time(house, monkeypatch):
    monkeypatch.setattr(room, "_CHUNK", 2)
    wrong = Entry(9, Trigger.SUBMIT, {"enterprise_number": "1"})
    report = intake(house, [*entries(3), wrong], BY, partial=True)
    assert (report.written, report.rows, len(report.problems)) == (True, 4, 1)
    with house.store(reading=True) as uow:
        assert len(uow.numbers("", 10)) == 3


def test_the_effective_date_of_a_row_wins_over_that_of_the_file(house):
    (row,) = entries(1)
    dated = Entry(3, Trigger.SUBMIT, application(), date(2026, 1, 2))
    intake(house, [row, dated], BY, on=date(2026, 1, 4))
    with house.store(reading=True) as uow:
        applied = sorted(case.applied_on for case in uow.get_many(uow.numbers("", 10)))
    assert applied == [date(2026, 1, 2), date(2026, 1, 4)]


def test_a_row_that_could_not_be_read_is_a_problem_like_any_other(house):
    misfit = BadInput("a.csv line 7, column kmop_files: 'many' is not a whole number")
    report = intake(house, [Entry(7, Trigger.SUBMIT, {}, problem=misfit)], BY)
    (problem,) = report.problems
    assert (problem.line, problem.field, problem.value) == (7, "kmop_files", "many")
    assert problem.code == "bad_input"


def test_a_value_deep_in_a_row_is_found(house):
    data = application(services={"training": ["innovatie", "tuinieren"], "advice": [{}]})
    report = intake(house, [Entry(2, Trigger.SUBMIT, data)], BY)
    (problem,) = report.problems
    assert (problem.field, problem.value) == ("services.advice.1", "{}")


def test_a_fault_of_the_store_is_no_fault_of_a_row(house, monkeypatch):
    def busy(*_):
        raise ChangedMeanwhile

    monkeypatch.setattr(room, "admit", busy)
    with pytest.raises(ChangedMeanwhile):
        intake(house, entries(1), BY)
