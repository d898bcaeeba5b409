"""Whatever a case, a party or an event holds comes back exactly as it went."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.adapters.store.json_text import to_json
from kmop_lifecycle.adapters.store.rows import case_to_row
from kmop_lifecycle.domain.case import (
    Audit,
    Case,
    Concern,
    Contact,
    Exemption,
    Measure,
    Party,
    Pause,
    Registration,
    Rejection,
    Suspension,
)
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.rulebook import Kind, Service
from kmop_lifecycle.service.ports import Answer, OpenUnitOfWork
from tests import make
from tests.make import NOW, TODAY

# All of Unicode but what Postgres and UTF-8 cannot hold: zero and half characters.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
DAYS = st.dates()
WHOLE = st.integers(0, 2**31 - 1)  # what an integer column holds
NAMES = st.frozensets(TEXT, max_size=4)
STATES = st.sampled_from(State)
SERVICES = st.sampled_from(Service)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def few(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


AUDITS = st.builds(
    Audit,
    visit_on=maybe(DAYS),
    auditor=TEXT,
    closed_on=maybe(DAYS),
    auditors=NAMES,
    committee=NAMES,
    scores=st.dictionaries(TEXT, TEXT, max_size=4),
    hours=maybe(st.floats(allow_nan=False, allow_infinity=False)),
    verdict=TEXT,
    measures=few(st.builds(Measure, TEXT, DAYS, TEXT)),
)
REGISTRATIONS = st.builds(
    Registration,
    DAYS,
    DAYS,
    DAYS,
    two_year_on=maybe(DAYS),
    condition_due=maybe(DAYS),
    numbers=st.dictionaries(SERVICES, TEXT),
)
CASES = st.builds(
    make.case,
    enterprise=TEXT,
    kind=st.sampled_from(Kind),
    services=st.dictionaries(SERVICES, few(TEXT)),
    bureau=TEXT,
    applied_on=DAYS,
    rules_on=DAYS,
    state=STATES,
    version=WHOLE,
    last_on=DAYS,
    first_time=st.booleans(),
    active_since=maybe(DAYS),
    kmop_files=WHOLE,
    exemption=maybe(st.builds(Exemption, TEXT, TEXT, DAYS)),
    pauses=few(st.builds(Pause, DAYS, maybe(DAYS))),
    audits=few(AUDITS, least=1),
    registration=maybe(REGISTRATIONS),
    suspension=maybe(st.builds(Suspension, DAYS, DAYS, STATES)),
    rejection=maybe(st.builds(Rejection, DAYS, st.booleans(), STATES)),
    ended_on=maybe(DAYS),
    renews=maybe(TEXT),
    involved=NAMES,
    provider_side=NAMES,
)
PEOPLE = st.builds(Contact, TEXT, TEXT, TEXT, few(TEXT), st.sampled_from(Concern), few(TEXT))
PARTIES = st.builds(
    Party,
    TEXT,
    TEXT,
    iban=TEXT,
    establishment_units=few(TEXT),
    contact=PEOPLE,
    contacts=few(PEOPLE),
)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FACTS = st.dictionaries(TEXT, JSON, max_size=4)


@given(case=CASES, party=PARTIES, facts=FACTS, warnings=few(TEXT))
def test_what_is_recorded_comes_back(
    store: OpenUnitOfWork, case: Case, party: Party, facts: dict, warnings: tuple
) -> None:
    with store() as uow:
        opened = replace(case, number=uow.allocate(TODAY))
        event = make.event(case=opened.number, facts=facts, warnings=warnings)
        change = replace(make.opening(opened.number), after=opened, event=event, party=party)
        uow.record(change, NOW)
        back = uow.get(opened.number)
        assert back == opened
        assert type(back.audits[0].auditors) is frozenset
        assert list(back.services) == list(opened.services)
        assert uow.party(party.enterprise) == party
        assert uow.history(opened.number)[0].event == event


@given(body=FACTS)
def test_what_is_remembered_comes_back(store: OpenUnitOfWork, body: dict) -> None:
    with store() as uow:
        uow.remember("key", Answer("hash", body), NOW)
        assert uow.answer("key") == Answer("hash", body)


@given(names=st.permutations(["an", "bo", "cé", "di", "ed"]))
def test_equal_cases_are_equal_texts(names: list[str]) -> None:
    one = make.case(involved=frozenset(names), audits=(Audit(committee=frozenset(names)),))
    two = make.case(involved=frozenset(sorted(names)), audits=(Audit(committee=one.involved),))
    assert to_json(case_to_row(one)["facts"]) == to_json(case_to_row(two)["facts"])


def test_a_successor_is_another_case_s_business() -> None:
    assert "successor" not in case_to_row(make.case())["facts"]


def test_what_is_no_json_is_refused(store: OpenUnitOfWork) -> None:
    with store() as uow, pytest.raises(TypeError, match="no JSON value"):
        uow.remember("key", Answer("hash", {"x": object()}), NOW)
