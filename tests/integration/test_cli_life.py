"""A whole life through the command line, and what its pages say on the way."""

from __future__ import annotations

import json

import pytest

from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain import passing
from kmop_lifecycle.service.ports import Outcome
from tests.integration.command_line import (
    CLOSE,
    FINISH,
    FIRST,
    LIFE,
    PASS,
    PREPARE,
    REGISTER,
    START,
    SUBMIT,
    CommandLine,
)
from tests.stories import application


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


@pytest.fixture
def applied(kmop):
    kmop.live(SUBMIT)
    return kmop


def test_from_submit_to_certified_in_seven_commands(kmop):
    states = [kmop.step(step).json["state"] for step in LIFE]
    assert states == [
        "applied", "prepared", "onsite_audit", "office_audit", "office_audit", "office_audit",
        "certified",
    ]  # fmt: skip
    page = kmop.on("2026-03-17").done("case", "show", FIRST)
    assert page["registered"] is True
    assert page["registration"]["valid_until"] == "2031-03-16"
    assert page["turn"] == "provider"
    assert page["next"]["name"] == "valid_until"
    assert kmop.done("verify") == {
        "cases": 1, "events": 7, "notices": 10, "broken": {}, "breaches": [],
    }  # fmt: skip


def test_an_application_is_submitted_from_a_file_by_its_provider(kmop):
    file = kmop.write("acme.json", application())
    ran = kmop("submit", file, "--by", "provider:acme")
    assert (ran.code, ran.out) == (0, f"{FIRST} submit: applied (version 1)\n")


def test_a_key_gives_the_first_answer_again(kmop):
    file = kmop.write("acme.json", application())
    first = kmop.done("submit", file, "--key", "form-17")
    again = kmop("submit", file, "--key", "form-17")
    assert again.out == f"{FIRST} submit: applied (version 1)\n"
    assert again.err == "this key was answered before; nothing new was written\n"
    assert first["repeated"] is False
    assert len(kmop.tables()["history"]) == 1


def test_a_dry_run_decides_and_writes_nothing(kmop):
    file = kmop.write("acme.json", application())
    before = kmop.tables()
    answer = kmop.done("submit", file, "--dry-run")
    assert (answer["case"], answer["state"], answer["dry_run"]) == ("-", "applied", True)
    assert kmop.tables() == before


def test_data_may_come_from_a_file(applied):
    papers = applied.write("papers.yaml", json.dumps(PREPARE[3]))
    args = ("fire", FIRST, "confirm_prepared", "--by", "bureau:plan", "--data", f"@{papers}")
    assert applied.on("2026-01-20").done(*args)["state"] == "prepared"


def test_a_page_says_whose_turn_it_is_and_what_is_missing(applied):
    page = applied.done("case", "show", FIRST)
    assert page["turn"] == "provider"
    assert page["missing"] == ["declaration", "knowledge_test", "quote"]
    text = applied("case", "show", FIRST, "--lang", "nl").out
    assert "de dienstverlener" in text
    assert "16 h (9.6 on site, 6.4 at the bureau) at 192.65 €" in text
    assert "3,082.40 € + VAT 21 % 647.30 € = 3,729.70 €; nothing else is charged" in text


def test_a_starter_sees_the_price_of_the_follow_up_too(kmop):
    file = kmop.write("acme.json", application(kind="starter", active_since="2025-01-01"))
    kmop.done("submit", file)
    quotes = kmop.done("case", "show", FIRST)["quotes"]
    assert [(quote["kind"], quote["hours"]) for quote in quotes] == [
        ("starter", 8),
        ("follow_up", 8),
    ]


def test_what_is_overdue_is_said(applied):
    applied.on("2026-05-01")
    assert applied.done("case", "show", FIRST)["overdue"] == ["waiting", "lead_time"]
    assert "overdue" in applied("case", "timeline", FIRST).out


def test_each_date_explains_itself_in_three_languages(applied):
    said = {
        language: applied.done("case", "explain", FIRST, "--lang", language)["dates"]
        for language in ("nl", "fr", "en")
    }
    first = {language: dates[0] for language, dates in said.items()}
    assert first["en"]["on"] == "2026-02-02"
    assert (first["en"]["rule"], first["en"]["start"]) == ("waiting", "2026-01-05")
    assert len({date["why"] for date in first.values()}) == 3
    assert "2026-02-02  visit_from\n" in applied("case", "explain", FIRST).out


def test_an_earlier_day_shows_the_case_as_it_was(kmop):
    kmop.live(*LIFE)
    then = kmop.done("case", "show", FIRST, "--on", "2026-02-12")
    assert (then["state"], then["version"], then["registration"]) == ("office_audit", 4, None)
    assert len(kmop.done("case", "history", FIRST, "--on", "2026-01-20")["events"]) == 2
    ran = kmop("case", "show", FIRST, "--on", "2025-12-31")
    assert (ran.code, ran.err.split(":")[0]) == (5, "not_found")


def test_history_and_timeline_tell_what_was_and_what_comes(kmop):
    kmop.live(SUBMIT, PREPARE, START)
    events = kmop.done("case", "history", FIRST)["events"]
    assert [event["trigger"] for event in events] == ["submit", "confirm_prepared", "start_visit"]
    assert "jo.maes@acme.example" not in json.dumps(events)
    assert "auditor:an" in kmop("case", "history", FIRST).out
    moments = kmop.done("case", "timeline", FIRST)["moments"]
    assert [m["when"] for m in moments].count("today") == 1
    assert [m["on"] for m in moments] == sorted(m["on"] for m in moments)
    assert "2026-02-10  ▶  " in kmop("case", "timeline", FIRST, "--lang", "fr").out


def test_cases_are_listed_and_filtered(kmop):
    kmop.live(SUBMIT, PREPARE)
    other = application(enterprise_number="0403.012.234", bureau="Kiwa")
    kmop.done("submit", kmop.write("other.json", other))

    def numbers(*options: str) -> list[str]:
        return [case["number"] for case in kmop.done("case", "list", *options)["cases"]]

    assert numbers() == ["2026-000001", "2026-000002"]
    assert numbers("--state", "prepared") == ["2026-000001"]
    assert numbers("--state", "prepared", "--state", "applied") == numbers()
    assert numbers("--kind", "renewal") == []
    assert numbers("--bureau", "Kiwa") == ["2026-000002"]
    assert numbers("--enterprise", "BE 0566.988.259") == ["2026-000001"]
    assert numbers("--due-before", "2026-01-01") == []
    assert numbers("--after", "2026-000001") == ["2026-000002"]
    assert kmop.done("case", "list", "--limit", "1")["next"] == "2026-000001"
    ran = kmop("case", "list", "--limit", "1")
    assert ran.err == "there are more: --after 2026-000001\n"
    assert "Acme Opleidingen BV" in ran.out


def test_a_sweep_writes_down_what_time_has_brought_about(kmop):
    kmop.live(SUBMIT)
    kmop.on("2027-02-01")
    before = kmop.tables()
    assert kmop.done("sweep", "--dry-run")["moved"] == {"lapse": 1}
    assert kmop.tables() == before
    ran = kmop("sweep")
    assert (ran.code, ran.err) == (0, "")
    assert "moved: 1 lapse" in ran.out
    assert kmop.done("sweep")["moved"] == {}
    assert kmop.done("case", "show", FIRST)["state"] == "withdrawn"
    assert "nobody: it has ended" in kmop("case", "show", FIRST).out


def test_a_day_to_come_is_swept_only_on_purpose_and_never_in_production(applied):
    coming = ("sweep", "--on", "2027-02-01")
    assert applied.done(*coming, "--dry-run")["moved"] == {"lapse": 1}
    assert applied(*coming).code == 2
    applied.set(PROFILE="production")
    assert applied(*coming, "--yes").code == 2
    assert applied("sweep", "--on", "2026-01-04").code == 2
    assert applied.done(*coming, "--dry-run")["cases"] == 1
    applied.set(PROFILE="default")
    assert applied.done(*coming, "--yes")["moved"] == {"lapse": 1}


def test_a_certified_case_is_marked_in_the_picture(kmop):
    kmop.live(SUBMIT, PREPARE, START, CLOSE, FINISH, PASS, REGISTER)
    assert kmop("graph", "--case", FIRST).out.endswith("class certified now\n")
    assert kmop.done("graph", "--case", FIRST)["state"] == "certified"


def test_a_registered_provider_sees_validity_and_number(kmop):
    kmop.live(SUBMIT, PREPARE, START, CLOSE, FINISH, PASS)
    numbers = {"numbers": {"training": "DV.O123456"}}
    kmop.live(("2026-02-26", "register", "authority:vlaio", numbers))
    text = kmop("case", "show", FIRST).out
    assert "2026-02-26 to 2031-02-26, registered on 2026-02-26" in text
    assert "training: DV.O123456" in text


def test_people_are_told_of_warnings_and_of_a_dry_run(kmop):
    kmop.live(SUBMIT, PREPARE, START, CLOSE, FINISH, PASS)
    ran = kmop.on("2026-02-26")("fire", FIRST, "register", "--by", "authority:vlaio", "--dry-run")
    assert ran.out == f"{FIRST} register: certified (version 7)\n"
    assert ran.err == "warning: early_decision\ndry run: nothing was written\n"


def test_a_case_that_cannot_be_swept_is_reported_and_the_others_go_on(kmop, monkeypatch):
    kmop.live(SUBMIT)

    def broken(*_):
        raise ValueError("torn page")

    monkeypatch.setattr(passing, "catch_up", broken)
    ran = kmop.on("2026-02-01")("sweep")
    assert (ran.code, ran.err.splitlines()[-1]) == (1, f"failed: {FIRST}: torn page")


def test_a_mail_server_that_refuses_us_stops_the_delivery(kmop, monkeypatch):
    kmop.live(SUBMIT)
    refusing = type("Refusing", (), {"send": lambda *_: Outcome("configuration", "bad password")})
    monkeypatch.setattr(bootstrap, "_notifier", lambda _: refusing())
    ran = kmop("deliver")
    assert (ran.code, ran.out) == (1, "notices: none\nwaiting: 1 channel mail\n")
    shut = "shut: mail: bad password; correct it, then: kmop deliveries resume"
    assert ran.err.splitlines()[-1] == shut
