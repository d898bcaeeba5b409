"""What the other commands show: rules, pictures, scenarios, the database, the doctor."""

from __future__ import annotations

import socket
import sqlite3

import pytest

from kmop_lifecycle.adapters.store import migrate
from tests.integration.command_line import SUBMIT, CommandLine

SCENARIO = """
scenario: one application
steps:
  - {on: 2026-01-05, do: submit, case: a, by: "provider:acme", data: {name: Acme BV,
      enterprise_number: "0566.988.259", iban: BE68539007547034, bureau: DNV,
      services: {training: [digitalisering]}, contact: {name: Jo, email: jo@acme.example}}}
  - {on: 2026-01-06, do: start_visit, case: a, by: "auditor:an", refused: step_not_allowed}
checks:
  - {on: 2026-01-06, case: a, state: STATE}
"""


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


@pytest.mark.parametrize(("state", "code"), [("applied", 0), ("certified", 1)])
def test_a_scenario_holds_or_does_not(kmop, state, code):
    file = kmop.write("one.yaml", SCENARIO.replace("STATE", state))
    ran = kmop("replay", file, "--json")
    assert ran.code == code
    assert ran.json["ok"] is (code == 0)
    assert [step["result"] for step in ran.json["steps"]] == ["done", "refused"]
    told = kmop("replay", file)
    assert told.code == code
    assert ("all holds" in told.out) is (code == 0)
    assert ("state is 'applied', expected 'certified'" in told.out) is (code == 1)


def test_a_surprise_in_a_scenario_is_told_with_its_line(kmop):
    text = SCENARIO.replace("STATE", "applied").replace(", refused: step_not_allowed", "")
    ran = kmop("replay", kmop.write("one.yaml", text))
    assert ran.code == 1
    assert "line 7" in ran.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SCENARIO.replace("do: start_visit", "do: start_vist"), "line 7"),
        (SCENARIO.replace("state: STATE", "stat: applied"), "line 9"),
        ("steps: [", "line"),
    ],
)
def test_a_wrong_scenario_is_told_with_its_line(kmop, text, said):
    ran = kmop("replay", kmop.write("wrong.yaml", text))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_the_rule_book_is_read_aloud(kmop):
    assert kmop("rules", "check").out == "the rule book holds together\n"
    old = kmop.done("rules", "show", "rates", "--on", "2022-12-31")["rules"]["rates"]
    new = kmop.done("rules", "show", "rates", "--on", "2023-01-01")["rules"]["rates"]
    assert (old["value"]["cents"], new["value"]["cents"]) == (15000, 19265)
    assert (old["until"], new["until"]) == ("2022-12-31", None)
    everything = kmop("rules", "show").out
    assert "waiting: from 2000-01-01 until further notice; [S] waiting time" in everything
    assert "rungs -6m -4m -3m -2m -1m -14d -7d -1d +1d" in everything
    assert kmop("rules", "show", "prices").code == 5


def test_the_lifecycle_is_drawn_and_listed(kmop):
    assert kmop("graph").out.startswith("stateDiagram-v2\n")
    assert kmop("graph", "--table").out.startswith("| Trigger | From | To |")


def test_readme_is_kept_current(kmop):
    readme = kmop.write("README.md", "# Mine\n")
    assert kmop("graph", "--readme").code == 2
    marked = "# Mine\n<!-- lifecycle:begin -->\nold\n<!-- lifecycle:end -->\nThe end.\n"
    readme.write_text(marked, encoding="utf-8")
    stale = kmop("graph", "--check")
    assert (stale.code, stale.out) == (1, "README.md is out of date\n")
    assert readme.read_text(encoding="utf-8") == marked
    assert kmop.done("graph", "--readme") == {"current": True, "written": True}
    assert kmop.done("graph", "--check") == {"current": True, "written": False}
    text = readme.read_text(encoding="utf-8")
    assert "stateDiagram-v2" in text
    assert text.startswith("# Mine\n")
    assert text.endswith("The end.\n")
    assert kmop("graph", "--readme").out == "README.md is current\n"


def test_a_database_is_made_where_there_is_none(kmop):
    place = kmop.folder / "deep" / "er" / "kmop.sqlite3"
    kmop.set(DATABASE_URL=f"sqlite:///{place}")
    assert kmop.done("db", "upgrade")["revision"]
    at = kmop.done("db", "current")
    assert at["revision"] == at["needed"]
    assert kmop.done("db", "check")["ok"] is True
    assert "tables are as expected" in kmop("db", "check").out
    assert "is at revision" in kmop("db", "upgrade").out
    assert "needed" in kmop("db", "current").out


def test_a_place_where_no_database_can_be_made_is_told(kmop):
    kmop.write("file", "in the way")
    kmop.set(DATABASE_URL=f"sqlite:///{kmop.folder}/file/kmop.sqlite3")
    assert kmop("db", "upgrade").code == 6


def test_tables_changed_by_hand_are_found(kmop):
    with sqlite3.connect(kmop.database) as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
    connection.close()
    ran = kmop("db", "check")
    assert ran.code == 6
    assert "restore a backup" in ran.err


def test_the_doctor_names_state_part_and_repair(kmop):
    kmop.set(MAIL__SMTP_PORT="1", PREFECT__PORT="1")
    ran = kmop("doctor", "--json")
    assert (ran.code, ran.json["ok"]) == (6, False)
    found = {(f["part"], f["state"]) for f in ran.json["findings"]}
    assert {("database", "ok"), ("rules", "ok"), ("mail", "broken"), ("prefect", "note")} <= found
    assert all(f["repair"] for f in ran.json["findings"] if f["state"] != "ok")
    text = kmop("doctor").out
    assert "broken  mail" in text
    assert "→ start the mail server" in text


def test_the_doctor_goes_on_where_something_is_missing(kmop):
    kmop.database.unlink()
    findings = {f["part"]: f for f in kmop("doctor", "--json").json["findings"]}
    assert findings["database"]["repair"] == "run: kmop db upgrade"
    assert findings["rules"]["state"] == "ok"
    kmop.set(PROFILE="nowhere")
    assert kmop("doctor", "--json").json["findings"][-1]["part"] == "settings"


def test_the_doctor_sees_when_nobody_has_swept(kmop):
    kmop.live(SUBMIT)
    reminders = {f["part"]: f for f in kmop("doctor", "--json").json["findings"]}["reminders"]
    assert (reminders["state"], reminders["repair"]) == (
        "note",
        "run: kmop sweep, or look at the schedule",
    )


def test_the_doctor_sees_an_old_database_and_servers_that_answer(kmop):
    with socket.create_server(("127.0.0.1", 0)) as answering:
        port = str(answering.getsockname()[1])
        kmop.set(MAIL__SMTP_PORT=port, PREFECT__PORT=port)
        migrate.downgrade(f"sqlite:///{kmop.database}", "base")
        findings = {f["part"]: f for f in kmop("doctor", "--json").json["findings"]}
    assert (findings["mail"]["state"], findings["prefect"]["state"]) == ("ok", "ok")
    assert findings["database"]["repair"] == "run: kmop db upgrade"
