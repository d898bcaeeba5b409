"""The benchmarks run from end to end; a sweep and its floor leave the same rows."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.__main__ import main


def test_a_few_messages_are_timed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["deliver", "--messages=5", "--waiting=5", "--rounds=1", "--db=memory", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert set(said["per_second"]) == set(said["spread"])
    assert all(rate > 0 for rate in said["per_second"].values())
    assert len(said["ratios"]) == 3


@pytest.mark.parametrize(
    ("job", "ratios"),
    [("sweep", 2), ("fire", 1), ("intake", 3), ("verify", 2), ("boards", 2)],
)
def test_each_way_is_timed_beside_its_floor(
    job: str,
    ratios: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.benchmarks.boards.KINDS", (20, 20, 12))
    main([job, "--cases=60", "--due=0.5", "--messages=20", "--rounds=1", "--json"])

    said = json.loads(capsys.readouterr().out)
    assert all(rate > 0 for rate in said["per_second"].values())
    assert len(said["ratios"]) == ratios
