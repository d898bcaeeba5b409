"""`kmop demo` as a person runs it, and the portfolio that `kmop up --demo` begins with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.cli import demo
from kmop_lifecycle.service.verify import verify
from kmop_lifecycle.settings import load_settings
from tests.stories import ROOT


@pytest.mark.prefect
def test_five_years_pass_and_nothing_is_left_behind(tmp_path):
    # Traced by coverage, five years take three times as long.
    ours = ("PREFECT_", "COVERAGE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment |= {"TMPDIR": str(tmp_path), "KMOP_CONFIG_DIR": str(ROOT / "config")}
    done = subprocess.run(
        [sys.executable, "-c", "from kmop_lifecycle.cli import main; main()", "demo", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    show = json.loads(done.stdout)
    assert sum(show["cases_by_state"].values()) > 520
    ladders = {"follow_up", "renewal", "waiting", "lead_time", "step"}
    assert ladders <= set(show["notices_by_ladder"])
    assert len(show["swept_by_the_flow"]) == 6
    assert show["mails_received"] > 0
    assert len(show["next_dates"]) == 10
    assert "Subject:" in show["letter"]
    assert list(tmp_path.iterdir()) == []


def test_the_portfolio_fills_an_empty_database_up_to_today_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("KMOP_DATABASE_URL", f"sqlite:///{tmp_path}/demo.sqlite3")
    settings = load_settings()
    bootstrap.prepare_database(settings)
    house = bootstrap.house(settings)
    object.__setattr__(house, "clock", SimulatedClock(date(2026, 2, 20)))

    assert demo.fill(house) is True
    with house.store(reading=True) as uow:
        counts = uow.counts()
    assert {"applied", "prepared", "certified"} <= set(counts["state"])
    assert {"due", "sent"} <= set(counts["outcome"])
    assert verify(house).breaches == []
    assert demo.fill(house) is False
