"""A pin that is no longer needed is found: what Prefect's own metadata says decides."""

from __future__ import annotations

import tomllib
from importlib.metadata import requires, version

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.stories import ROOT


def of(lines: list[str]) -> dict[str, SpecifierSet]:
    wanted = [Requirement(line) for line in lines]
    return {
        one.name.lower(): one.specifier
        for one in wanted
        if one.marker is None or one.marker.evaluate({"extra": ""})
    }


OURS = of(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
PREFECTS = of(requires("prefect") or [])


@pytest.mark.parametrize(("name", "breaking"), [("fastapi", "0.151.0"), ("sqlalchemy", "2.1.0")])
def test_a_version_that_breaks_prefect_is_kept_out_by_us_alone(name, breaking):
    assert not OURS[name].contains(breaking)
    # Once this fails Prefect keeps it out by itself: drop our pin.
    assert PREFECTS[name].contains(breaking)


def test_apprise_stays_below_two_for_as_long_as_prefect_asks_for_that():
    assert not OURS["apprise"].contains("2.0.0")
    # Once this fails the resolver no longer falls back to Prefect 2: drop our pin.
    assert not PREFECTS["apprise"].contains("2.0.0")


def test_prefect_is_of_the_series_that_the_pins_are_for():
    assert version("prefect").startswith("3.8.")
    assert not OURS["prefect"].contains("3.9.0")
