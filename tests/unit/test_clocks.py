"""Each date of a case: just before, on, and after it; and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kmop_lifecycle.domain.clocks import DATES, all_dates, overdue
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import Mode, Term, Window
from tests.stories import (
    Story,
    adoption,
    applied,
    certified,
    following_up,
    in_state,
    judged,
    paused_case,
    prepared,
    shipped_rules,
    starter,
    suspended,
    with_rules,
)

RULES = shipped_rules()
DAY = timedelta(days=1)


def _on(story, name, today=None):
    derived = DATES[name](story.now, RULES, today or story.today)
    return derived.on.isoformat() if derived else None


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("visit_from", "2026-02-02"),
        ("visit_until", "2026-02-16"),
        ("waiting_overdue_on", "2026-02-17"),
        ("lead_from", "2026-03-05"),
        ("lead_until", "2026-04-05"),
        ("lead_heads_up_on", "2026-03-05"),
        ("lead_overdue_on", "2026-04-06"),
        ("declaration_due", "2026-02-04"),
        ("lapses_on", "2027-01-06"),
    ],
)
def test_an_application_of_5_january_has_these_dates(name, day):
    assert _on(applied(), name) == day


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("valid_from", "2026-03-16"),
        ("valid_until", "2028-03-16"),
        ("two_year_on", "2028-03-16"),
        ("follow_up_opens_on", "2027-09-16"),
        ("expires_on", "2028-03-17"),
    ],
)
def test_a_starter_registered_on_16_march_has_these_dates(name, day):
    assert _on(starter(), name) == day


def test_every_date_of_every_state_adds_up_to_its_own_derivation():
    for state in State:
        story = in_state(state)
        for derived in all_dates(story.now, RULES, story.today):
            assert derived.source
            assert derived.rule_from <= derived.on
            moved = timedelta(days=derived.plus_days + derived.paused_days)
            if derived.length == "0d":
                assert derived.start + moved == derived.on


def test_paused_days_move_window_lead_time_and_lapse_and_nothing_else():
    plain, story = applied(), paused_case("2026-01-12", "2026-02-01")
    moved = {"visit_from", "visit_until", "lead_from", "lead_until", "lapses_on"}
    for name in ("visit_from", "visit_until", "lead_from", "lead_until", "lapses_on"):
        before = DATES[name](plain.now, RULES, story.today)
        after = DATES[name](story.now, RULES, story.today)
        assert after.on - before.on == timedelta(days=20)
        assert after.paused_days == 20
    assert moved & set(DATES) == moved
    assert _on(story, "declaration_due") == _on(plain, "declaration_due")


def test_while_a_pause_is_open_the_window_moves_with_each_day():
    story = paused_case("2026-01-12")

    assert _on(story, "visit_until", date(2026, 1, 12)) == "2026-02-16"
    assert _on(story, "visit_until", date(2026, 1, 22)) == "2026-02-26"


def test_waiting_is_overdue_from_the_day_after_the_sixth_week():
    case = prepared().now

    assert overdue(case, RULES, date(2026, 2, 16)) == ()
    assert overdue(case, RULES, date(2026, 2, 17)) == ("waiting",)
    assert overdue(case, RULES, date(2026, 4, 6)) == ("waiting", "lead_time")


def test_a_decision_ends_what_is_overdue():
    assert overdue(certified().now, RULES, date(2027, 1, 1)) == ()


def test_the_state_moves_the_day_after_never_on_the_day():
    lapsing = applied()
    assert lapsing.pass_time("2027-01-05").now.state is State.APPLIED
    assert lapsing.pass_time("2027-01-06").now.state is State.WITHDRAWN
    ending = certified()
    assert ending.pass_time("2031-03-16").now.state is State.CERTIFIED
    assert ending.pass_time("2031-03-17").now.state is State.EXPIRED
    answering = judged("corrective")
    assert answering.pass_time("2026-08-24").now.state is State.CORRECTIVE_ACTION
    assert answering.pass_time("2026-08-25").now.state is State.REJECTED


def test_after_a_long_outage_each_step_is_dated_on_its_own_day():
    story = starter().pass_time("2030-01-01")

    assert [(c.event.trigger, c.event.on.isoformat()) for c in story.changes[-2:]] == [
        (Trigger.OPEN_FOLLOW_UP, "2027-09-16"),
        (Trigger.EXPIRE, "2028-03-17"),
    ]


def test_a_suspension_is_reviewed_after_six_months_and_validity_keeps_running():
    story = suspended()

    assert _on(story, "suspension_review_on") == "2026-12-01"
    assert story.pass_time("2031-03-17").now.state is State.EXPIRED


def test_a_condition_is_due_twelve_months_after_the_decision():
    story = judged("conditional").do("2026-03-16", Trigger.REGISTER, "authority:vlaio")

    assert _on(story, "condition_due") == "2027-03-16"


@pytest.mark.parametrize(
    ("by", "until"), [("committee", "2026-03-26"), ("authority", "2026-05-09")]
)
def test_an_appeal_has_thirty_days_against_the_bureau_and_sixty_against_the_authority(by, until):
    story = judged("fail") if by == "committee" else judged()
    if by == "authority":
        story.do("2026-03-10", Trigger.REFUSE, "authority:vlaio", reason="no")

    assert _on(story, "appeal_until") == until


def test_an_adopted_registration_keeps_the_dates_of_its_letter():
    story = Story().do(
        "2026-01-05", Trigger.ADOPT, "admin:root", **adoption(valid_until="2027-05-31")
    )

    derived = DATES["valid_until"](story.now, RULES, story.today)
    assert derived.on == date(2027, 5, 31)
    assert derived.fact == "valid_from"


def test_an_extension_counts_from_the_first_day_not_from_the_follow_up():
    story = following_up()
    story.do("2028-01-18", Trigger.START_VISIT, "auditor:an")
    story.do(
        "2028-01-18",
        Trigger.CLOSE_VISIT,
        "auditor:an",
        scores="all T",
        report_approved_on="2028-01-18",
    )
    story.do("2028-01-25", Trigger.FINISH_REPORT, "auditor:an", hours=8, report="R-2")
    story.do("2028-02-02", Trigger.GIVE_VERDICT, "committee:bo", verdict="pass")
    story.do("2028-03-16", Trigger.EXTEND, "authority:vlaio")

    assert _on(story, "valid_until") == "2031-03-16"
    assert _on(story, "two_year_on") is None


def test_a_rule_that_is_off_has_no_date():
    term = RULES.lapse.versions[0].value
    rules = with_rules(RULES, lapse=Term(term.length, Mode.OFF))
    case = applied().now

    assert DATES["lapses_on"](case, rules, date(2030, 1, 1)) is None


def test_a_window_that_is_off_has_no_bound():
    value = RULES.waiting.versions[0].value
    rules = with_rules(RULES, waiting=Window(value.min, value.max, Mode.OFF, Mode.OFF))

    assert DATES["visit_from"](applied().now, rules, date(2026, 1, 5)) is None
    assert overdue(prepared().now, rules, date(2026, 12, 1)) == ("lead_time",)


def test_each_date_is_named_once():
    for state in State:
        story = in_state(state)
        names = [derived.name for derived in all_dates(story.now, RULES, story.today)]

        assert len(names) == len(set(names))
