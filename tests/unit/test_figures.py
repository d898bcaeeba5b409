"""What an installation is watched by: counts that are right, and never a name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kmop_lifecycle.adapters.exposition import exposed, put_whole
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.service.figures import Figures, figures
from kmop_lifecycle.service.sweep import sweep
from tests.fakes import Office

SEEN = Figures(
    cases={"certified": 3, "applied": 1},
    notices={"due": 2, "dead": 1},
    overdue={"waiting": 1, "lead_time": 0},
    expiring={30: 0, 90: 2, 180: 3},
    oldest_due_days=2,
    swept_on=date(2026, 1, 2),
)


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_every_figure_is_a_metric_that_a_parser_reads():
    assert samples(exposed(SEEN)) == {
        ("kmop_oldest_due_seconds",): 172_800,
        ("kmop_sweep_last_success",): 1_767_312_000,
        ("kmop_notices", "due"): 2,
        ("kmop_notices", "dead"): 1,
        ("kmop_cases", "certified"): 3,
        ("kmop_cases", "applied"): 1,
        ("kmop_overdue", "waiting"): 1,
        ("kmop_overdue", "lead_time"): 0,
        ("kmop_expiring", "30"): 0,
        ("kmop_expiring", "90"): 2,
        ("kmop_expiring", "180"): 3,
    }


def test_an_empty_register_has_no_backlog_and_no_sweep():
    seen = figures(Office().house)

    assert (seen.oldest_due_days, seen.swept_on) == (0, None)
    assert seen.overdue == {"waiting": 0, "lead_time": 0}
    assert "kmop_sweep_last_success" not in exposed(seen)


def test_a_sweep_leaves_its_day():
    house = Office().house
    sweep(house, house.clock.today())

    assert figures(house).swept_on == house.clock.today()


def test_a_file_is_written_whole_and_for_others_to_read(tmp_path: Path):
    file = tmp_path / "kmop.prom"
    put_whole("old\n", file)
    put_whole("new\n", file)

    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"kmop\.prom cannot be written"):
        put_whole("new\n", tmp_path / "none" / "kmop.prom")
