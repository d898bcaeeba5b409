"""Applications written as JSON or YAML are read as meant, or refused with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.applications import read_document
from kmop_lifecycle.domain.errors import BadInput


def written(folder, name, content) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as refused:
        read_document(path)
    assert refused.value.hint
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(path.name)
    return str(refused.value)


def test_one_application_or_a_list_of_them_is_read(tmp_path):
    assert read_document(written(tmp_path, "a.json", '{"name": "A"}')) == [{"name": "A"}]
    assert len(read_document(written(tmp_path, "a.yml", "\ufeff- name: A\n- name: B\n"))) == 2


def test_yaml_does_not_change_numbers_and_words(tmp_path):
    text = "enterprise_number: 0403012261\non: 2026-01-05\nsites: 2\nname: 12:30\n"
    [data] = read_document(written(tmp_path, "a.yaml", text))
    assert data == {
        "enterprise_number": "0403012261",
        "on": date(2026, 1, 5),
        "sites": 2,
        "name": "12:30",
    }


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.json", '{"name": "A",\n}', "a.json: line 2: "),
        ("a.json", '{"name": "A", "name": "B"}', "the field 'name' is given twice"),
        ("a.json", '{"sites": NaN}', "NaN is not a value"),
        ("a.json", "[" * 100_000, "a.json: "),
        ("a.json", "[]", "holds no application"),
        ("a.json", "[1]", "item 1 is not a table of fields"),
        ("a.yaml", "", "item 1 is not a table of fields"),
        ("a.yaml", "name: A\nname: B\n", "line 2: the field 'name' is given twice"),
        ("a.yaml", "name: [A\nb: c", "a.yaml: line 2: "),
        ("a.yaml", "a: &x [1]\nb: *x\n", "line 2: a reference (*)"),
        ("a.yaml", "a: !!python/name:os.system\n", "line 1: could not determine a constructor"),
        ("a.yaml", "on: 2026-02-30\n", "is not YAML: day"),
        ("a.yaml", b"name: A\nb: Caf\xe9\n", "a.yaml: line 2 is not UTF-8"),
        ("a.yaml", b"#" * 5_000_001, "is larger than 5000000 bytes"),
    ],
)
def test_a_wrong_document_is_told_with_its_line(tmp_path, name, content, line):
    assert line in refusal(written(tmp_path, name, content))


def test_a_file_that_is_not_there_or_of_another_sort_is_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "a.json")
    assert "is not a document" in refusal(tmp_path / "a.csv")
