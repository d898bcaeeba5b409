"""Cases and their numbers: the same facts in memory, on SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kmop_lifecycle.domain.case import Due, Registration, Successor
from kmop_lifecycle.domain.errors import ChangedMeanwhile, NotFound
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service
from kmop_lifecycle.service.ports import Answer, OpenUnitOfWork
from tests import make
from tests.make import NOW, NUMBER, TODAY
from tests.storing import at_once, opened, stepped

HELD = Registration(date(2026, 3, 16), date(2031, 3, 16), date(2026, 3, 16))


def test_a_case_comes_back_as_it_went(store: OpenUnitOfWork) -> None:
    case = opened(store)
    with store() as uow:
        assert uow.get(case.number) == case


def test_a_step_replaces_the_case_and_adds_to_its_history(store: OpenUnitOfWork) -> None:
    before = opened(store)
    after = stepped(store, before, state=State.PREPARED)
    with store(reading=True) as uow:
        assert uow.get(after.number) == after
        events = [row.event for row in uow.history(after.number)]
    assert [e.trigger for e in events] == [Trigger.SUBMIT, Trigger.CONFIRM_PREPARED]
    assert [e.source for e in events] == [None, State.APPLIED]


def test_an_unknown_case_is_not_found(store: OpenUnitOfWork) -> None:
    with store() as uow:
        for ask in (uow.get, uow.history):
            with pytest.raises(NotFound, match="2026-000001"):
                ask(NUMBER)


def test_a_number_of_another_year_is_not_found(store: OpenUnitOfWork) -> None:
    case = opened(store)
    with store() as uow, pytest.raises(NotFound):
        uow.get(case.number.replace("2026", "2025"))


def test_what_is_not_committed_never_was(store: OpenUnitOfWork) -> None:
    case = opened(store)
    with store() as uow:
        uow.record(make.step(case, state=State.PREPARED), NOW)
        uow.set_dues(case.number, [Due("lapse", TODAY)])
        uow.add_notices([make.notice(case=case.number)], NOW)
        uow.remember("key", Answer("hash", {}), NOW)
        assert uow.get(case.number).state is State.PREPARED
    with store() as uow:
        assert uow.get(case.number) == case
        assert len(uow.history(case.number)) == 1
        assert uow.dues(case.number) == []
        assert uow.deliveries(case.number) == []
        assert uow.answer("key") is None


def test_an_error_in_the_block_writes_nothing(store: OpenUnitOfWork) -> None:
    with pytest.raises(LookupError), store() as uow:  # noqa: PT012
        uow.record(make.opening(), NOW)
        raise LookupError
    with store() as uow:
        assert uow.numbers("", 10) == []


def test_a_reader_sees_only_what_is_committed(store: OpenUnitOfWork) -> None:
    case = opened(store)
    with store() as uow:
        uow.record(make.step(case, state=State.PREPARED), NOW)
        with store(reading=True) as reader:
            assert reader.get(case.number) == case
        uow.commit()
    with store(reading=True) as reader:
        assert reader.get(case.number).state is State.PREPARED


def test_work_goes_on_after_a_commit(store: OpenUnitOfWork) -> None:
    case = opened(store)
    with store() as uow:
        uow.set_dues(case.number, [Due("lapse", TODAY)])
        uow.commit()
        uow.set_dues(case.number, [])
    with store() as uow:
        assert uow.dues(case.number) == [Due("lapse", TODAY)]


def test_who_saw_a_version_that_is_not_is_told_whatever_his_history_row(
    store: OpenUnitOfWork,
) -> None:
    """The key of the history would let this one pass: its row has a number of its own."""
    seen = replace(opened(store), version=5)
    with pytest.raises(ChangedMeanwhile):
        stepped(store, seen)


def test_a_stale_version_is_told(store: OpenUnitOfWork) -> None:
    before = opened(store)
    stepped(store, before)
    with pytest.raises(ChangedMeanwhile):
        stepped(store, before)
    with store() as uow:
        assert len(uow.history(before.number)) == 2


def test_a_case_is_opened_once(store: OpenUnitOfWork) -> None:
    case = opened(store)
    with store() as uow, pytest.raises(ChangedMeanwhile):
        uow.record(make.opening(case.number), NOW)


def test_a_step_of_a_case_that_is_not_there_is_told(store: OpenUnitOfWork) -> None:
    with store() as uow, pytest.raises(ChangedMeanwhile):
        uow.record(make.step(make.case()), NOW)


def test_a_history_row_is_written_once(store: OpenUnitOfWork) -> None:
    case = opened(store)
    change = make.step(case)
    with store() as uow, pytest.raises(ChangedMeanwhile):
        uow.record(replace(change, event=replace(change.event, seq=1)), NOW)


def test_of_two_writers_one_wins(store: OpenUnitOfWork) -> None:
    before = opened(store)
    results = at_once(*[lambda: stepped(store, before)] * 4)
    assert sum(isinstance(result, ChangedMeanwhile) for result in results) == 3
    with store() as uow:
        assert uow.get(before.number).version == 2


def test_many_cases_come_ordered_and_without_the_absent(store: OpenUnitOfWork) -> None:
    first, second = opened(store), opened(store)
    wanted = [second.number, "2026-999999", first.number, second.number]
    with store() as uow:
        assert uow.get_many(wanted) == [first, second]
        assert uow.get_many([]) == []


def test_the_newest_renewal_is_the_successor(store: OpenUnitOfWork) -> None:
    old = opened(store)
    opened(store, renews=old.number, state=State.APPLIED, kind=Kind.RENEWAL)
    day = date(2030, 6, 1)
    new = opened(store, renews=old.number, kind=Kind.RENEWAL, applied_on=day)
    stepped(store, new, state=State.PREPARED)
    with store() as uow:
        known = Successor(new.number, State.PREPARED, day)
        assert uow.get(old.number).successor == known
        assert uow.get_many([old.number, new.number])[0].successor == known
        assert uow.get(new.number).successor is None


def test_a_successor_is_never_written_down(store: OpenUnitOfWork) -> None:
    old = opened(store)
    stepped(store, replace(old, successor=Successor("2026-000009", State.APPLIED, TODAY)))
    with store() as uow:
        assert uow.get(old.number).successor is None


def test_neighbours_are_all_cases_of_the_enterprise(store: OpenUnitOfWork) -> None:
    old = opened(store, registration=HELD, state=State.CERTIFIED)
    new = opened(store, renews=old.number, services=dict.fromkeys(Service, ("innovatie",)))
    opened(store, enterprise="0123456749")
    with store() as uow:
        one, two = uow.neighbours(old.enterprise)
    assert (one.number, one.registration, one.renewed_by) == (old.number, HELD, new.number)
    assert (two.renews, two.services, two.registration) == (old.number, frozenset(Service), None)


def test_two_applications_of_one_enterprise_see_each_other(store: OpenUnitOfWork) -> None:
    def submit() -> int:
        with store() as uow:
            known = len(uow.neighbours(make.ENTERPRISE))
            if not known:
                uow.record(make.opening(uow.allocate(TODAY)), NOW)
                uow.commit()
        return known

    assert sorted(at_once(*[submit] * 4)) == [0, 1, 1, 1]


def test_a_number_carries_its_year_and_six_digits(store: OpenUnitOfWork) -> None:
    with store() as uow:
        assert [uow.allocate(date(year, 5, 1)) for year in (2026, 2027)] == [
            "2026-000001",
            "2027-000002",
        ]


def test_no_number_is_given_twice(store: OpenUnitOfWork) -> None:
    def take() -> str:
        with store() as uow:
            number = uow.allocate(TODAY)
            uow.commit()
        return number

    assert len(set(at_once(*[take] * 4))) == 4


def test_numbers_are_paged_in_order(store: OpenUnitOfWork) -> None:
    numbers = [opened(store).number for _ in range(5)]
    with store() as uow:
        assert uow.numbers("", 3) == numbers[:3]
        assert uow.numbers(numbers[2], 3) == numbers[3:]
