"""Calendars to follow: exactly the dates that a case explains, and those that fell away."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from kmop_lifecycle.adapters.calendar_feeds import file_name
from kmop_lifecycle.service.calendars import Audience, Whose
from tests.integration.command_line import FIRST, LIFE, PREPARE, SUBMIT, CommandLine
from tests.stories import application

ENTERPRISE = "0566.988.259"
PLAN = ("2026-01-21", "plan_visit", "bureau:plan", {"visit_on": "2026-02-10", "auditor": "an"})


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


def read(path):
    calendar = Calendar.from_ical(path.read_bytes())
    assert not calendar.errors
    events = calendar.walk("VEVENT")
    assert not any(event.errors for event in events)
    return calendar, events


def feed(kmop, *args, code=0):
    ran = kmop("calendar", "--to", kmop.folder / "feeds", *args, "--json")
    assert ran.code == code, ran
    return ran.json["calendars"] if code == 0 else ran


def held(events):
    return {
        (str(event["UID"]), event["DTSTART"].dt)
        for event in events
        if event.get("STATUS") != "CANCELLED"
    }


def explained(kmop, case=FIRST):
    dates = kmop.done("case", "explain", case)["dates"]
    today = kmop.clock.today()
    return {
        (f"{case}-{each['name']}@kmop-lifecycle", on)
        for each in dates
        if (on := date.fromisoformat(each["on"])) >= today
    }


@pytest.mark.parametrize("steps", range(1, len(LIFE) + 1))
def test_a_calendar_holds_the_coming_dates_that_the_case_explains(kmop, steps):
    kmop.live(*LIFE[:steps])
    (one,) = feed(kmop, "--staff")
    _, events = read(kmop.folder / "feeds" / "staff.ics")
    assert held(events) == explained(kmop)
    assert one["days"] == len(held(events)) > 0
    version = kmop.done("case", "show", FIRST)["version"]
    assert {event["SEQUENCE"] for event in events} == {version}
    for event in events:
        assert event["DTSTART"].params["VALUE"] == "DATE"
        assert event["DTEND"].dt == event["DTSTART"].dt + timedelta(days=1)


def test_the_alarm_comes_a_month_before_a_far_date_and_three_days_before_a_near_one(kmop):
    kmop.live(*LIFE)
    feed(kmop, "--staff")
    _, events = read(kmop.folder / "feeds" / "staff.ics")
    by_name = {
        str(event["UID"]).split("@")[0].removeprefix(f"{FIRST}-"): event for event in events
    }
    (far,) = by_name["valid_until"].walk("VALARM")
    assert far["TRIGGER"].dt == timedelta(days=-30)
    kmop.on("2031-03-01")
    feed(kmop, "--staff")
    _, events = read(kmop.folder / "feeds" / "staff.ics")
    assert {alarm["TRIGGER"].dt for event in events for alarm in event.walk("VALARM")} == {
        timedelta(days=-3)
    }


@pytest.mark.parametrize(
    ("lang", "name", "title"),
    [
        ("nl", "Kmo-portefeuille: dossiers van 0566988259", "De audit ter plaatse · 2026-000001"),
        (
            "fr",
            "Kmo-portefeuille : dossiers de 0566988259",
            "L\u2019audit sur place · 2026-000001",
        ),
        ("en", "KMO-portefeuille: cases of 0566988259", "The on-site audit · 2026-000001"),
    ],
)
def test_a_calendar_speaks_the_readers_language(kmop, lang, name, title):
    kmop.live(SUBMIT, PREPARE, PLAN)
    feed(kmop, "--provider", ENTERPRISE, "--lang", lang)
    calendar, events = read(kmop.folder / "feeds" / "0566988259.ics")
    assert calendar["X-WR-CALNAME"] == name
    assert calendar["METHOD"] == "PUBLISH"
    (visit,) = [event for event in events if "visit_on" in event["UID"]]
    assert visit["SUMMARY"] == title
    why = kmop.done("case", "explain", FIRST, "--lang", lang)["dates"]
    assert visit["DESCRIPTION"] in [each["why"] for each in why]


def test_names_of_firms_are_in_the_feeds_of_bureau_and_staff_only_where_that_is_wanted(kmop):
    kmop.live(SUBMIT)
    for shown in ("false", "true"):
        kmop.set(BOARDS__SHOW_NAMES=shown)
        for written in feed(kmop, "--all"):
            text = Path(written["file"]).read_bytes().decode().replace("\r\n ", "")
            staffs = "providers" not in written["file"]
            assert ("Acme Opleidingen BV" in text) is (shown == "true" and staffs)
            assert "Jo Maes" not in text
            assert "jo.maes@" not in text
            assert "BE68" not in text


def test_all_calendars_lie_in_their_folders_and_only_what_changed_is_written_again(kmop):
    kmop.live(SUBMIT)
    other = application(enterprise_number="0403.170.701", bureau="Vinçotte", name="Elders NV")
    kmop.live(("2026-01-06", "submit", "provider:elders", other))
    first = feed(kmop, "--all")
    names = {one["file"].split("/feeds/")[1] for one in first}
    assert names == {
        "providers/0566988259.ics", "providers/0403170701.ics", "bureaus/dnv.ics",
        "bureaus/vincotte.ics", "staff.ics",
    }  # fmt: skip
    assert all(one["changed"] for one in first)
    times = {one["file"]: kmop.folder.joinpath(one["file"]).stat().st_mtime_ns for one in first}
    kmop.on("2026-01-08")
    again = feed(kmop, "--all")
    assert not any(one["changed"] for one in again)
    assert times == {
        one["file"]: kmop.folder.joinpath(one["file"]).stat().st_mtime_ns for one in again
    }
    kmop.live(PREPARE)
    changed = {one["file"].split("/feeds/")[1] for one in feed(kmop, "--all") if one["changed"]}
    assert changed == {"providers/0566988259.ics", "bureaus/dnv.ics", "staff.ics"}
    assert not list(kmop.folder.rglob(".*.ics"))


def test_a_bureau_sees_its_own_cases_only(kmop):
    kmop.live(SUBMIT)
    other = application(enterprise_number="0403.170.701", bureau="Vinçotte")
    kmop.live(("2026-01-06", "submit", "provider:elders", other))
    feed(kmop, "--bureau", "Vinçotte")
    _, events = read(kmop.folder / "feeds" / "vincotte.ics")
    assert {str(event["UID"])[:11] for event in events} == {"2026-000002"}


def test_an_auditor_sees_the_cases_he_visits_or_reports_on(kmop):
    kmop.live(SUBMIT, PREPARE, PLAN)
    other = application(enterprise_number="0403.170.701", bureau="DNV", name="Elders NV")
    kmop.live(("2026-01-22", "submit", "provider:elders", other))
    names = {one["file"].split("/feeds/")[1] for one in feed(kmop, "--all")}
    assert "auditors/an.ics" in names
    assert len([name for name in names if name.startswith("auditors/")]) == 1
    feed(kmop, "--auditor", "an")
    calendar, events = read(kmop.folder / "feeds" / "an.ics")
    assert calendar["NAME"] == "Kmo-portefeuille: audits van an"
    assert held(events) == explained(kmop)
    kmop.live(("2026-01-25", "withdraw", "provider:acme", {}))
    assert "auditors/an.ics" not in {
        one["file"].split("/feeds/")[1] for one in feed(kmop, "--all")
    }


def test_a_date_that_fell_away_lately_is_cancelled_in_the_feed(kmop):
    kmop.live(SUBMIT, PREPARE, PLAN)
    before = explained(kmop)
    kmop.live(("2026-01-25", "withdraw", "provider:acme", {}))
    feed(kmop, "--staff")
    _, events = read(kmop.folder / "feeds" / "staff.ics")
    assert held(events) == set()
    gone = {(str(e["UID"]), e["DTSTART"].dt) for e in events if e["STATUS"] == "CANCELLED"}
    signed = {(f"{FIRST}-declaration_due@kmop-lifecycle", date(2026, 2, 4))}  # some days earlier
    assert gone == {pair for pair in before if pair[1] >= date(2026, 1, 25)} | signed
    assert not any(event.walk("VALARM") for event in events)
    kmop.on("2026-05-01")
    feed(kmop, "--staff")
    assert read(kmop.folder / "feeds" / "staff.ics")[1] == []


def test_a_replanned_visit_moves_in_the_feed(kmop):
    kmop.live(SUBMIT, PREPARE, PLAN)
    feed(kmop, "--staff")
    _, before = read(kmop.folder / "feeds" / "staff.ics")
    kmop.live((*PLAN[:3], {"visit_on": "2026-02-12", "auditor": "an"}))
    feed(kmop, "--staff")
    _, after = read(kmop.folder / "feeds" / "staff.ics")
    (old,), (new,) = ([e for e in found if "visit_on" in e["UID"]] for found in (before, after))
    assert (old["UID"], old["SEQUENCE"] + 1) == (new["UID"], new["SEQUENCE"])
    assert new["DTSTART"].dt == date(2026, 2, 12)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((), 2),
        (("--staff", "--all"), 2),
        (("--provider", "12"), 2),
        (("--provider", "0403.170.701"), 5),
        (("--bureau", "Nobody"), 5),
        (("--auditor", "nobody"), 5),
    ],
)
def test_whose_calendar_it_is_must_be_said_and_known(kmop, args, code):
    kmop.live(SUBMIT)
    ran = feed(kmop, *args, code=code)
    assert json.loads(ran.out or ran.err)
    assert not list(kmop.folder.rglob("*.ics"))


def test_a_folder_that_cannot_be_written_is_named(kmop):
    kmop.live(SUBMIT)
    ran = kmop("calendar", "--staff", "--to", kmop.write("taken", "a file"))
    assert ran.code == 2
    assert "taken" in ran.err


def test_a_file_has_a_plain_name_whatever_a_bureau_is_called():
    names = [file_name(Audience(Whose.BUREAU, name)) for name in ("../x", "A.B", "A B", "€", "")]
    assert all("/" not in name and name.endswith(".ics") for name in names)
    assert len(set(names)) == len(names)
