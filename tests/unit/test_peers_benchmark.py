"""The comparison with other tools, as far as it needs none of them."""

from __future__ import annotations

import argparse
from importlib import metadata

import pytest

from tests.benchmarks.peers import run
from tests.benchmarks.peers.stored import Batch


def test_who_is_not_installed_is_named_with_the_command(monkeypatch):
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(run.metadata, "version", absent)
    said = run.missing("SpiffWorkflow")
    assert said is not None
    assert "SpiffWorkflow is not installed" in said
    assert "pip install -e '.[peers]'" in said


def test_the_project_itself_is_always_there():
    assert run.missing(run.OURS) is None
    assert run.missing(run.OURS_EACH) is None


@pytest.mark.parametrize("text", ["0", "-3", "many", "1000,,2", ""])
def test_a_number_of_cases_that_is_none_is_named(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no whole number of at least 1"):
        run.numbers(text)


def test_idle_takes_several_numbers():
    assert run.asked(["--idle", "1000, 10000"]).idle == [1_000, 10_000]


def test_a_figure_not_measured_is_a_dash():
    row = {"name": "x", "version": "1", "idle": 1_000, "timers": 20_000}
    said = run.table([row]).splitlines()[1].split()
    assert said == ["x", "1", "1,000", "-", "20,000", "-"]


def test_what_ran_fewer_timers_says_so():
    row = {"name": "x", "version": "1", "idle": 1_000, "rounds": [{"timed": 12}]}
    assert run.table([row]).splitlines()[-1] == "x: 12 of the timers were run"


@pytest.mark.parametrize(
    ("figure", "kept"), [(1234.5, 1234), (10.4, 10), (9.87, 9.9), (0.123, 0.12)]
)
def test_a_small_figure_keeps_two_digits(figure, kept):
    assert run._short(figure) == kept


def test_cases_not_moved_are_no_figure():
    with pytest.raises(RuntimeError, match="not 5 of each"):
        run._sure("expired", (5, 4), 5)


def test_a_batch_knows_its_ids():
    assert list(Batch(7, 3, "applied", None).ids) == [7, 8, 9]
