"""Next dates, notices and answers: the same facts in memory, on SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kmop_lifecycle.adapters.store.rows import case_id
from kmop_lifecycle.domain.case import Due
from kmop_lifecycle.domain.errors import ChangedMeanwhile, NotFound
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.ports import Answer, OpenUnitOfWork
from tests import make
from tests.make import NOW, NUMBER, TODAY
from tests.storing import at_once, dated, noticed, opened, settled, taken

LATER = NOW + timedelta(minutes=10)


def test_dates_are_replaced_as_a_whole(store: OpenUnitOfWork) -> None:
    case = opened(store)
    dated(store, case.number, Due("lapse", date(2027, 1, 5)), Due("waiting", date(2026, 2, 17)))
    coming = [Due("expire", date(2026, 6, 1)), Due("lapse", date(2026, 8, 1))]
    dated(store, case.number, *reversed(coming))
    with store() as uow:
        assert uow.dues(case.number) == coming


def test_no_dates_clear_them_all(store: OpenUnitOfWork) -> None:
    case = opened(store)
    dated(store, case.number, Due("lapse", TODAY))
    dated(store, case.number)
    with store() as uow:
        assert uow.dues(case.number) == []
        assert uow.next_due_on() is None


def test_of_two_dates_of_one_kind_the_earlier_counts(store: OpenUnitOfWork) -> None:
    case = opened(store)
    dated(store, case.number, Due("lapse", date(2027, 1, 5)), Due("lapse", date(2026, 2, 17)))
    with store() as uow:
        assert uow.dues(case.number) == [Due("lapse", date(2026, 2, 17))]


def test_dates_of_no_case_are_refused(store: OpenUnitOfWork) -> None:
    with store() as uow, pytest.raises(NotFound):
        uow.set_dues(NUMBER, [Due("lapse", TODAY)])


def test_a_case_is_due_from_its_date_on_once(store: OpenUnitOfWork) -> None:
    early, late = opened(store), opened(store)
    dated(store, early.number, Due("a", date(2026, 2, 1)), Due("b", date(2026, 1, 31)))
    dated(store, late.number, Due("a", date(2026, 3, 1)))
    with store() as uow:
        assert uow.next_due_on() == date(2026, 1, 31)
        assert list(uow.due(date(2026, 1, 30))) == []
        assert list(uow.due(date(2026, 2, 1))) == [case_id(early.number)]
        assert list(uow.due(date(2026, 3, 1))) == [case_id(early.number), case_id(late.number)]


def test_due_cases_are_listed_and_taken_in_order(store: OpenUnitOfWork) -> None:
    numbers = [opened(store).number for _ in range(5)]
    for number in reversed(numbers):
        dated(store, number, Due("lapse", TODAY))
    with store() as uow:
        ids = uow.due(TODAY)
        taken = uow.take(ids[1:4], TODAY)
        assert list(ids) == [case_id(number) for number in numbers]
        assert [one.number for one in taken] == numbers[1:4]
        assert uow.take(ids, TODAY - timedelta(days=1)) == []


def test_a_notice_is_written_once(store: OpenUnitOfWork) -> None:
    number = opened(store).number
    one, two = make.notice(case=number), make.notice(case=number, rung="-3m")
    assert noticed(store, one) == 1
    assert noticed(store, one, two) == 1
    assert noticed(store, replace(two, due_on=TODAY)) == 0
    assert noticed(store) == 0


def test_notices_come_with_the_change(store: OpenUnitOfWork) -> None:
    with store() as uow:
        number = uow.allocate(TODAY)
        uow.record(make.opening(number, notices=(make.notice(case=number),)), NOW)
        uow.commit()
    with store() as uow:
        assert [row.notice for row in uow.deliveries(number)] == [make.notice(case=number)]


def test_a_notice_to_no_case_is_refused(store: OpenUnitOfWork) -> None:
    with store() as uow, pytest.raises(NotFound):
        uow.add_notices([make.notice()], NOW)


def test_the_ledger_knows_every_number_asked(store: OpenUnitOfWork) -> None:
    one, two = opened(store).number, opened(store).number
    notices = [make.notice(case=one, rung=rung, role=Role.BUREAU) for rung in ("-6m", "-3m")]
    noticed(store, *notices)
    with store() as uow:
        ledger = uow.ledger([one, two, "2026-999999"])
    assert ledger == {
        one: frozenset(notice.key for notice in notices),
        two: frozenset(),
        "2026-999999": frozenset(),
    }


def test_a_claimed_notice_is_on_its_way(store: OpenUnitOfWork) -> None:
    number = opened(store).number
    noticed(store, make.notice(case=number))
    [claimed] = taken(store)
    assert (claimed.notice, claimed.status) == (make.notice(case=number), "sending")
    assert not claimed.abandoned
    assert taken(store) == []


def test_the_oldest_notices_are_taken_first(store: OpenUnitOfWork) -> None:
    number = opened(store).number
    noticed(store, *[make.notice(case=number, rung=f"-{m}m") for m in range(5)])
    assert [row.notice.rung for row in taken(store, limit=2)] == ["-0m", "-1m"]
    assert [row.notice.rung for row in taken(store, limit=9)] == ["-2m", "-3m", "-4m"]


def test_a_moot_notice_is_recorded_and_never_taken(store: OpenUnitOfWork) -> None:
    number = opened(store).number
    moot = make.notice(case=number, moot=True)
    noticed(store, moot)
    assert taken(store) == []
    with store() as uow:
        [row] = uow.deliveries(number)
    assert (row.notice, row.status) == (moot, "moot")


def test_a_retry_waits_for_its_time(store: OpenUnitOfWork) -> None:
    noticed(store, make.notice(case=opened(store).number))
    [claimed] = taken(store)
    settled(store, claimed, status="retry", next_try_at=LATER)
    assert taken(store, LATER - timedelta(seconds=1)) == []
    [again] = taken(store, LATER)
    assert (again.attempts, again.abandoned) == (2, False)


def test_an_abandoned_notice_is_taken_again_and_says_so(store: OpenUnitOfWork) -> None:
    noticed(store, make.notice(case=opened(store).number))
    [first] = taken(store)
    assert taken(store, LATER - timedelta(seconds=1)) == []
    [again] = taken(store, LATER)
    assert (again.id, again.abandoned) == (first.id, True)


@pytest.mark.parametrize("status", ["sent", "ambiguous", "dead", "moot"])
def test_a_settled_notice_is_never_taken_again(store: OpenUnitOfWork, status: str) -> None:
    number = opened(store).number
    noticed(store, make.notice(case=number))
    [claimed] = taken(store)
    outcome = {"status": status, "attempts": 2, "answer": "250 ok", "rendered": "ab12"}
    settled(store, claimed, **outcome, sent_at=NOW)
    assert taken(store, NOW + timedelta(days=900)) == []
    with store(reading=True) as uow:
        [row] = uow.deliveries(number)
    assert (row.status, row.attempts, row.answer, row.rendered) == tuple(outcome.values())
    assert (row.sent_at, row.notice.moot) == (NOW, status == "moot")


def test_what_is_sent_stays_sent(store: OpenUnitOfWork) -> None:
    number = opened(store).number
    noticed(store, make.notice(case=number))
    [slow] = taken(store)
    [quick] = taken(store, LATER)
    settled(store, quick, status="sent", sent_at=LATER)
    settled(store, slow, status="retry", next_try_at=LATER)
    with store() as uow:
        assert uow.deliveries(number)[0].status == "sent"


def test_two_claimants_never_take_the_same(store: OpenUnitOfWork) -> None:
    number = opened(store).number
    noticed(store, *[make.notice(case=number, rung=f"+{w}w") for w in range(40)])

    def work() -> list[int]:
        ids: list[int] = []
        while rows := taken(store, limit=3):
            ids += [row.id for row in rows]
        return ids

    ids = [id_ for found in at_once(*[work] * 4) for id_ in found]
    assert len(ids) == len(set(ids)) == 40


def test_an_answer_is_kept_under_its_key(store: OpenUnitOfWork) -> None:
    answer = Answer("a1b2", {"case": NUMBER, "warnings": ["late"], "deep": {"x": [1, None]}})
    with store() as uow:
        assert uow.answer("key") is None
        uow.remember("key", answer, NOW)
        uow.commit()
    with store() as uow:
        assert uow.answer("key") == answer


def test_a_key_is_remembered_once(store: OpenUnitOfWork) -> None:
    def remember() -> None:
        with store() as uow:
            uow.remember("key", Answer("a1b2", {}), NOW)
            uow.commit()

    told = [isinstance(result, ChangedMeanwhile) for result in at_once(*[remember] * 3)]
    assert sum(told) == 2
