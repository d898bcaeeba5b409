"""A sweep by plan writes the rows that deciding case by case writes, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain import passing
from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.rulebook import RuleBook, Term
from kmop_lifecycle.service.fire import fire
from kmop_lifecycle.service.house import House, Limits
from kmop_lifecycle.service.ports import OpenUnitOfWork
from kmop_lifecycle.service.sweep import sweep
from tests.lives import BEGIN, Lives, OneByOne, random_rules, record, told
from tests.stories import shipped_rules, with_rules
from tests.storing import at_once

YEAR_LATER = BEGIN + timedelta(days=370)


def _house(store: OpenUnitOfWork, rules: RuleBook) -> tuple[House, object]:
    house, clock = rehearsal(rules)
    clock.set(BEGIN)
    return replace(house, store=store, limits=Limits(sweep_chunk=7)), clock


def _live_twice(store: OpenUnitOfWork, rules: RuleBook, seed: int, cases: int, steps: int) -> int:
    """Tell the same lives to a house that sweeps by plan and to one that does not."""
    lives = Lives(seed, cases)
    (house, clock), (other, other_clock) = (
        _house(store, rules),
        _house(OneByOne(MemoryStore()), rules),
    )
    swept = 0
    for command in lives.openings():
        answers = [told(house, command), told(other, command)]
        assert answers[0] == answers[1]
        lives.numbers += [answers[0]] if "-" in answers[0] else []
    for _ in range(steps):
        for _ in range(lives.rng.randint(0, 2 * cases)):
            if (command := lives.step(other)) is not None:
                answers = [told(house, command), told(other, command)]
                assert answers[0] == answers[1]
                new = "-" in answers[0] and answers[0] not in lives.numbers
                lives.numbers += [answers[0]] if new else []
        today = lives.pass_time()
        clock.set(today)
        other_clock.set(today)
        one, two = sweep(house, today), sweep(other, today)
        swept += one.cases
        assert (one.cases, one.moved, one.failed) == (two.cases, two.moved, two.failed)
        # A ladder that comes back in a later state is counted again, though not written again.
        assert rules is not shipped_rules() or one == two
        assert record(house.store) == record(other.store)
    return swept


@given(seed=st.integers(0, 10**9), shipped=st.booleans())
def test_alike_cases_are_swept_as_each_would_be(seed, shipped):
    rules = shipped_rules() if shipped else random_rules(Random(seed))
    _live_twice(MemoryStore(), rules, seed, cases=5, steps=8)


@pytest.mark.parametrize("seed", range(4))
def test_every_store_writes_the_same_rows(store, seed):
    rules = random_rules(Random(seed)) if seed % 2 else shipped_rules()

    assert _live_twice(store, rules, seed, cases=25, steps=12) > 50


def _portfolio(store: OpenUnitOfWork, cases: int) -> House:
    """A house in which so many cases have something due a year later."""
    house, clock = _house(store, shipped_rules())
    for command in Lives(3, cases).openings():
        fire(house, command)
    clock.set(YEAR_LATER)
    return house


def test_any_number_of_sweeps_at_once_write_everything_once(store):
    house = _portfolio(store, 60)
    alone = _portfolio(OneByOne(MemoryStore()), 60)
    cases = sweep(alone, YEAR_LATER).cases
    reports = at_once(*[partial(sweep, house, YEAR_LATER)] * 4)

    assert record(house.store) == record(alone.store)
    assert sum(report.cases for report in reports) == cases > 50
    assert [report.failed for report in reports] == [[]] * 4


def test_what_somebody_else_has_locked_is_swept_in_the_end(postgres_url):
    engine = make_engine(postgres_url)
    house = _portfolio(open_store(engine), 20)
    with ThreadPoolExecutor() as pool:
        with house.store() as uow:
            due = uow.due(YEAR_LATER)
            held = uow.take(due[3:5], YEAR_LATER)
            with house.store() as other:
                passed_by = other.take(other.due(YEAR_LATER), YEAR_LATER, wait=False)
            sweeping = pool.submit(sweep, house, YEAR_LATER)
        report = sweeping.result()
    engine.dispose()

    assert len(held) == 2
    assert len(passed_by) == len(due) - 2
    assert report.cases == len(due)


def test_another_rule_book_does_not_take_over_what_was_planned_under_the_old_one(store):
    house = _portfolio(store, 20)
    other = _portfolio(OneByOne(MemoryStore()), 20)
    later = with_rules(shipped_rules(), lapse=Term(Period(11, "m")))
    for each in (house, other):
        sweep(replace(each, rules=replace(later, fingerprint="later")), YEAR_LATER)

    assert record(house.store) == record(other.store)


def test_a_rule_that_reads_what_time_does_not_see_is_asked_case_by_case(
    store, monkeypatch, caplog
):
    house = _portfolio(store, 20)
    clock = passing.catch_up

    def curious(case, rules, today):
        return clock(case, rules, today) if case.kmop_files >= 0 else []

    monkeypatch.setattr(passing, "catch_up", curious)
    report = sweep(house, YEAR_LATER)

    assert report.cases > 15
    assert report.failed == []
    assert "swept one by one: Unseen" in caplog.text
