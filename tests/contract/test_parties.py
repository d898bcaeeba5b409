"""Providers' people and the record of their changes: the same on memory, SQLite and Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from kmop_lifecycle.adapters.store.rows import party_from_row
from kmop_lifecycle.domain.case import Actor, Concern, Contact
from kmop_lifecycle.domain.contacts import added
from kmop_lifecycle.domain.errors import ChangedMeanwhile
from kmop_lifecycle.service.contacts import change, look_up
from kmop_lifecycle.service.ports import OpenUnitOfWork, PartyChange
from tests import make
from tests.fakes import Office
from tests.make import ENTERPRISE, NOW
from tests.storing import at_once, opened

ANN = Contact("Ann", "ann@acme.example", "fr", ("", "json://x"), Concern.AUDIT, ("renewal",))


def entry(seq: int, what: str = "added contact 2") -> PartyChange:
    return PartyChange(seq, NOW, "admin:els", what)


def changed(store: OpenUnitOfWork, change: PartyChange, **party: object) -> None:
    with store() as uow:
        uow.change_party(make.party(**party), change)
        uow.commit()


def test_a_change_replaces_the_party_and_is_recorded(store: OpenUnitOfWork) -> None:
    opened(store, party=make.party())
    brussels = datetime.fromisoformat("2026-07-01T12:00:00+02:00")
    changed(store, replace(entry(1), at=brussels), contacts=(ANN,))
    changed(store, entry(2, "removed contact 2"))
    changed(store, entry(3), contacts=(ANN,))
    with store(reading=True) as uow:
        assert uow.party(ENTERPRISE) == make.party(contacts=(ANN,))
        record = uow.party_changes(ENTERPRISE)
        assert record == [
            replace(entry(1), at=brussels), entry(2, "removed contact 2"), entry(3),
        ]  # fmt: skip
        assert record[0].at.utcoffset() is not None
        assert uow.party_changes("0403019261") == []


def test_a_change_not_committed_never_was(store: OpenUnitOfWork) -> None:
    opened(store, party=make.party())
    with store() as uow:
        uow.change_party(make.party(name="Other"), entry(1))
    with store(reading=True) as uow:
        assert uow.party(ENTERPRISE) == make.party()
        assert uow.party_changes(ENTERPRISE) == []


def test_the_same_place_in_the_record_is_not_written_twice(store: OpenUnitOfWork) -> None:
    opened(store, party=make.party())
    changed(store, entry(1), contacts=(ANN,))
    with pytest.raises(ChangedMeanwhile):
        changed(store, entry(1), name="Other")
    with store(reading=True) as uow:
        assert uow.party(ENTERPRISE) == make.party(contacts=(ANN,))


def test_a_new_case_keeps_the_people_and_their_wishes(store: OpenUnitOfWork) -> None:
    opened(store, party=make.party())
    changed(store, entry(1), contacts=(ANN,))
    opened(store, party=make.party(name="Acme NV"))
    with store(reading=True) as uow:
        assert uow.party(ENTERPRISE) == make.party(name="Acme NV", contacts=(ANN,))


def test_two_who_change_at_once_lose_nothing(store: OpenUnitOfWork) -> None:
    opened(store, party=make.party())
    house = replace(Office().house, store=store)

    def adding(n: int):
        person = Contact("Ann", f"ann{n}@acme.example")
        return lambda: change(
            house, ENTERPRISE, Actor.parse("admin:els"), lambda now: added(now, person)
        )

    at_once(*(adding(n) for n in range(4)))
    listed = look_up(house, ENTERPRISE)
    assert {p.email for p in listed.people[1:]} == {f"ann{n}@acme.example" for n in range(4)}
    assert [one.seq for one in listed.changes] == [1, 2, 3, 4]


def test_a_party_stored_before_there_were_further_people_still_loads() -> None:
    old = {
        "enterprise": ENTERPRISE,
        "name": "Acme BV",
        "iban": "",
        "bic": "",
        "establishment_units": [],
        "contact": {"name": "Jo", "email": "jo@acme.example", "language": "nl", "channels": []},
    }
    party = party_from_row(old)
    assert (party.contact.role, party.contact.muted, party.contacts) == (Concern.GENERAL, (), ())
