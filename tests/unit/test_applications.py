"""Rows of applications become the data of `submit` and `adopt`, or are refused by the place."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from kmop_lifecycle.adapters.applications import COLUMNS, Row, read_rows
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Trigger

HEADING = "name,enterprise_number,iban,kind,bureau,contact_name,contact_email,training_themes"
LINE = "Acme BV,0566988259,BE68539007547034,basic,DNV,Jo Maes,jo@acme.example,innovatie"


def written(folder, name, content) -> Path:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8", newline="")
    return path


def workbook(folder, *rows) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / "providers.xlsx"
    book.save(path)
    book.close()
    return path


def one(path: Path) -> Row:
    [row] = read_rows(path)
    return row


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as refused:
        list(read_rows(path))
    assert refused.value.hint
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(path.name)
    return str(refused.value)


def test_every_column_has_its_place_in_the_data(tmp_path):
    cells = {
        "name": "Acme BV",
        "enterprise_number": "0566.988.259",
        "iban": "BE68539007547034",
        "bic": "KREDBEBB",
        "establishment_units": "2123456789|2123456888",
        "training_themes": "innovatie|duurzaamheid",
        "advice_themes": "cybersecurity",
        "kind": "exemption",
        "active_since": "2001-02-03",
        "kmop_files": "12",
        "years_of_history": "5",
        "sites": "2",
        "business_units": "3",
        "bureau": "DNV",
        "declaration_signed_on": "2026-01-02",
        "knowledge_test_passed_on": "2026-01-03",
        "exemption_scheme": "qfor",
        "exemption_number": "Q-1",
        "exemption_valid_until": "2027-01-01",
        "contact_name": "Jo Maes",
        "contact_email": "jo@acme.example",
        "contact_language": "fr",
        "contact_channels": "json://acme.example|slack://x",
        "valid_from": "2022-06-30",
        "valid_until": "2027-06-30",
        "training_number": "DV.O210001",
        "advice_number": "DV.A210001",
        "applied_on": "2026-01-05",
    }
    assert list(cells) == list(COLUMNS)
    row = one(written(tmp_path, "a.csv", f"{','.join(cells)}\n{','.join(cells.values())}\n"))
    assert (row.line, row.on, row.trigger) == (2, date(2026, 1, 5), Trigger.ADOPT)
    assert row.data == {
        "name": "Acme BV",
        "enterprise_number": "0566.988.259",
        "iban": "BE68539007547034",
        "bic": "KREDBEBB",
        "establishment_units": ["2123456789", "2123456888"],
        "services": {"training": ["innovatie", "duurzaamheid"], "advice": ["cybersecurity"]},
        "kind": "exemption",
        "active_since": date(2001, 2, 3),
        "kmop_files": 12,
        "years_of_history": 5,
        "sites": 2,
        "business_units": 3,
        "bureau": "DNV",
        "declaration_signed_on": date(2026, 1, 2),
        "knowledge_test_passed_on": date(2026, 1, 3),
        "exemption": {"scheme": "qfor", "number": "Q-1", "valid_until": date(2027, 1, 1)},
        "contact": {
            "name": "Jo Maes",
            "email": "jo@acme.example",
            "language": "fr",
            "channels": ["json://acme.example", "slack://x"],
        },
        "valid_from": date(2022, 6, 30),
        "valid_until": date(2027, 6, 30),
        "numbers": {"training": "DV.O210001", "advice": "DV.A210001"},
    }


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADING}\n{LINE}\n",
        f"\ufeff{HEADING}\r\n{LINE}\r\n",
        f"{HEADING}\n{LINE}\n".replace(",", ";"),
        f"{HEADING.upper()}\n\n{LINE}",
        f"{HEADING},kmop_files\n{LINE},\n,,,,,,,,\n",
    ],
)
def test_every_common_way_to_write_csv_is_read(tmp_path, content):
    row = one(written(tmp_path, "a.csv", content))
    assert row.data["name"] == "Acme BV"
    assert row.data["services"] == {"training": ["innovatie"]}
    assert row.trigger is Trigger.SUBMIT
    assert row.on is None


def test_a_row_is_numbered_by_its_first_line(tmp_path):
    long = LINE.replace("Jo Maes", '"Jo\nMaes"')
    path = written(tmp_path, "a.csv", f"{HEADING}\n{long}\n{LINE}\n\n{LINE}\n")
    assert [row.line for row in read_rows(path)] == [2, 4, 6]


def test_a_workbook_gives_dates_and_numbers_as_such(tmp_path):
    heading = [*HEADING.split(","), "active_since", "sites"]
    path = workbook(tmp_path, heading, [*LINE.split(","), datetime(2001, 2, 3), 2.0])  # noqa: DTZ001
    row = one(path)
    assert (row.line, row.data["active_since"], row.data["sites"]) == (2, date(2001, 2, 3), 2)


def test_the_zero_that_a_spreadsheet_takes_is_given_back(tmp_path):
    cells = [566988259 if cell.startswith("0566") else cell for cell in LINE.split(",")]
    assert one(workbook(tmp_path, HEADING.split(","), cells)).data["enterprise_number"] == (
        "0566988259"
    )


def test_rows_before_a_wrong_one_are_read(tmp_path):
    rows = read_rows(written(tmp_path, "a.csv", f"{HEADING},sites\n{LINE},1\n{LINE},x\n"))
    assert next(rows).line == 2
    with pytest.raises(BadInput, match="line 3"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "a.csv: is empty"),
        ("\n\n", "a.csv: is empty"),
        (f"{HEADING},naam\n{LINE},x\n", "a.csv line 1, column 9: heading 'naam' is unknown"),
        (f"{HEADING},name\n{LINE},x\n", "column 9: heading 'name' stands there twice"),
        (HEADING.replace(",iban", ""), "a.csv line 1: heading 'iban' is missing"),
        (HEADING.replace(",training_themes", ""), "there is no column of themes"),
        (f"{HEADING},\n{LINE},x\n", "a.csv line 2, column 9: has no heading"),
        (f"{HEADING}\n{LINE},x\n", "a.csv line 2: has 9 cells, the heading has 8"),
        (f"{HEADING}\nAcme BV\n", "a.csv line 2: has 1 cells, the heading has 8"),
        (f'{HEADING}\n{LINE}\n"Acme" BV\n', "a.csv line 3: "),
        (f"{HEADING}\n=1+1{LINE}\n", "a.csv line 2, column name: holds a formula"),
        (f"{HEADING},sites\n{LINE},two\n", "column sites: 'two' is not a whole number such as 12"),
        (f"{HEADING},sites\n{LINE},-2\n", "column sites: '-2' is not a whole number"),
        (
            f"{HEADING},active_since\n{LINE},05/01/2026\n",
            "a.csv line 2, column active_since: '05/01/2026' is not a date such as 2026-03-16",
        ),
        (f"{HEADING},valid_from\n{LINE},2026-02-30\n", "'2026-02-30' is not a date"),
        (f"{HEADING}\n{LINE}\n".encode("utf-16"), "a.csv line 1: is not UTF-8"),
        (f"{HEADING}\n{LINE}\nCaf\u00e9".encode("latin-1"), "a.csv line 3: is not UTF-8"),
    ],
)
def test_a_wrong_csv_is_told_with_line_and_column(tmp_path, content, line):
    assert line in refusal(written(tmp_path, "a.csv", content))


@pytest.mark.parametrize(
    ("column", "cell", "line"),
    [
        ("active_since", "2026-01-05", "line 2, column active_since: '2026-01-05' is not a date:"),
        ("active_since", datetime(2026, 1, 5, 8), "is not a date: format the cell as a date"),  # noqa: DTZ001
        ("sites", "=1+1", "line 2, column sites: holds a formula"),
        ("sites", "#REF!", "line 2, column sites: holds a formula"),
        ("sites", 1.5, "column sites: '1.5' is not a whole number"),
        ("sites", True, "column sites: 'True' is not a whole number"),
        ("bic", 1.5, "line 2, column bic: the value is not text"),
        ("", "x", "line 2, column 9: has no heading"),
    ],
)
def test_a_wrong_workbook_is_told_with_line_and_column(tmp_path, column, cell, line):
    heading = [*HEADING.split(","), column or None]
    path = workbook(tmp_path, heading, [*LINE.split(","), cell])
    assert line in refusal(path)


def test_personal_data_is_not_repeated_in_a_refusal(tmp_path):
    heading = [*HEADING.split(","), "contact_channels"]
    line = refusal(workbook(tmp_path, heading, [*LINE.split(","), 12.5]))
    assert "12.5" not in line


def test_what_is_no_workbook_is_refused(tmp_path):
    assert "is not an Excel workbook" in refusal(written(tmp_path, "a.xlsx", "PK"))
    path = tmp_path / "b.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    assert "is not an Excel workbook" in refusal(path)
    assert "is empty" in refusal(workbook(tmp_path))


def test_a_file_that_is_not_there_or_of_another_sort_is_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "a.csv")
    assert "cannot be read" in refusal(tmp_path / "a.xlsx")
    assert "a.ods is not a sheet" in refusal(tmp_path / "a.ods")
