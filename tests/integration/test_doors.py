"""Every door takes what it is given or refuses it in one line: known input with a piece changed.

`KMOP_TEST_FUZZ=30` tries thirty times as many; `python -m tests.fuzzing` goes on for as long as it
is told, guided by what each input reaches.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmop_lifecycle.domain.errors import BadInput
from tests.doors import DOORS, Door

MORE = int(os.environ.get("KMOP_TEST_FUZZ", "1"))
ODD = (b"\x00", b"\n", b'"', b"{", b"[[", b"\xff\xfe", b"-1", b"1e999", b"&a *a", b"\xed\xa0")
PIECES = st.binary(max_size=12) | st.sampled_from([*ODD, b"9" * 400])


@pytest.mark.parametrize("name", DOORS)
def test_what_it_is_known_to_take_changed_a_little(name: str, tmp_path: Path) -> None:
    door = DOORS[name]
    seeds = door.seeds()
    assert seeds

    @settings(max_examples=15 * MORE)
    @given(st.integers(0), st.integers(0, 1 << 16), st.integers(0, 64), PIECES)
    def changed(which: int, at: int, length: int, piece: bytes) -> None:
        seed = seeds[which % len(seeds)]
        at %= len(seed) + 1
        assert door.take(seed[:at] + piece + seed[at + length :], tmp_path)

    changed()


@pytest.mark.parametrize("name", DOORS)
def test_each_is_given_something_that_it_takes(name: str, tmp_path: Path) -> None:
    door = DOORS[name]
    assert "taken" in {door.take(seed, tmp_path) for seed in door.seeds()}


def test_a_refusal_of_several_lines_or_another_error_would_be_found(tmp_path: Path) -> None:
    def two_lines(_content: bytes, _folder: Path) -> None:
        raise BadInput("one\ntwo")

    def defect(_content: bytes, _folder: Path) -> None:
        raise KeyError

    for read, kind in ((two_lines, AssertionError), (defect, KeyError)):
        with pytest.raises(kind):
            Door(read, list).take(b"", tmp_path)
