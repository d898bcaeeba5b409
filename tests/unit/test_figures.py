"""What an installation is watched by: counts that are right, and never a name."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from kmop_lifecycle.adapters.exposition import exposed, put_whole, served
from kmop_lifecycle.domain.errors import ConfigurationError, TryAgain
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


@contextmanager
def serving(look):
    with served(look, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_answers_with_the_figures_of_the_moment():
    now = iter([SEEN, replace(SEEN, oldest_due_days=3)])
    with serving(lambda: next(now)) as at:
        read = [requests.get(f"{at}/metrics", timeout=5) for _ in range(2)]

    assert [samples(one.text)["kmop_oldest_due_seconds",] for one in read] == [172_800, 259_200]
    assert read[0].headers["Content-Type"].startswith("text/plain")


def test_figures_that_cannot_be_read_are_a_target_that_is_down():
    def away():
        raise TryAgain

    with serving(away) as at:
        assert requests.get(f"{at}/metrics", timeout=5).status_code == 503
        assert requests.get(f"{at}/", timeout=5).status_code == 404


def test_a_port_that_is_taken_is_said_so():
    with served(lambda: SEEN, "127.0.0.1", 0) as server:
        taken = served(lambda: SEEN, "127.0.0.1", server.server_port)
        with pytest.raises(ConfigurationError, match="cannot be listened on"), taken:
            pass
