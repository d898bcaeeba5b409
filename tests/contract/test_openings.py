"""Cases opened together: the same rows and the same answers as one after the other."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain.case import Actor, Due
from kmop_lifecycle.domain.errors import ChangedMeanwhile, Code, LifecycleError, Refused
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.service.admission import Admitted, admit
from kmop_lifecycle.service.answers import Answered
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.openings import Answer, Opening
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests import make
from tests.make import NOW, TODAY
from tests.postgres import Server
from tests.stories import adoption, application, shipped_rules
from tests.storing import at_once, opened

FIRMS = ("0566.988.259", "0400.000.086", "BE 0400000185", "12")
BY = Actor.parse("admin:els")
START = date(2026, 6, 15)
_NUMBER = re.compile(r"\d{4}-\d{6}")


def test_numbers_go_up_and_carry_their_years(store: OpenUnitOfWork) -> None:
    days = [date(year, 5, 1) for year in (2027, 2026, 2027)]
    with store() as uow:
        one, two, three = uow.allocate_each(days)
        four = uow.allocate(days[0])
    assert [one[:4], two[:4], three[:4]] == ["2027", "2026", "2027"]
    assert [int(number[5:]) for number in (one, two, three, four)] == [1, 2, 3, 4]


def test_nothing_is_asked_for_nothing(store: OpenUnitOfWork) -> None:
    with store() as uow:
        assert (uow.allocate_each([]), uow.answers_to([]), uow.cases_around([])) == ([], {}, {})


def test_every_enterprise_is_told_with_all_its_cases(store: OpenUnitOfWork) -> None:
    one, two = opened(store), opened(store)
    opened(store, enterprise="0123456749")
    with store() as uow:
        found = uow.cases_around([make.ENTERPRISE, "0999999922"])
    assert found == {make.ENTERPRISE: [one.number, two.number], "0999999922": []}


def _opening(number: str, key: str = "", **overrides: Any) -> Opening:
    change = make.opening(number, **overrides)
    return Opening(change, [Due("lapse", TODAY)], "alike", key, Answer("hash", {"case": number}))


def test_what_is_opened_stands_with_all_that_belongs_to_it(store: OpenUnitOfWork) -> None:
    with store() as uow:
        first, second = uow.allocate_each([TODAY, TODAY])
        told = make.notice(case=first)
        uow.open_cases([_opening(first, "k1", notices=[told]), _opening(second)], NOW)
        uow.commit()
    with store(reading=True) as uow:
        assert [uow.get(n).number for n in (first, second)] == [first, second]
        assert [len(uow.history(n)) for n in (first, second)] == [1, 1]
        assert uow.ledger([first, second]) == {first: {told.key}, second: frozenset()}
        assert uow.dues(first) == uow.dues(second) == [Due("lapse", TODAY)]
        assert uow.answers_to(["k1", "k2"]) == {"k1": Answer("hash", {"case": first})}


@pytest.mark.parametrize("twice", ["case", "key"])
def test_what_another_writer_opened_or_answered_is_told(store: OpenUnitOfWork, twice: str) -> None:
    with store() as uow:
        first, second = uow.allocate_each([TODAY, TODAY])
        uow.open_cases([_opening(first, "k1")], NOW)
        uow.commit()
    again = {"case": _opening(first, "k2"), "key": _opening(second, "k1")}[twice]
    with store() as uow, pytest.raises(ChangedMeanwhile):
        uow.open_cases([again, _opening("2026-000777", "k7")], NOW)
    with store(reading=True) as uow:
        assert uow.numbers("", 9) == [first]


def test_openings_of_one_enterprise_wait_for_each_other(store: OpenUnitOfWork) -> None:
    def submit() -> int:
        with store() as uow:
            known = len(uow.cases_around([make.ENTERPRISE, "0123456749"])[make.ENTERPRISE])
            if not known:
                uow.open_cases([_opening(*uow.allocate_each([TODAY]))], NOW)
                uow.commit()
        return known

    assert sorted(at_once(*[submit] * 4)) == [0, 1, 1, 1]


def test_those_who_open_one_by_one_wait_for_those_who_open_many(store: OpenUnitOfWork) -> None:
    def single() -> int:
        with store() as uow:
            known = len(uow.neighbours(make.ENTERPRISE))
            if not known:
                uow.record(make.opening(uow.allocate(TODAY)), NOW)
                uow.commit()
        return known

    def many() -> int:
        with store() as uow:
            known = len(uow.cases_around([make.ENTERPRISE])[make.ENTERPRISE])
            if not known:
                uow.open_cases([_opening(*uow.allocate_each([TODAY]))], NOW)
                uow.commit()
        return known

    assert sorted(at_once(single, many, single, many)) == [0, 1, 1, 1]


# Together or apart

rows = st.fixed_dictionaries(
    {"enterprise_number": st.sampled_from(FIRMS)},
    optional={
        "services": st.sampled_from(
            [{"training": ["innovatie"]}, {"advice": ["cybersecurity"]}, {"training": ["tuin"]}]
        ),
        "kind": st.sampled_from(["starter", "renewal", "nonsense"]),
        "renews": st.sampled_from(["2026-000001", "2025-000900"]),
        "iban": st.just("BE00"),
        "name": st.sampled_from(["Acme II", ""]),
        "nobody_reads": st.just(1),
    },
)
commands = st.builds(
    lambda row, adopting, days, key, quiet: Command(
        Trigger.ADOPT if adopting else Trigger.SUBMIT,
        BY,
        on=START - timedelta(days=days),
        data=(adoption if adopting else application)(**row),
        key=key,
        quiet=quiet,
    ),
    rows, st.booleans(), st.integers(-1, 40), st.sampled_from(["", "", "k1", "k2"]), st.booleans(),
)  # fmt: skip


def _house(store: OpenUnitOfWork) -> House:
    """A house with one running registration that can be renewed."""
    built, clock = rehearsal(shipped_rules())
    clock.set(START)
    house = replace(built, store=store)
    fire(house, Command(Trigger.ADOPT, BY, data=adoption(enterprise_number=FIRMS[0])))
    return house


def _one_by_one(house: House, asked: Sequence[Command]) -> list[object]:
    def outcome(command: Command) -> object:
        try:
            return fire(house, command)
        except LifecycleError as refusal:
            return refusal

    return [outcome(command) for command in asked]


def _together(house: House, asked: Sequence[Command]) -> list[object]:
    with house.store() as uow:
        outcomes = admit(house, uow, asked)
        uow.commit()
    return [one.answered if isinstance(one, Admitted) else one for one in outcomes]


def _said(outcomes: Sequence[object], names: dict[str, str]) -> list[str]:
    return [_by_firm(f"{type(one).__name__} {one}", names) for one in outcomes]


def _by_firm(text: str, names: dict[str, str]) -> str:
    """Numbers are given in another order where one firm comes twice."""
    return _NUMBER.sub(lambda found: names.get(found[0], found[0]), text)


def _left(store: OpenUnitOfWork) -> tuple[dict[str, str], list[str]]:
    """Return what each case is called, and all that is stored of it."""
    names: dict[str, str] = {}
    with store(reading=True) as uow:
        cases = uow.get_many(uow.numbers("", 1_000))
        for case in cases:
            nth = sum(name.startswith(case.enterprise) for name in names.values())
            names[case.number] = f"{case.enterprise}/{nth}"
        told = [
            (case, uow.history(case.number), uow.dues(case.number), uow.party(case.enterprise),
             sorted(uow.ledger([case.number])[case.number]))
            for case in cases
        ]  # fmt: skip
        told.append(sorted(uow.answers_to(["k1", "k2"]).items()))
    return names, sorted(_by_firm(repr(one), names) for one in told)


def _compare(make_store: Callable[[], OpenUnitOfWork], asked: Sequence[Command]) -> None:
    ends = []
    for way in (_one_by_one, _together):
        store = make_store()
        outcomes = way(_house(store), asked)
        names, rows = _left(store)
        ends.append((_said(outcomes, names), rows))
    assert ends[0] == ends[1]


many = st.lists(commands, min_size=2, max_size=8)


@settings(max_examples=100)
@given(many)
def test_together_is_as_one_after_the_other(asked: list[Command]) -> None:
    _compare(MemoryStore, asked)


def test_an_adoption_that_renews_nobodys_case_is_refused_and_spoils_no_other() -> None:
    """What a row names must be there before anything is written of it."""
    house = _house(MemoryStore())
    ghost = adoption(enterprise_number=FIRMS[1], kind="renewal", renews="2026-000777")
    right = adoption(enterprise_number=FIRMS[2])
    one, two = _together(house, [Command(Trigger.ADOPT, BY, data=d) for d in (ghost, right)])
    assert isinstance(one, Refused)
    assert (one.refusal, "data.renews" in one.message) == (Code.INVALID_APPLICATION, True)
    assert isinstance(two, Answered)
    assert (two.case, two.state) == ("2026-000003", State.CERTIFIED)
    with house.store(reading=True) as uow:
        assert uow.numbers("", 9) == ["2026-000001", "2026-000003"]


@contextmanager
def _opened_on(url: str) -> Iterator[OpenUnitOfWork]:
    engine = make_engine(url)
    try:
        yield open_store(engine)
    finally:
        engine.dispose()


@settings(max_examples=20)
@given(asked=many)
def test_so_it_is_on_sqlite(sqlite_url: str, asked: list[Command]) -> None:
    template = Path(sqlite_url.removeprefix("sqlite:///"))
    with ExitStack() as stack:

        def fresh() -> OpenUnitOfWork:
            copy = shutil.copy(template, stack.enter_context(TemporaryDirectory()))
            return stack.enter_context(_opened_on(f"sqlite:///{copy}"))

        _compare(fresh, asked)


@pytest.mark.postgres
@settings(max_examples=10)
@given(asked=many)
def test_so_it_is_on_postgres(postgres_server: Server, asked: list[Command]) -> None:
    with ExitStack() as stack:

        def fresh() -> OpenUnitOfWork:
            url = stack.enter_context(postgres_server.database())
            return stack.enter_context(_opened_on(url))

        _compare(fresh, asked)
