"""Files made to do harm: each is refused in a line, before it takes memory or time."""

from __future__ import annotations

import json
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.adapters.applications import read_document, read_rows
from kmop_lifecycle.adapters.scenario_files import load_scenario
from kmop_lifecycle.adapters.store.dumps import _manifest
from kmop_lifecycle.domain.errors import BadInput

LAUGHS = "\n".join(
    ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


def test_references_that_would_unfold_without_end_are_refused(tmp_path: Path):
    file = tmp_path / "laughs.yaml"
    file.write_text(LAUGHS)
    with pytest.raises(BadInput, match="line 7: references unfold"):
        load_scenario(file)
    with pytest.raises(BadInput, match="line 2: a reference"):
        read_document(file)


def test_a_list_that_holds_itself_is_refused(tmp_path: Path):
    file = tmp_path / "itself.yaml"
    file.write_text("steps: &x [*x]")
    with pytest.raises(BadInput, match="holds itself"):
        load_scenario(file)


def test_a_sheet_too_large_is_refused_unread(tmp_path: Path):
    file = tmp_path / "large.csv"
    file.touch()
    os.truncate(file, 1 << 30)  # takes no room on the disk
    with pytest.raises(BadInput, match="larger than"):
        list(read_rows(file))


@given(VALUES, st.sampled_from(["form", "revision", "tables", ""]))
def test_whatever_a_dump_says_of_itself_it_fits_or_is_refused(tmp_path: Path, value, key: str):
    told = {"form": "kmop-dump-1", "revision": "0006", "tables": {"case": ["id"]}}
    file = tmp_path / "dump.zip"
    with zipfile.ZipFile(file, "w") as bundle:
        bundle.writestr("manifest.json", json.dumps(told | {key: value} if key else value))
    with suppress(BadInput):
        read = _manifest(file)
        assert read["form"] == "kmop-dump-1"
        assert isinstance(read["revision"], str)
        assert set(read["tables"]) <= {"case"}


@given(st.binary(max_size=400), st.sampled_from([".yaml", ".json", ".csv", ".xlsx", ".zip"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, kind: str):
    file = tmp_path / f"any{kind}"
    file.write_bytes(content)
    readers = {".yaml": load_scenario, ".csv": rows, ".xlsx": rows, ".zip": _manifest}
    for read in {readers.get(kind, read_document), *([read_document] if kind == ".yaml" else [])}:
        with suppress(BadInput):  # and nothing else
            read(file)


def rows(file: Path) -> list[object]:
    return list(read_rows(file))
