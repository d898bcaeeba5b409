"""Boards drawn by likeness are those drawn case by case, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import Mode, Term, Window
from kmop_lifecycle.service import drawing
from kmop_lifecycle.service.boards import draw_up
from kmop_lifecycle.service.figures import figures
from kmop_lifecycle.service.fire import Command
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.sweep import sweep
from tests.lives import BEGIN, Lives, enterprise, random_rules, told
from tests.one_by_one import all_boards, overdue_cases
from tests.stories import adoption, application, shipped_rules, with_rules

GUIDED = frozenset(Trigger) - {Trigger.LIFT, Trigger.REQUEST_AUDIT}


class Counting:
    """A store that notes which cases are read."""

    def __init__(self, store) -> None:
        self._store, self.read = store, []

    def __call__(self, *, reading: bool = False):
        uow = self._store(reading=reading)
        get_many = uow.get_many

        def noted(numbers):
            self.read += numbers
            return get_many(numbers)

        uow.get_many = noted
        return uow


def _same(house: House, today, most: int) -> None:
    """Say that both ways draw the same, whole or only the first rows."""
    drawn, wanted = draw_up(house, today, GUIDED, most), all_boards(house, today, GUIDED)
    assert drawn.hands.rows == wanted["hands"][: drawing.MOST]
    assert drawn.hands.total == len(wanted["hands"])
    assert drawn.awaiting.rows == wanted["awaiting"][:most]
    assert drawn.awaiting.total == len(wanted["awaiting"])
    rows = [(one.date.on, one.standing.number, one.date.name) for one in drawn.coming.rows]
    assert rows == wanted["coming"][: drawing.MOST]
    assert all(one.date in one.standing.card.dates for one in drawn.coming.rows)
    assert drawn.coming.total == len(wanted["coming"])
    assert drawn.months == wanted["months"]
    stages = [(one.state, one.cases, one.median_days, one.overdue) for one in drawn.stages]
    assert stages == wanted["stages"]
    assert [(one.days, one.median) for one in drawn.clocks] == wanted["clocks"]
    assert figures(house).overdue == overdue_cases(house)  # the same way of asking


def _live(store, rules, seed: int, cases: int, steps: int) -> House:
    """Live, and look at the boards before each sweep, after it, and on days around it."""
    lives = Lives(seed, cases)
    house, clock = rehearsal(rules)
    house = replace(house, store=store)
    clock.set(BEGIN)
    answers = [told(house, command) for command in lives.openings()]
    lives.numbers = [answer for answer in answers if "-" in answer]
    for _ in range(steps):
        for _ in range(lives.rng.randint(0, 2 * cases)):
            if (command := lives.step(house)) is not None:
                answer = told(house, command)
                lives.numbers += [answer] if "-" in answer and answer not in lives.numbers else []
        _same(house, lives.today, most=3)
        today = lives.pass_time()
        clock.set(today)
        _same(house, today, most=2)
        sweep(house, today)
        for days in (0, 1, 40):
            _same(house, today + timedelta(days=days), most=days)
    return house


def _applying(n: int) -> Command:
    data = application(enterprise_number=enterprise(n))
    return Command(Trigger.SUBMIT, Actor.parse("provider:acme"), data=data)


@pytest.fixture
def short_lists(monkeypatch):
    """Make lists so short that random portfolios overflow them."""
    monkeypatch.setattr(drawing, "MOST", 4)


@given(seed=st.integers(0, 10**9), shipped=st.booleans())
def test_boards_by_likeness_are_those_of_each_case(short_lists, seed, shipped):
    rules = shipped_rules() if shipped else random_rules(Random(seed))
    _live(MemoryStore(), rules, seed, cases=6, steps=6)


@pytest.mark.parametrize("seed", range(4))
def test_every_store_draws_the_same_boards(store, short_lists, seed):
    rules = random_rules(Random(seed)) if seed % 2 else shipped_rules()
    _live(store, rules, seed, cases=25, steps=8)


@pytest.mark.parametrize("seed", range(3))
def test_what_another_rule_book_or_program_left_is_drawn_alike(store, short_lists, seed, caplog):
    house = _live(store, shipped_rules(), seed, cases=20, steps=4)
    today = house.clock.today()
    later = with_rules(
        shipped_rules(),
        lapse=Term(Period(11, "m")),
        waiting=Window(Period(4, "w"), Period(5, "w"), Mode.BLOCK, Mode.ESCALATE),
    )
    for days in (0, 1, 20):
        other = replace(house, rules=replace(later, fingerprint="later"))
        _same(other, today + timedelta(days=days), most=3)
        sweep(other, today)  # some of them are now planned under the other book
        _same(other, today + timedelta(days=days), most=3)
    for other_program in (False, True):
        with house.store() as uow:
            for number in uow.numbers("", 10**6):
                likeness = f"any {uow.get(number).state}" if other_program else ""
                uow.set_dues(number, uow.dues(number), likeness)
            uow.commit()
        for days in (0, 1, 20):
            _same(house, today + timedelta(days=days), most=3)
    assert "stands otherwise" not in caplog.text


def test_a_rule_book_that_moves_a_case_before_its_latest_step_is_asked_case_by_case(store):
    house, clock = rehearsal(shipped_rules())
    house = replace(house, store=store)
    clock.set(BEGIN)
    for n, left in enumerate((300, 100)):  # the follow-up of the second has begun
        dates = {"valid_from": "2025-01-05", "valid_until": str(BEGIN + timedelta(days=left))}
        data = adoption(kind="starter", enterprise_number=enterprise(n), **dates)
        told(house, Command(Trigger.ADOPT, Actor.parse("admin:r"), data=data))
    sweep(house, BEGIN)
    sooner = with_rules(shipped_rules(), follow_up_opens=Term(Period(11, "m")))
    later = replace(house, rules=replace(sooner, fingerprint="later"))
    today = BEGIN + timedelta(days=3)
    _same(later, today, most=3)
    stages = [(one.state, one.cases, one.median_days) for one in draw_up(later, today).stages]
    assert stages == [(State.CERTIFIED, 1, None), (State.FOLLOW_UP, 1, 3)]


def test_a_likeness_that_is_wrong_is_found_out_where_it_shows(store, caplog):
    house, clock = rehearsal(shipped_rules())
    house = replace(house, store=store)
    numbers = []
    for n, days in enumerate((0, 20)):
        clock.set(BEGIN + timedelta(days=days))
        data = application(enterprise_number=enterprise(n))
        numbers.append(
            told(house, Command(Trigger.SUBMIT, Actor.parse("provider:acme"), data=data))
        )
    today = BEGIN + timedelta(days=21)
    _same(house, today, most=3)
    assert caplog.messages == []
    with store() as uow:
        [first, _] = sorted(uow.alikes({State.APPLIED}), key=lambda one: one.sample)
        uow.set_dues(numbers[1], uow.dues(numbers[1]), first.likeness)
        uow.commit()

    _same(house, today, most=3)
    assert f"{numbers[1]} stands otherwise than its likeness says" in caplog.text


@pytest.mark.parametrize("book", ["", "of later days"])
def test_no_case_is_read_that_is_alike_and_not_shown(short_lists, book):
    reads = []
    for cases in (20, 60):
        house, clock = rehearsal(shipped_rules())
        counting = Counting(MemoryStore())
        house = replace(house, store=counting)
        clock.set(BEGIN)
        for n in range(cases):
            told(house, _applying(n))
        counting.read.clear()
        rules = replace(house.rules, fingerprint=book or house.rules.fingerprint)
        draw_up(replace(house, rules=rules), BEGIN, GUIDED, 3)
        reads.append(len(counting.read))
    assert reads == [1 + 4, 1 + 4]  # the sample, and the rows of the longest list
