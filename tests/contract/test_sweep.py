"""A sweep by plan writes the rows that deciding case by case writes, on every store."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House, Limits
from kmop_lifecycle.service.ports import OpenUnitOfWork
from kmop_lifecycle.service.sweep import sweep
from tests.lives import BEGIN, Lives, OneByOne, random_rules, record, told
from tests.stories import shipped_rules


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
