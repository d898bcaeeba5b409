"""Which reminders a case owes, to whom, and when they stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.domain.case import Successor
from kmop_lifecycle.domain.ladders import instances
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.reminders import ladder_dues, owed, still_holds
from kmop_lifecycle.domain.rulebook import Mode, Window
from tests.stories import (
    applied,
    certified,
    following_up,
    judged,
    paused_case,
    prepared,
    shipped_rules,
    starter,
    with_rules,
)

RULES = shipped_rules()
NONE = frozenset()


def _sent(case, day, ledger=NONE, role=Role.PROVIDER):
    day = date.fromisoformat(day) if isinstance(day, str) else day
    rows = owed(case, RULES, day, ledger)
    return sorted(f"{n.ladder}:{n.rung}" for n in rows if n.role is role and not n.moot)


def _walk(case, start, end, role=Role.PROVIDER):
    """Sweep every day; return what was sent on which day."""
    ledger, found, day = set(), {}, date.fromisoformat(start)
    while day <= date.fromisoformat(end):
        rows = owed(case, RULES, day, ledger)
        ledger |= {n.key for n in rows}
        sent = {f"{n.ladder}:{n.rung}" for n in rows if n.role is role and not n.moot}
        if sent:
            found[day.isoformat()] = sorted(sent)
        day += timedelta(days=1)
    return found


@given(st.dates(date(2026, 1, 5), date(2032, 1, 1)))
def test_the_keys_of_a_ladder_are_those_of_its_rows(day):
    seen = 0
    for story in (applied(), prepared(), judged(), certified(), starter()):
        for instance in instances(story.now, RULES, day):
            rows = [n for rung in instance.rungs(day) for n in instance.notices(rung)]
            keys = list(instance.keys(day))
            assert keys == [(n.due_on, n.key) for n in rows]
            seen += len(keys)
    assert seen


def test_an_applicant_without_papers_hears_at_two_weeks_and_25_days_and_when_stale():
    assert _walk(applied().now, "2026-01-05", "2026-12-31") == {
        "2026-01-19": ["preparation:+2w"],
        "2026-01-30": ["preparation:+25d"],
        "2026-04-05": ["preparation:+3m"],
        "2026-07-05": ["preparation:+6m"],
        "2026-10-05": ["preparation:+9m"],
        "2026-12-05": ["preparation:+11m"],
    }


def test_who_has_signed_is_not_asked_to_sign():
    case = applied(declaration_signed_on="2026-01-04").now

    assert _sent(case, "2026-01-30") == ["preparation:+2w"]


def test_who_has_sent_all_papers_is_not_asked_for_papers():
    day = "2026-01-04"
    case = applied(
        declaration_signed_on=day, knowledge_test_passed_on=day, quote_accepted_on=day
    ).now

    assert _walk(case, "2026-01-05", "2026-03-31") == {}


def test_the_bureau_hears_the_day_after_the_window_and_then_weekly():
    found = _walk(prepared().now, "2026-02-01", "2026-03-04", Role.BUREAU)

    assert found == {
        "2026-02-17": ["waiting:0"],
        "2026-02-24": ["waiting:+1w"],
        "2026-03-03": ["waiting:+2w"],
    }


def test_the_lead_time_is_announced_and_then_escalated_monthly():
    found = _walk(judged().now, "2026-02-24", "2026-07-01", Role.BUREAU)

    assert found == {
        "2026-03-05": ["lead_time:heads_up"],
        "2026-04-06": ["lead_time:0"],
        "2026-05-06": ["lead_time:+1m"],
        "2026-06-06": ["lead_time:+2m"],
    }


def test_after_an_outage_the_newest_missed_rung_is_sent_and_the_others_are_moot():
    rows = owed(judged().now, RULES, date(2026, 5, 20), NONE)

    assert [(n.rung, n.moot) for n in rows] == [("heads_up", True), ("0", True), ("+1m", False)]


def test_while_paused_the_clocks_of_the_bureau_are_silent():
    story = prepared().do("2026-02-10", Trigger.PAUSE, "bureau:plan")

    assert _walk(story.now, "2026-02-10", "2026-06-30", Role.BUREAU) == {}


def test_a_book_that_only_warns_sends_no_escalation():
    value = RULES.waiting.versions[0].value
    rules = with_rules(RULES, waiting=Window(value.min, value.max, value.min_mode, Mode.WARN))

    assert not [
        n for n in owed(prepared().now, rules, date(2026, 2, 18), NONE) if n.ladder == "waiting"
    ]


def test_the_visit_is_announced_to_provider_and_auditor():
    story = prepared().do(
        "2026-01-20", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-10", auditor="an"
    )

    assert _walk(story.now, "2026-01-21", "2026-02-12", Role.AUDITOR) == {
        "2026-01-27": ["visit:-14d"],
        "2026-02-07": ["visit:-3d"],
    }


def test_a_visit_planned_anew_has_reminders_of_its_own():
    story = prepared().do("2026-01-20", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-10")
    first = {n.key for n in owed(story.now, RULES, date(2026, 2, 7), NONE)}
    story.do("2026-02-08", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-16")

    assert _sent(story.now, "2026-02-13", first) == ["visit:-3d"]


def test_a_reminder_of_a_past_visit_is_never_sent():
    story = prepared().do("2026-01-20", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-10")

    assert _sent(story.now, "2026-02-11") == []


def test_a_certificate_that_ends_before_the_visit_is_pointed_out():
    proof = {"scheme": "qfor", "number": "Q1", "valid_until": "2026-02-05"}
    story = prepared(kind="exemption", exemption=proof)

    assert _sent(story.now, "2026-01-29") == ["evidence:-7d"]
    story.do("2026-01-29", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-04")
    assert "evidence:-7d" not in _sent(story.now, "2026-01-30")


def test_the_follow_up_ladder_has_its_nine_rungs():
    story = following_up()
    found = _walk(story.now, "2027-09-16", "2028-03-16")

    assert list(found.values()) == [
        [f"follow_up:{r}"] for r in ("-6m", "-4m", "-3m", "-2m", "-1m", "-14d", "-7d", "-1d")
    ]
    story.pass_time("2028-03-17")
    assert _sent(story.now, "2028-03-17") == ["follow_up:+1d"]


def test_the_authority_hears_of_a_follow_up_from_14_days_before():
    found = _walk(following_up().now, "2027-09-16", "2028-03-16", Role.AUTHORITY)

    assert list(found) == ["2028-03-02", "2028-03-09", "2028-03-15"]


def test_once_the_audit_is_asked_for_only_what_is_outstanding_remains():
    story = following_up().do("2027-12-01", Trigger.REQUEST_AUDIT, "provider:acme")

    assert list(_walk(story.now, "2027-12-02", "2028-03-17")) == [
        "2027-12-16", "2028-02-16", "2028-03-02", "2028-03-09", "2028-03-15",
    ]  # fmt: skip


def test_the_first_step_of_the_audit_counts_as_asking():
    story = following_up().do("2027-10-01", Trigger.START_VISIT, "auditor:an")

    assert story.now.audit_requested_on == date(2027, 10, 1)


def test_a_renewal_under_way_shortens_the_ladder_and_its_registration_ends_it():
    case = certified().now
    running = replace(case, successor=Successor("2026-000002", State.PREPARED, date(2030, 10, 1)))
    registered = Successor("2026-000002", State.WITHDRAWN, date(2030, 10, 1), registered=True)
    done = replace(case, successor=registered)  # relinquished since: what it renewed stays past
    given_up = replace(
        case, successor=Successor("2026-000002", State.WITHDRAWN, date(2030, 10, 1))
    )

    assert list(_walk(case, "2030-01-01", "2031-03-16")) == list(
        _walk(given_up, "2030-01-01", "2031-03-16")
    )
    assert len(_walk(case, "2030-01-01", "2031-03-16")) == 9
    assert len(_walk(running, "2030-01-01", "2031-03-16")) == 5
    assert _walk(done, "2030-01-01", "2031-03-16") == {}


def test_open_measures_are_reminded_until_their_date():
    assert _walk(judged("corrective").now, "2026-02-24", "2026-08-24") == {
        "2026-06-24": ["measures:-2m"],
        "2026-07-24": ["measures:-1m"],
        "2026-08-10": ["measures:-14d"],
        "2026-08-21": ["measures:-3d"],
    }


def test_a_review_is_put_to_the_authority_on_its_day():
    story = certified().do("2026-06-01", Trigger.SUSPEND, "authority:v", reason="x")

    found = _walk(story.now, "2026-06-02", "2027-06-01", Role.AUTHORITY)
    assert found == {"2026-12-01": ["review:0"]}


def test_each_further_channel_gets_its_own_row():
    contact = {"name": "Jo", "email": "jo@acme.example", "channels": ["json://localhost/a"]}
    rows = owed(applied(contact=contact).now, RULES, date(2026, 1, 19), NONE)

    assert sorted(n.channel for n in rows) == ["channel:1", "email"]


@given(st.integers(0, 2200))
def test_looking_twice_owes_nothing_and_a_row_in_the_ledger_stops_the_due_date(days):
    story = starter()
    day = story.today + timedelta(days=days)
    story.pass_time(day.isoformat())
    first = owed(story.now, RULES, day, NONE)
    ledger = frozenset(n.key for n in first)

    assert owed(story.now, RULES, day, ledger) == []
    assert all(due.on > day for due in ladder_dues(story.now, RULES, day, ledger))
    assert all(still_holds(n, story.now, RULES, day) for n in first if not n.moot)


def test_a_reminder_no_longer_holds_when_its_anchor_moved_or_a_newer_rung_came():
    story = prepared().do("2026-01-20", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-10")
    (old,) = [
        n for n in owed(story.now, RULES, date(2026, 1, 27), NONE) if n.role is Role.PROVIDER
    ]

    assert still_holds(old, story.now, RULES, date(2026, 1, 28))
    assert not still_holds(old, story.now, RULES, date(2026, 2, 7))
    story.do("2026-01-28", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-12")
    assert not still_holds(old, story.now, RULES, date(2026, 1, 29))


def test_what_happened_stays_true():
    story = applied()
    step = story.changes[0].notices[0]
    story.do("2026-01-06", Trigger.WITHDRAW, "provider:acme")

    assert still_holds(step, story.now, RULES, date(2027, 1, 1))


def test_an_open_pause_leaves_the_reminders_of_preparation_where_they_are():
    assert _sent(paused_case("2026-01-12").now, "2026-01-19") == ["preparation:+2w"]
