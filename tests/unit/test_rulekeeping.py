"""A rule in force is never changed in silence; one to come may still be corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError
from kmop_lifecycle.domain.rulebook import Term
from kmop_lifecycle.service.rulekeeping import accept_rules, keep_rules
from tests.fakes import Office
from tests.stories import shipped_rules, with_rules

BOOK = shipped_rules()
LATER = with_rules(BOOK, lapse=Term(Period(18, "m")))
BY = Actor.parse("admin:els")


def _keep(office, book):
    return keep_rules(office.house.store, book, office.clock)


@pytest.fixture
def office():
    kept = Office().on("2026-01-05")
    assert _keep(kept, BOOK) > 20
    return kept


def _with_version(book, start, **changes):
    """Return a book whose lapse gets another version from a day on."""
    old = book.lapse.versions[-1]
    new = replace(old, start=date.fromisoformat(start), value=Term(Period(18, "m")), **changes)
    return replace(book, lapse=replace(book.lapse, versions=(*book.lapse.versions, new)))


def test_the_same_book_is_kept_once(office):
    assert _keep(office, BOOK) == 0


def test_a_version_in_force_that_reads_otherwise_is_refused(office):
    with pytest.raises(ConfigurationError, match="lapse@2000-01-01 is in force"):
        _keep(office, LATER)


def test_a_version_slipped_in_before_today_is_refused(office):
    with pytest.raises(ConfigurationError, match="lapse@2026-01-01"):
        _keep(office, _with_version(BOOK, "2026-01-01"))


def test_a_version_to_come_is_kept_and_may_be_corrected_until_it_comes(office):
    coming = _with_version(BOOK, "2026-07-01")
    assert _keep(office, coming) == 1
    assert _keep(office, _with_version(BOOK, "2026-07-01", source="better words")) == 0
    office.on("2026-07-02")
    assert _keep(office, coming) == 0
    with pytest.raises(ConfigurationError, match="lapse@2026-07-01"):
        _keep(office, BOOK)


def test_people_meetings_and_addresses_may_change_at_any_time(office):
    free = with_rules(BOOK, sessions=(), auditors=())
    names = tuple(replace(b, email="new@bureau.example") for b in BOOK.bureaus.versions[1].value)
    versions = list(BOOK.bureaus.versions)
    versions[1] = replace(versions[1], value=names)

    assert (
        _keep(office, replace(free, bureaus=replace(BOOK.bureaus, versions=tuple(versions)))) == 0
    )


def test_a_correction_is_accepted_with_a_reason_that_stays_on_record(office):
    store = office.house.store
    with pytest.raises(BadInput):
        accept_rules(store, LATER, office.clock, BY, " ")
    assert accept_rules(store, LATER, office.clock, BY, "a typing error") == ["lapse@2000-01-01"]
    assert _keep(office, LATER) == 0
    with store(reading=True) as uow:
        said = uow.marks()["rule:lapse@2000-01-01"]
    assert said.endswith("accepted by admin:els: a typing error")


def test_a_version_taken_out_with_a_reason_stays_out(office):
    office.on("2026-07-02")
    _keep(office, BOOK)
    later = _with_version(BOOK, "2026-08-01")
    _keep(office, later)
    office.on("2026-08-02")
    accept_rules(office.house.store, BOOK, office.clock, BY, "never was in force")

    assert _keep(office, BOOK) == 0
