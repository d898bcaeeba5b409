"""Cases counted by likeness: the same counts in memory, on SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kmop_lifecycle.domain.case import Audit, Due, Pause, Registration
from kmop_lifecycle.domain.lifecycle import ENDED, State
from kmop_lifecycle.service.census import Waits
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests import make
from tests.make import NOW, TODAY
from tests.storing import dated, opened

OPEN = frozenset(State) - ENDED
S = State
DAY = timedelta(days=1)


def _bearing(store: OpenUnitOfWork, likeness: str, *kinds: str, **overrides: object) -> str:
    """Open a case with dates of these kinds that bear a likeness; return its number."""
    case = opened(store, **overrides)
    with store() as uow:
        uow.set_dues(case.number, [Due(kind, TODAY) for kind in kinds or ("lapse",)], likeness)
        uow.commit()
    return case.number


def test_each_likeness_is_counted_by_cases_and_not_by_dates(store: OpenUnitOfWork) -> None:
    first = _bearing(store, "a", "lapse", "waiting:x", "preparation:y")
    _bearing(store, "a", "lapse", "waiting:x", "preparation:y")
    other = _bearing(store, "b", state=S.CERTIFIED)
    _bearing(store, "c", state=S.EXPIRED)
    opened(store)
    with store(reading=True) as uow:
        assert uow.alikes(OPEN) == [("a", 2, first), ("b", 1, other)]
        assert uow.alikes({S.CERTIFIED}) == [("b", 1, other)]


def test_the_first_of_a_likeness_are_those_with_the_lowest_numbers(store: OpenUnitOfWork) -> None:
    a = [_bearing(store, "a", "lapse", "waiting:x") for _ in range(4)]
    b = _bearing(store, "b")
    with store(reading=True) as uow:
        assert uow.first_alike({"a", "b", "none"}, 3) == {"a": a[:3], "b": [b], "none": []}
        assert uow.first_alike(set(), 3) == {}


def test_all_of_some_likenesses_come_page_by_page(store: OpenUnitOfWork) -> None:
    wanted = [_bearing(store, likeness, "lapse", "waiting:x") for likeness in "abab"]
    _bearing(store, "c")
    opened(store)
    with store(reading=True) as uow:
        page = uow.all_alike(["a", "b"], -1, 3)
        rest = uow.all_alike(["a", "b"], page[-1].id, 3)
        assert [one.number for one in (*page, *rest)] == wanted
        assert uow.all_alike([], -1, 3) == []


def test_the_rule_books_that_judged_some_cases_are_known(store: OpenUnitOfWork) -> None:
    case, other = opened(store), opened(store)
    change = make.step(case)
    with store() as uow:
        uow.record(replace(change, event=replace(change.event, rules="second")), NOW)
        uow.commit()
    with store(reading=True) as uow:
        assert set(uow.judged_by([case.number, other.number])) == {"", "second"}
        assert set(uow.judged_by([other.number])) == {""}


def test_what_bears_no_likeness_is_listed_apart(store: OpenUnitOfWork) -> None:
    _bearing(store, "a")
    dateless = opened(store)
    paused = opened(store)
    dated(store, paused.number, Due("lapse", TODAY))
    opened(store, state=S.WITHDRAWN)
    fresh = opened(store, state=S.REJECTED, last_on=TODAY)
    opened(store, state=S.REJECTED, last_on=TODAY - DAY)
    with store(reading=True) as uow:
        page = uow.apart(OPEN, TODAY, -1, 2)
        rest = uow.apart(OPEN, TODAY, page[-1].id, 2)
        one_state = uow.apart({S.REJECTED}, TODAY, -1, 9)
    assert [one.number for one in page] == [dateless.number, paused.number]
    assert [one.number for one in rest] == [one.number for one in one_state] == [fresh.number]


def test_the_day_of_the_last_event_is_counted_by_state(store: OpenUnitOfWork) -> None:
    _bearing(store, "a", "lapse", "waiting:x", last_on=TODAY)
    _bearing(store, "b", last_on=TODAY)
    _bearing(store, "b", last_on=TODAY - DAY)
    _bearing(store, "c", state=S.CERTIFIED, last_on=TODAY)
    opened(store, last_on=TODAY)
    with store(reading=True) as uow:
        every, some = uow.last_days(OPEN, []), uow.last_days({S.APPLIED}, {"b"})
    assert every == {
        (S.APPLIED, TODAY): 2,
        (S.APPLIED, TODAY - DAY): 1,
        (S.CERTIFIED, TODAY): 1,
    }
    assert some == {(S.APPLIED, TODAY): 1}


def _decided(day: date) -> Registration:
    return Registration(day, day + timedelta(days=1825), day)


@pytest.mark.parametrize("without", ["", "other"])
def test_paused_days_are_taken_off_what_a_case_took(store: OpenUnitOfWork, without: str) -> None:
    applied = date(2026, 1, 5)
    visited = {"applied_on": applied, "audits": (Audit(started_on=date(2026, 2, 10)), Audit())}
    done = {**visited, "state": S.CERTIFIED, "registration": _decided(date(2026, 3, 16))}
    pauses = (
        Pause(date(2026, 1, 10), date(2026, 1, 15)),
        Pause(date(2026, 1, 20), applied + DAY * 17),
    )
    _bearing(store, "a", "lapse", "waiting:x", **visited)
    _bearing(store, "a", **done)
    _bearing(store, "b", "expire", "renewal:z", **done, pauses=pauses)
    _bearing(store, "other", **done, pauses=pauses)
    _bearing(store, "c", **done, adopted=True)
    _bearing(store, "d", applied_on=applied)
    opened(store, **done)
    more = 1 if without else 2
    with store(reading=True) as uow:
        found = uow.waits(OPEN, [without])
    assert found == Waits({36: 2, 36 - 7: more}, {70: 1, 70 - 7: more})
