"""What the doctor says of a work pool, its workers and what waits for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.pool import Pool, Worker
from kmop_lifecycle.cli.pool_check import lives, problems, well

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BEAT = 30  # seconds


def heard(seconds: float, name: str = "worker-1") -> Worker:
    return Worker(name, NOW - timedelta(seconds=seconds), BEAT)


WELL = Pool("kmop", "process", workers=(heard(10), heard(70, "worker-2")), deployments=28)


def found(**ill: object) -> list[tuple[bool, str, str]]:
    return [*problems(replace(WELL, **ill), NOW)]


def test_where_all_is_well_nothing_is_found_and_it_is_said_in_a_line():
    assert found() == []
    assert well(WELL, NOW) == "work pool kmop: 2 workers live, 28 deployments, no run waits"
    one = replace(WELL, workers=(heard(10),))
    assert "1 worker lives" in well(one, NOW)


@pytest.mark.parametrize(
    ("ill", "grave", "words", "way_out"),
    [
        ({"kind": ""}, True, "there is no work pool kmop", "kmop deploy --pool kmop"),
        ({"kind": "docker"}, True, "of type docker, not process", "kmop deploy --pool NAME"),
        ({"paused": True}, True, "is paused", "prefect work-pool resume kmop"),
        ({"workers": ()}, True, "no worker of pool kmop", "prefect worker start --pool kmop"),
        ({"missing": ("show_case",)}, True, "not deployed: show_case", "kmop deploy --pool kmop"),
        ({"elsewhere": ("expire",)}, True, "not in work pool kmop: expire", "kmop deploy"),
        ({"stopped": ("sweep_deadlines",)}, True, "paused, no schedule starts", "resume"),
        ({"late": 7}, False, "7 runs have been waiting", "another worker"),
    ],
)
def test_each_ill_is_found_alone_with_its_way_out(ill, grave, words, way_out):
    [(grave_here, what, repair)] = found(**ill)
    assert grave_here is grave
    assert words in what
    assert way_out in repair


def test_a_worker_counts_as_gone_after_three_missed_signs_of_life():
    assert lives(heard(90), NOW)
    assert not lives(heard(91), NOW)
    assert not lives(Worker("new", None, BEAT), NOW)


def test_workers_that_are_silent_are_named_until_a_day_has_passed():
    today, long_ago = heard(3600, "worker-2"), heard(90_000, "worker-3")
    [(grave, what, _)] = found(workers=(heard(1), today, long_ago))
    assert not grave
    assert what == "workers that fell silent in the last 24 hours: worker-2"
    [(grave, what, _)] = found(workers=(today, long_ago))
    assert grave
    assert what == "no worker of pool kmop has been heard since 2026-11-24 11:00 UTC"


def test_of_many_names_three_are_said_and_the_others_counted():
    [(_, what, _)] = found(missing=("a", "b", "c", "d", "e"))
    assert what == "not deployed: a, b, c and 2 more"


def test_several_ills_are_all_found():
    assert len(found(paused=True, workers=(), late=1)) == 3
