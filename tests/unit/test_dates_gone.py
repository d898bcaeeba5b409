"""A date that a step ends is taken out of the calendars of whoever was mailed it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from icalendar import Calendar

from kmop_lifecycle.adapters.dates_gone import DatesGone
from kmop_lifecycle.adapters.mail_entries import kept_entry
from kmop_lifecycle.adapters.notice_plan import Kept, kept_date
from kmop_lifecycle.adapters.reasons import Reasons
from kmop_lifecycle.adapters.templates import JinjaRenderer
from kmop_lifecycle.adapters.words import LANGUAGES, TEMPLATES, read
from kmop_lifecycle.domain.case import Audit, Change, Measure
from kmop_lifecycle.domain.clocks import all_dates
from kmop_lifecycle.domain.lifecycle import ENDED, Trigger
from kmop_lifecycle.domain.turn import turn
from kmop_lifecycle.service.ports import Recipient
from tests import make
from tests.stories import (
    JOURNEYS,
    Story,
    certified,
    following_up,
    judged,
    prepared,
    shipped_rules,
    suspended,
)

T = Trigger
RULES = shipped_rules()
PLAN = read(TEMPLATES / "plan.toml")
_KEPT = {name for row in PLAN["dates"].values() for name in row["keep"]}
# What mails put into calendars: what plan.toml keeps, and the anchors of the ladders.
MAILED = {name.removesuffix("-1d") for name in _KEPT - {"anchor", "anchor-1d"}} | {
    "visit_on", "measures_due", "evidence_until", "two_year_on", "valid_until",
    "suspension_review_on", "condition_due",
}  # fmt: skip


def read_mail(change: Change, language: str = "nl") -> tuple[str, dict[str, dict[str, object]]]:
    renderer = JinjaRenderer(
        turn=turn,
        why=Reasons(RULES),
        gone=DatesGone(RULES),
        sender_name="Registratie",
        reply_to="help@kmop.example",
    )
    to = Recipient("jo@acme.example", language, "Jo")
    message = renderer.render(change.notices[0], change.after, None, to, change.event.on)
    if message.calendar is None:
        return "", {}
    calendar = Calendar.from_ical(message.calendar)
    events = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), {
        str(event["UID"]).split("@")[0].removeprefix("2026-000001-"): event for event in events
    }


def planned() -> Story:
    return prepared().do(
        "2026-01-21", T.PLAN_VISIT, "bureau:plan", visit_on="2026-02-10", auditor="an"
    )


def ended(change: Change) -> dict[str, date]:
    """The mailed dates that held before a step, were to come, and do not hold after it."""
    assert change.before is not None
    on = change.event.on
    then = all_dates(change.before, RULES, change.before.last_on)
    now = () if change.after.state in ENDED else all_dates(change.after, RULES, on)
    left = {derived.name for derived in now}
    shift = {"lapses_on": timedelta(days=1)}  # mailed as the day before
    return {
        d.name: d.on
        for d in then
        if d.on - shift.get(d.name, timedelta()) >= on and d.name in MAILED - left
    }


def stories() -> list[Story]:
    clock = [planned().pass_time("2027-02-01"), following_up().pass_time("2028-05-01")]
    people = [
        planned().do("2026-01-25", T.WITHDRAW, "provider:acme"),
        planned().do("2026-02-09", T.START_VISIT, "auditor:an"),
        certified().do("2026-09-01", T.REVOKE, "authority:vlaio", reason="x"),
        certified().do("2026-09-01", T.RELINQUISH, "authority:vlaio", reason="x"),
        suspended().do("2026-07-01", T.LIFT, "authority:vlaio", reason="x"),
        suspended().do("2026-07-01", T.REVOKE, "authority:vlaio", reason="x"),
        judged("fail").do("2026-03-01", T.UPHOLD_APPEAL, "committee:di", reason="x"),
        judged("corrective").do("2026-03-01", T.SUBMIT_EVIDENCE, "bureau:plan", answers=["done"]),
        judged("corrective").do("2026-03-01", T.ORDER_REAUDIT, "committee:bo"),
        judged("corrective").do("2026-03-01", T.WITHDRAW, "provider:acme"),
        judged("corrective").pass_time("2027-01-01"),
        prepared(kind="exemption", exemption={"scheme": "iso9001", "number": "1",
                 "valid_until": "2026-12-31"}).do("2026-02-10", T.START_VISIT, "auditor:an"),
    ]  # fmt: skip
    return [*(journey() for journey in JOURNEYS.values()), *clock, *people]


def changes() -> list[Change]:
    return [change for story in stories() for change in story.changes if change.before is not None]


def test_every_mailed_date_that_a_step_ends_is_cancelled_by_the_mail_about_it():
    seen = set()
    for change in changes():
        _, events = read_mail(change)
        for name, on in ended(change).items():
            found = events.get(name) or events[f"{name}-1d"]
            assert found["STATUS"] == "CANCELLED", (change.event.trigger, name)
            assert found["SEQUENCE"] == change.after.version
            assert found["DTEND"].dt == found["DTSTART"].dt + timedelta(days=1)
            if name in events and found["DTSTART"].dt != change.event.on:
                assert found["DTSTART"].dt == on
            seen.add(change.event.trigger)
    assert {T.WITHDRAW, T.REVOKE, T.RELINQUISH, T.LIFT, T.START_VISIT, T.REGISTER} <= seen


def test_no_date_is_cancelled_that_still_holds():
    for change in changes():
        left = {d.name for d in all_dates(change.after, RULES, change.event.on)}
        if change.after.state in ENDED:
            continue
        for name, event in read_mail(change)[1].items():
            assert event.get("STATUS") != "CANCELLED" or name.removesuffix("-1d") not in left


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withdrawn_case_takes_its_dates_out_of_the_calendar(language):
    change = planned().do("2026-01-25", T.WITHDRAW, "provider:acme").changes[-1]
    method, events = read_mail(change, language)
    assert method == "CANCEL"
    assert events["visit_on"]["DTSTART"].dt == date(2026, 2, 10)
    assert {event["STATUS"] for event in events.values()} == {"CANCELLED"}
    assert not any(event.walk("VALARM") for event in events.values())
    assert {event["ORGANIZER"] for event in events.values()} == {"mailto:help@kmop.example"}


def test_a_replanned_visit_moves_its_entry():
    story = planned().do(
        "2026-01-25", T.PLAN_VISIT, "bureau:plan", visit_on="2026-02-12", auditor="an"
    )
    first, second = (
        read_mail(change)[1]["visit_on"]
        for change in story.changes
        if change.event.trigger is T.PLAN_VISIT
    )
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second["DTSTART"].dt == date(2026, 2, 12)
    assert "STATUS" not in second


def test_a_registration_gives_a_date_and_takes_one():
    change = certified().changes[-1]
    method, events = read_mail(change)
    assert method == "PUBLISH"
    assert events["lead_until"]["STATUS"] == "CANCELLED"
    assert "STATUS" not in events["valid_until"]


def test_what_has_passed_is_not_taken_out():
    change = certified().pass_time("2031-03-17").changes[-1]
    assert change.event.trigger is T.EXPIRE
    assert read_mail(change) == ("", {})


def test_the_table_of_ended_dates_names_triggers():
    assert set(PLAN["ends"]) <= set(T)
    assert {
        name.removesuffix("-1d") for names in PLAN["ends"].values() for name in names
    } <= MAILED


def test_measures_with_days_of_their_own_have_entries_of_their_own():
    first, last = date(2026, 3, 1), date(2026, 4, 1)
    audit = Audit(measures=(Measure("a", first), Measure("b", last)))
    case = make.case(audits=(audit,))
    uids = [
        kept_entry(case, Kept("measures_due", on, "by"), "", "", date(2026, 2, 1))[0].uid
        for on in (first, last)
    ]
    assert uids == ["2026-000001-measures_due-2026-03-01", "2026-000001-measures_due"]


def test_the_day_before_a_date_does_not_move_the_date_itself():
    wanted = {"keep": ["lapses_on-1d"], "says": "by"}
    change = prepared().changes[-1]
    dates = all_dates(change.after, RULES, change.event.on)
    kept = kept_date(wanted, change.notices[0], dates)
    assert kept is not None
    assert kept.name == "lapses_on-1d"
