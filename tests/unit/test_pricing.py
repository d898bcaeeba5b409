"""What an audit costs, to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kmop_lifecycle.domain.pricing import euros, quote, quotes
from kmop_lifecycle.domain.rulebook import Kind
from tests.stories import Story, T, application, applied, shipped_rules

RULES = shipped_rules()


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        ({}, 16),
        ({"kind": "exemption"}, 12),
        ({"kind": "starter", "active_since": "2024-11-01"}, 8),
        ({"services": {"training": ["innovatie"], "advice": ["digitalisering"]}}, 18),
        ({"sites": 3}, 20),
        ({"business_units": 2}, 18),
        ({"kmop_files": 20}, 16),
        ({"kmop_files": 21}, 18),
        ({"kmop_files": 100}, 18),
        ({"kmop_files": 101}, 20),
        ({"kmop_files": 500}, 20),
        ({"kmop_files": 501}, 24),
    ],
)
def test_the_time_grid_counts_kind_services_sites_units_and_files(fields, hours):
    assert quote(applied(**fields).now, RULES).hours == hours


@pytest.mark.parametrize(
    ("hours", "excl", "incl"),
    [(8, "1541.20", "1864.85"), (12, "2311.80", "2797.28"), (16, "3082.40", "3729.70")],
)
def test_amounts_are_rounded_half_up_to_the_cent(hours, excl, incl):
    kind = {8: "starter", 12: "exemption", 16: "basic"}[hours]
    price = quote(applied(kind=kind, active_since="2024-11-01").now, RULES)

    assert (euros(price.excl_cents), euros(price.incl_cents)) == (excl, incl)
    assert price.vat_cents == price.incl_cents - price.excl_cents


def test_sixty_per_cent_is_on_site():
    price = quote(applied().now, RULES)

    assert (price.onsite_hours, price.office_hours) == (Decimal("9.6"), Decimal("6.4"))


def test_the_rate_is_that_of_the_application_date():
    story = Story()
    story.do("2022-12-31", T.SUBMIT, "provider:acme", **application(services={"training": ["x"]}))

    assert quote(story.now, RULES).excl_cents == 16 * 150_00


def test_a_starter_sees_the_second_audit_beside_the_first():
    kinds = [q.kind for q in quotes(applied(kind="starter", active_since="2024-11-01").now, RULES)]

    assert kinds == [Kind.STARTER, Kind.FOLLOW_UP]
    assert [q.kind for q in quotes(applied().now, RULES)] == [Kind.BASIC]
