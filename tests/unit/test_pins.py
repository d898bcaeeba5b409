"""A pin that is no longer needed is found: what Prefect's own metadata says decides."""

from __future__ import annotations

import re
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


ASKED = re.compile(
    r'^ *"(?P<name>[\w-]+)(?:\[[\w,]+\])?(?P<range>[^"]*)",(?P<why> +# .{12,})?$', re.MULTILINE
)
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
BOUND = re.compile(r"<|==|!=|~=")


def without_a_reason(text: str) -> list[str]:
    """Return which requirements keep versions out and do not say why on their line."""
    return [m["name"] for m in ASKED.finditer(text) if BOUND.search(m["range"]) and not m["why"]]


def test_whoever_keeps_a_version_out_says_why():
    assert without_a_reason(TEXT) == []
    # Each on a line of its own, so that none is overlooked.
    tables = tomllib.loads(TEXT)["project"]
    lists = [tables["dependencies"], *tables["optional-dependencies"].values()]
    bounded = [one for of in lists for one in of if BOUND.search(one)]
    assert len(bounded) == len([m for m in ASKED.finditer(TEXT) if BOUND.search(m["range"])]) > 5


def test_a_bound_without_a_reason_is_found():
    assert without_a_reason('  "prefect>=3.8.8,<3.9",\n  "rich>=14",\n') == ["prefect"]
    assert without_a_reason('  "prefect>=3.8.8,<3.9", # 3.9.0 does not resolve\n') == []
