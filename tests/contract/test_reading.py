"""Histories, lists and counts: the same facts in memory, on SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from kmop_lifecycle.domain.case import Due, Registration
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.rulebook import Kind
from kmop_lifecycle.service.ports import CaseFilter, OpenUnitOfWork
from tests import make
from tests.make import NOW, NUMBER, TODAY
from tests.storing import dated, noticed, opened, taken

HELD = Registration(date(2026, 3, 16), date(2031, 3, 16), date(2026, 3, 16))


def test_history_comes_oldest_first_with_its_moment(store: OpenUnitOfWork) -> None:
    case = opened(store)
    brussels = datetime.fromisoformat("2026-07-01T12:00:00+02:00")
    facts = {"scores": {"A1": "TT"}, "hours": 7.5, "measures": [{"what": "é"}], "none": None}
    change = make.step(case)
    told = replace(change.event, facts=facts, warnings=("early_decision",), rules="f00")
    with store() as uow:
        uow.record(replace(change, event=told), brussels)
        uow.commit()
    with store(reading=True) as uow:
        first, second = uow.history(case.number)
    assert (first.event.seq, first.recorded_at) == (1, NOW)
    assert (second.event, second.recorded_at) == (told, brussels)
    assert second.recorded_at.utcoffset() is not None


def test_what_was_recorded_since_a_moment_comes_in_the_order_of_writing(
    store: OpenUnitOfWork,
) -> None:
    first, second = opened(store), opened(store, enterprise="0123456749")
    later = NOW + timedelta(hours=1)
    for case, at in ((second, later), (first, later + timedelta(seconds=1))):
        with store() as uow:
            uow.record(make.step(case), at)
            uow.commit()
    with store(reading=True) as uow:
        late = uow.recorded_since(later, 10)
        every = uow.recorded_since(NOW, 10)
        one = uow.recorded_since(NOW, 1)
        none = uow.recorded_since(later + timedelta(minutes=1), 10)
    assert [row.event.case for row in late] == [second.number, first.number]
    assert [row.event.case for row in every] == [
        first.number, second.number, second.number, first.number,
    ]  # fmt: skip
    assert (one, none) == (every[:1], [])


def test_notices_are_found_by_ladder_and_day(store: OpenUnitOfWork) -> None:
    case = opened(store)
    rows = [
        make.notice(case=case.number, ladder=ladder, rung=rung, due_on=due_on)
        for ladder, rung, due_on in (
            ("waiting", "0", TODAY - timedelta(days=1)),
            ("waiting", "+1w", TODAY),
            ("lead_time", "0", TODAY + timedelta(days=1)),
            ("renewal", "-6m", TODAY),
        )
    ]
    noticed(store, *rows)
    with store(reading=True) as uow:
        found = uow.noticed_since(TODAY, {"waiting", "lead_time"}, 10)
        first = uow.noticed_since(TODAY, {"waiting", "lead_time"}, 1)
        none = uow.noticed_since(TODAY, {"visit"}, 10)
    assert [(n.ladder, n.rung) for n in found] == [("waiting", "+1w"), ("lead_time", "0")]
    assert (first, none) == (found[:1], [])


def test_the_party_is_the_newest_one_given(store: OpenUnitOfWork) -> None:
    with store() as uow:
        assert uow.party(make.ENTERPRISE) is None
    opened(store, party=make.party(name="Old BV"))
    opened(store, party=make.party())
    opened(store)
    with store() as uow:
        assert uow.party(make.ENTERPRISE) == make.party()


def test_a_line_shows_name_validity_and_next_date(store: OpenUnitOfWork) -> None:
    case = opened(store, party=make.party(), registration=HELD, state=State.CERTIFIED)
    dated(store, case.number, Due("renewal:valid_until", HELD.valid_until), Due("b", TODAY))
    nameless = opened(store, enterprise="0123456749")
    with store(reading=True) as uow:
        line, bare = uow.find(CaseFilter())
    assert (line.number, line.name) == (case.number, "Acme BV")
    assert (line.valid_from, line.valid_until) == (HELD.valid_from, HELD.valid_until)
    assert (line.next_on, line.next_kind) == (TODAY, "b")
    assert (bare.number, bare.name) == (nameless.number, "")
    assert (bare.valid_from, bare.next_on, bare.next_kind) == (None, None, "")


@pytest.mark.parametrize(
    "wanted",
    [
        CaseFilter(states=frozenset({State.CERTIFIED, State.EXPIRED})),
        CaseFilter(kinds=frozenset({Kind.STARTER})),
        CaseFilter(bureau="Kiwa"),
        CaseFilter(enterprise="0123456749"),
        CaseFilter(due_before=TODAY),
        CaseFilter(after="2026-000001"),
        CaseFilter(states=frozenset({State.CERTIFIED}), bureau="Kiwa", due_before=TODAY),
    ],
)
def test_a_filter_keeps_what_it_names(store: OpenUnitOfWork, wanted: CaseFilter) -> None:
    plain = opened(store)
    dated(store, plain.number, Due("lapse", TODAY + timedelta(days=1)))
    other = opened(
        store,
        kind=Kind.STARTER,
        state=State.CERTIFIED,
        bureau="Kiwa",
        enterprise="0123456749",
    )
    dated(store, other.number, Due("expire", TODAY))
    with store(reading=True) as uow:
        assert [line.number for line in uow.find(wanted)] == [other.number]


def test_a_list_is_paged_in_order(store: OpenUnitOfWork) -> None:
    numbers = [opened(store).number for _ in range(5)]
    with store(reading=True) as uow:
        page = uow.find(CaseFilter(limit=2))
        rest = uow.find(CaseFilter(limit=9, after=page[-1].number))
    assert [line.number for line in [*page, *rest]] == numbers


def test_counts_count_cases_and_notices(store: OpenUnitOfWork) -> None:
    one = opened(store)
    opened(store, state=State.CERTIFIED, kind=Kind.STARTER)
    number = one.number
    noticed(store, make.notice(case=number), make.notice(case=number, ladder="visit", moot=True))
    with store(reading=True) as uow:
        assert uow.counts() == {
            "state": {"applied": 1, "certified": 1},
            "kind": {"basic": 1, "starter": 1},
            "ladder": {"renewal": 1, "visit": 1},
            "outcome": {"due": 1, "moot": 1},
        }


def test_an_empty_store_answers_with_nothing(store: OpenUnitOfWork) -> None:
    with store(reading=True) as uow:
        assert uow.find(CaseFilter()) == []
        assert uow.counts() == {"state": {}, "kind": {}, "ladder": {}, "outcome": {}}
        assert uow.deliveries(NUMBER) == uow.dues(NUMBER) == []
    assert taken(store) == []


def test_registrations_are_counted_by_their_last_day_both_ends_included(
    store: OpenUnitOfWork,
) -> None:
    opened(store, registration=HELD, state=State.CERTIFIED)
    opened(store, registration=HELD, state=State.EXPIRED, enterprise="0123456749")
    last, day = HELD.valid_until, timedelta(days=1)
    with store(reading=True) as uow:
        assert uow.expiring(last, last) == 1
        assert uow.expiring(last - day, last) == uow.expiring(last, last + day) == 1
        assert uow.expiring(last - day, last - day) == uow.expiring(last + day, last + day) == 0
