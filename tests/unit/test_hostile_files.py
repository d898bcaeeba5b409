"""Files made to do harm: each is refused in a line, before it takes memory or time."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.xml.constants import SHEET_MAIN_NS

from kmop_lifecycle.adapters import sheets
from kmop_lifecycle.adapters.applications import read_document, read_rows
from kmop_lifecycle.adapters.scenario_files import load_scenario
from kmop_lifecycle.adapters.store import dumps
from kmop_lifecycle.adapters.store.backups import _checked_copy
from kmop_lifecycle.adapters.store.dumps import _manifest
from kmop_lifecycle.adapters.store.migrate import current
from kmop_lifecycle.domain.errors import BadInput, IntegrityBreach

MORE = int(os.environ.get("KMOP_TEST_FUZZ", "1"))
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


HEADING = "name,enterprise_number,iban,kind,bureau,contact_name,contact_email,training_themes"


def refusal(file: Path) -> BadInput:
    with pytest.raises(BadInput) as told:
        rows(file)
    assert file.name in told.value.message
    assert told.value.hint
    return told.value


def workbook(file: Path, sheet: str, **more: bytes) -> Path:
    """Write a workbook with this sheet, and further parts."""
    book = Workbook()
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{SHEET_MAIN_NS}"><sheetData>{sheet}</sheetData></worksheet>'.encode()
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | more).items():
            archive.writestr(name, part)
    return file


def test_a_sheet_of_more_rows_than_are_taken_is_refused_at_that_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sheets, "ROWS", 3)
    file = tmp_path / "long.csv"
    file.write_text("\n".join([HEADING, *["Acme,0403019261,x,basic,DNV,Jo,a@b.example,x"] * 3]))
    assert len(rows(file)) == 3
    file.write_text(f"{file.read_text()}\n,,,,,,,")  # an empty one counts: it was read
    told = refusal(file)
    assert "line 5: more than the 3 rows taken" in told.message
    assert "divide it" in told.hint


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_row_of_more_cells_than_are_taken_is_refused(tmp_path: Path, kind: str):
    file = tmp_path / f"wide.{kind}"
    if kind == "csv":
        file.write_text(",".join("a" * 201))
    else:
        workbook(file, '<row r="1"><c r="ZZZ1"><v>1</v></c></row>')
    assert "more than the 200 taken" in refusal(file).message


@pytest.mark.parametrize("heading", [b"a\rb\r\n", b'"' + b"a" * 140_000])
def test_a_heading_that_no_row_can_follow_is_refused(tmp_path: Path, heading: bytes):
    file = tmp_path / "heading.csv"
    file.write_bytes(heading)
    assert "line 1" in refusal(file).message


def test_rows_that_a_workbook_only_counts_do_not_go_on_for_ever(tmp_path: Path):
    file = workbook(tmp_path / "far.xlsx", '<row r="1"/><row r="4000000000"><c r="A4"/></row>')
    assert f"more than the {sheets.ROWS} rows taken" in refusal(file).message


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sheets, "LARGEST", 1_000_000)
    file = workbook(tmp_path / "bomb.xlsx", "", zeros=bytes(1_000_000))
    assert file.stat().st_size < 100_000
    assert "bytes unpacked, more than the 1000000 taken" in refusal(file).message


def test_a_workbook_of_too_many_parts_is_refused(tmp_path: Path):
    file = workbook(tmp_path / "parts.xlsx", "", **{f"p{n}": b"" for n in range(1_000)})
    assert "parts, more than the 1000 taken" in refusal(file).message


@pytest.mark.parametrize(
    "sheet",
    [
        "<row>", '<row r="x"/>', '<row r="1"><c r="\\1"/></row>', "<row>&lol;</row>",
        '<row r="1"><c r="A1" t="d"><v>2026-99-99</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>999999</v></c></row>',
    ],
)  # fmt: skip
def test_a_damaged_sheet_in_a_workbook_is_refused_in_a_line(tmp_path: Path, sheet: str):
    assert "\n" not in refusal(workbook(tmp_path / "damaged.xlsx", sheet)).message


def with_entities(file: Path, entities: str, used: str) -> Path:
    """Write a workbook whose sheet declares entities, with a cell that uses one."""
    sheet = (
        f"<!DOCTYPE x [{entities}]>"
        f'<worksheet xmlns="{SHEET_MAIN_NS}"><sheetData><row>'
        f'<c t="inlineStr"><is><t>&{used};</t></is></c></row></sheetData></worksheet>'
    )
    return workbook(file, "", **{"xl/worksheets/sheet1.xml": sheet.encode()})


def test_entities_that_would_unfold_without_end_are_refused(tmp_path: Path):
    more = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    file = with_entities(tmp_path / "a.xlsx", "".join(['<!ENTITY a0 "x">', *more]), "a11")
    assert "is not an Excel workbook" in refusal(file).message


def test_a_file_of_this_machine_cannot_be_drawn_into_a_sheet(tmp_path: Path):
    (tmp_path / "secret").write_text("geheim-9c1f")
    entity = f'<!ENTITY s SYSTEM "file://{tmp_path}/secret">'
    told = refusal(with_entities(tmp_path / "a.xlsx", entity, "s"))
    assert "geheim" not in f"{told} {told.hint}"


def archive(file: Path, **members: bytes) -> Path:
    told = {"form": "kmop-dump-1", "revision": "0006", "tables": {"case": ["id"]}}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("manifest.json", json.dumps(told))
        for name, content in members.items():
            bundle.writestr(name, content)
    return file


def test_a_backup_of_too_many_members_is_refused(tmp_path: Path):
    file = archive(tmp_path / "many.kmop", **{f"m{n}": b"" for n in range(200)})
    with pytest.raises(BadInput, match=r"many.kmop has 201 members, more than the 200") as told:
        _manifest(file)
    assert "kmop db backup" in told.value.hint


def test_a_backup_that_unpacks_to_far_more_than_any_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = archive(tmp_path / "bomb.kmop", **{"case.copy": bytes(30_000_000)})
    assert _manifest(file)  # small enough to be packed as well as it likes
    monkeypatch.setattr(dumps, "SMALL", 20_000_000)
    with pytest.raises(BadInput, match=r"bomb.kmop has \d+ bytes and 300\d+ unpacked") as told:
        _manifest(file)
    assert "kmop db backup" in told.value.hint


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize(("offset", "byte"), [(6, 1), (8, 99), (40, 0xFF), (60, 0xFF)])
def test_a_backup_that_is_encrypted_or_packed_oddly_is_refused(
    tmp_path: Path, packed: int, offset: int, byte: int
):
    file = tmp_path / "odd.kmop"
    told = {"form": "kmop-dump-1", "revision": "0006", "tables": {"case": ["id"]}}
    with zipfile.ZipFile(file, "w", packed) as bundle:
        bundle.writestr("manifest.json", json.dumps(told))
    assert _manifest(file) == told
    spoilt = bytearray(file.read_bytes())
    spoilt[offset] = byte
    if offset < 10:  # flags and method stand in the list of members too, two bytes later
        spoilt[spoilt.index(b"PK\x01\x02") + offset + 2] = byte
    file.write_bytes(spoilt)
    with pytest.raises(BadInput, match="is no backup of a Postgres database"):
        _manifest(file)


def test_a_damaged_backup_with_names_that_are_no_text_is_refused(tmp_path: Path):
    file = tmp_path / "odd.kmop"
    with closing(sqlite3.connect(file)) as there:
        there.executescript("""
            CREATE TABLE t(x); CREATE INDEX i ON t(x); INSERT INTO t VALUES (1);
            CREATE TABLE u(x); CREATE INDEX j ON u(x);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET name = CAST(x'6998' AS TEXT), rootpage =
                (SELECT rootpage FROM sqlite_master WHERE name = 'j') WHERE name = 'i';
            DELETE FROM sqlite_master WHERE name = 'j';
        """)
        there.commit()
    with pytest.raises(BadInput, match=r"odd\.kmop is damaged: ") as told:
        _checked_copy(file, tmp_path / "copy")
    assert "\n" not in told.value.message
    with pytest.raises(IntegrityBreach, match="damaged"):  # and where it is the database itself
        current(f"sqlite:///{file}")


@settings(max_examples=30 * MORE)
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


@settings(max_examples=30 * MORE)
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
