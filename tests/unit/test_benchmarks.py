"""The benchmark of the delivery runs from end to end."""

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
