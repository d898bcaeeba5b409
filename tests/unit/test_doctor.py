"""The doctor's single examinations, where an installation cannot be made ill on purpose."""

from __future__ import annotations

from datetime import date
from importlib.metadata import PackageNotFoundError

import pytest

from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.cli import examination
from kmop_lifecycle.cli.examination import BROKEN, FINE, NOTE
from kmop_lifecycle.settings import load_settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load_settings(database_url=f"sqlite:///{tmp_path}/kmop.sqlite3")


def versions(monkeypatch, wanted, found):
    def version(name):
        if name in found and found[name] is None:
            raise PackageNotFoundError(name)
        return found.get(name, "1.0")

    monkeypatch.setattr(examination, "requires", lambda _: wanted)
    monkeypatch.setattr(examination, "version", version)
    return [(f.state, f.what) for f in examination._versions()][:-1]


def test_versions_that_break_silently_are_found(monkeypatch):
    wanted = ["fastapi<0.151", "apprise<2,>=1.13", 'mypy>=9; extra == "dev"', "gone>=1"]
    found = {"fastapi": "0.151.2", "apprise": "1.13.1", "gone": None}
    assert versions(monkeypatch, wanted, found) == [
        (BROKEN, "fastapi 0.151.2 does not fit <0.151"),
        (BROKEN, "gone is missing"),
    ]


def test_a_clock_that_has_lost_its_time_is_found(monkeypatch):
    monkeypatch.setattr(examination, "SystemClock", lambda: SimulatedClock(date(1970, 1, 1)))
    assert examination._clock().state == BROKEN


def test_a_day_without_appointed_bureaus_is_noted(settings, monkeypatch):
    monkeypatch.setattr(examination, "SystemClock", lambda: SimulatedClock(date(2029, 2, 1)))
    assert examination._rules(settings).state == NOTE


def test_a_full_disk_is_noted(settings, monkeypatch):
    assert examination._disk(settings).state == FINE
    usage = type("Usage", (), {"free": 2**20})
    monkeypatch.setattr(examination.shutil, "disk_usage", lambda _: usage)
    assert examination._disk(settings).state == NOTE
