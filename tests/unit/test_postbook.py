"""Where bureaus, auditors and the authority are reached."""

from __future__ import annotations

from datetime import date

import pytest

from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.adapters.postbook import RulePostbook
from tests.stories import shipped_rules


@pytest.fixture
def book():
    clock = SimulatedClock(date(2026, 1, 5))
    return RulePostbook(shipped_rules(), clock, "vlaio@overheid.example", "beheer@kmop.example")


@pytest.mark.parametrize(
    ("recipient", "address", "name"),
    [
        ("bureau:DNV", "kmop@dnv.example", "DNV"),
        ("bureau:vincotte", "kmop@vincotte.example", "Vinçotte"),
        ("bureau:AB Qfor", "kmop@certup.example", "CertUp"),  # its former name
        ("bureau:BCC", "kmop@bcc.example", "BCC"),  # appointed until 2024, its cases run on
        ("auditor:griet.voorbeeld", "griet.voorbeeld@dnv.example", "griet.voorbeeld"),
        ("authority", "vlaio@overheid.example", ""),
        ("admin", "beheer@kmop.example", ""),
    ],
)
def test_who_is_listed_is_reached(book, recipient, address, name):
    found = book.address(recipient)
    assert found is not None
    assert (found.address, found.name) == (address, name)


@pytest.mark.parametrize("recipient", ["bureau:Nobody", "bureau:", "auditor:an", "committee", ""])
def test_who_is_not_listed_has_no_address(book, recipient):
    assert book.address(recipient) is None


def test_a_bureau_appointed_later_is_not_known_yet():
    clock = SimulatedClock(date(2023, 12, 31))
    assert RulePostbook(shipped_rules(), clock, "", "").address("bureau:LRQA") is None
