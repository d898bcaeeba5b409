"""Sheets of providers: all or nothing, a report on every row, and nothing twice."""

from __future__ import annotations

import json

import pytest

from tests.integration.command_line import FIRST, CommandLine
from tests.stories import adoption, application

HEADING = "name,enterprise_number,iban,kind,bureau,training_themes,contact_name,contact_email"
MORE = "applied_on,valid_from,valid_until,kmop_files"
GOOD = "Acme BV,0566988259,BE68539007547034,basic,DNV,innovatie,Jo,jo@acme.example,2026-01-05,,,"
OLD = (
    "Oud BV,0403012234,BE68539007547034,basic,DNV,innovatie,"
    "An,an@oud.example,,2022-06-30,2027-06-30,"
)
BAD_NUMBER = GOOD.replace("0566988259", "0566988258")
BAD_IBAN = GOOD.replace("BE68539007547034", "BE68539007547099").replace("0566988259", "0202239951")
BAD_CELL = GOOD.replace("2026-01-05,,,", "2026-01-05,,,many")


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


def sheet(kmop, *rows):
    return kmop.write("providers.csv", "\n".join([f"{HEADING},{MORE}", *rows]) + "\n")


def test_applications_and_adoptions_come_from_one_sheet(kmop):
    report = kmop.done("import", sheet(kmop, GOOD, OLD))
    assert report["written"] is True
    assert [opened["line"] for opened in report["opened"]] == [2, 3]
    states = {case["number"]: case["state"] for case in kmop.done("case", "list")["cases"]}
    assert sorted(states.values()) == ["applied", "certified"]


def test_taken_in_twice_nothing_new_is_written(kmop):
    file = sheet(kmop, GOOD, OLD)
    kmop.done("import", file)
    before = kmop.tables()
    report = kmop.done("import", file)
    assert (report["written"], report["opened"]) == (False, [])
    assert [row["line"] for row in report["repeated"]] == [2, 3]
    assert kmop.tables() == before


def test_one_wrong_row_and_nothing_is_written(kmop):
    before = kmop.tables()
    ran = kmop("import", sheet(kmop, GOOD, BAD_NUMBER, BAD_CELL, OLD))
    assert ran.code == 1
    assert kmop.tables() == before
    heading, *rows, summary = ran.out.splitlines()
    assert heading.split() == ["line", "field", "value", "reason"]
    assert rows[0].split()[:4] == [
        "3", "enterprise_number", "0566988258", "invalid_enterprise_number:",
    ]  # fmt: skip
    assert rows[1].split()[:3] == ["4", "kmop_files", "many"]
    assert summary == "4 rows: 2 right, 0 known already, 2 refused"
    assert "nothing was written" in ran.err


def test_partial_takes_the_rows_that_are_right(kmop):
    ran = kmop("import", sheet(kmop, GOOD, BAD_NUMBER, OLD), "--partial", "--json")
    assert ran.code == 1
    assert [row["line"] for row in ran.json["opened"]] == [2, 4]
    assert [row["line"] for row in ran.json["problems"]] == [3]
    assert len(kmop.done("case", "list")["cases"]) == 2


def test_personal_values_are_never_shown(kmop):
    ran = kmop("import", sheet(kmop, BAD_IBAN), "--json")
    (problem,) = ran.json["problems"]
    assert (problem["field"], problem["code"], problem["value"]) == ("iban", "invalid_iban", "")
    assert "BE68539007547099" not in ran.out + ran.err


def test_a_firm_that_stands_there_twice_is_told(kmop):
    ran = kmop("import", sheet(kmop, GOOD, GOOD.replace("Acme BV", "Acme NV")), "--json")
    (problem,) = ran.json["problems"]
    assert (problem["line"], problem["code"]) == (3, "duplicate_case")
    assert (problem["field"], problem["value"]) == ("enterprise_number", "0566988259")


def test_a_dry_run_reports_and_writes_nothing(kmop):
    before = kmop.tables()
    ran = kmop("import", sheet(kmop, GOOD, OLD), "--dry-run")
    assert (ran.code, ran.err) == (0, "dry run: nothing was written\n")
    assert ran.out == "2 rows: 2 right, 0 known already, 0 refused\n"
    assert kmop.tables() == before


def test_an_effective_date_that_has_not_come_is_refused(kmop):
    ran = kmop("import", sheet(kmop, GOOD.replace("2026-01-05", "2026-01-06")), "--json")
    (problem,) = ran.json["problems"]
    assert (problem["code"], problem["field"]) == ("in_future", "applied_on")


def test_a_list_of_applications_is_one_file_too(kmop):
    other = application(enterprise_number="0403.012.234", kind="starter")
    file = kmop.write("two.json", [application(), other])
    ran = kmop("submit", file, "--by", "bureau:plan", "--json")
    assert (ran.code, len(ran.json["opened"])) == (0, 2)
    assert ran.json["warnings"] == [{"line": 2, "code": "kind_changed"}]
    again = kmop("submit", file, "--by", "bureau:plan")
    assert (again.out, again.err) == (
        "2 rows: 0 taken in, 2 known already, 0 refused\n",
        "line 2: warning: kind_changed\n",
    )
    assert kmop("submit", file, "--key", "one").code == 2


def test_adoptions_come_from_documents_and_sheets(kmop):
    assert kmop("adopt", kmop.write("old.json", adoption())).code == 0
    assert kmop.done("case", "show", FIRST)["registration"]["valid_until"] == "2027-06-30"
    assert kmop("adopt", sheet(kmop, OLD), "--by", "admin:els").code == 0
    ran = kmop("adopt", kmop.write("bad.json", [adoption(), {"name": "x"}]), "--json")
    assert [(p["line"], p["code"]) for p in ran.json["problems"]] == [
        (2, "invalid_enterprise_number")
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("name,colour\n", "colour"),
        (f"{HEADING}\n" + '"unclosed', "line"),
    ],
)
def test_a_sheet_that_is_wrong_as_such_is_refused_in_one_line(kmop, content, said):
    before = kmop.tables()
    ran = kmop("import", kmop.write("providers.csv", content))
    assert ran.code == 2
    assert ran.err.startswith("bad_input: providers.csv")
    assert said in ran.err.splitlines()[0]
    assert kmop.tables() == before


def test_a_sheet_of_a_thousand_rows_is_taken_in_at_once(kmop):
    def row(n: int) -> str:
        first = 4_000_000 + n
        number = f"0{first}{97 - first % 97:02d}"
        return GOOD.replace("0566988259", number).replace("Acme BV", f"Firm {n}")

    kmop.set(DATABASE_URL=f"sqlite:///{kmop.database}")
    report = kmop.done("import", sheet(kmop, *map(row, range(1000))))
    assert (report["rows"], len(report["opened"]), report["problems"]) == (1000, 1000, [])
    assert json.dumps(report)
