"""A sweep in parts side by side leaves what one sweep leaves, on every store."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.parts import count, cut, read_report, together
from kmop_lifecycle.service.sweep import sweep
from tests.contract.test_sweep import YEAR_LATER, _portfolio
from tests.lives import OneByOne, record
from tests.storing import at_once


def _limited(house, parts, cases):
    return replace(house, limits=replace(house.limits, parts=parts, part_cases=cases))


def _due(house, within=None):
    with house.store(reading=True) as uow:
        return list(uow.due(YEAR_LATER, within))


def divided(house, parts):
    due = _due(house)
    edges = [len(due) * n // parts for n in range(parts + 1)]
    return [Span(due[a], due[b - 1], b - a) for a, b in pairwise(edges)]


@pytest.mark.parametrize(("parts", "least"), [(1, 1), (3, 1), (4, 20), (7, 7), (64, 1)])
def test_what_is_due_is_cut_into_spans_of_nearly_equal_counts(store, parts, least):
    house = _limited(_portfolio(store, 50), parts, least)
    due = _due(house)
    spans = cut(house, YEAR_LATER)

    assert [i for span in spans for i in _due(house, span)] == due
    sizes = [span.cases for span in spans]
    assert sizes == [count(house, YEAR_LATER, span) for span in spans]
    assert max(sizes) - min(sizes) <= 1
    many = hasattr(house.store, "engine") and house.store.engine.name == "postgresql"
    assert len(spans) == (max(1, min(parts, len(due) // least)) if many else 1)


def test_what_is_small_is_not_cut(store):
    house = _portfolio(store, 20)
    due = len(_due(house))

    assert cut(_limited(house, 4, due + 1), YEAR_LATER) == []
    assert len(cut(_limited(house, 4, due), YEAR_LATER)) == 1
    assert cut(_limited(house, 4, 1), YEAR_LATER.replace(year=2020)) == []


def test_parts_and_a_last_look_leave_what_one_sweep_leaves(store):
    house, alone = _portfolio(store, 60), _portfolio(OneByOne(MemoryStore()), 60)
    whole = sweep(alone, YEAR_LATER)
    spans = divided(house, 3)
    reports = at_once(*[partial(sweep, house, YEAR_LATER, within=span) for span in spans])

    with house.store(reading=True) as uow:
        assert "sweep" not in uow.marks()  # a part does not count as a sweep of its day
    assert [report.cases for report in reports] == [span.cases for span in spans]
    done = together([*reports, sweep(house, YEAR_LATER)])
    assert record(house.store) == record(alone.store)
    assert (done.cases, done.moved, done.notices) == (whole.cases, whole.moved, whole.notices)


def test_a_part_leaves_the_others_alone(store):
    house = _portfolio(store, 30)
    first, *others = divided(house, 3)

    assert sweep(house, YEAR_LATER, within=first).cases == first.cases
    assert [count(house, YEAR_LATER, span) for span in others] == [s.cases for s in others]
    assert count(house, YEAR_LATER, first) == 0


def test_what_a_part_says_is_read_as_it_was():
    report = sweep(_portfolio(MemoryStore(), 30), YEAR_LATER)
    report.failed.append(("2026-000001", "no such bureau"))

    assert read_report(report.as_json()) == report


def test_a_case_that_fails_twice_has_failed_once():
    house = _portfolio(MemoryStore(), 1)
    one, two = (sweep(house, YEAR_LATER) for _ in range(2))
    one.failed.append(("2026-000002", "then"))
    two.failed += [("2026-000002", "now"), ("2026-000001", "now")]

    assert together([one, two]).failed == [("2026-000001", "now"), ("2026-000002", "now")]
