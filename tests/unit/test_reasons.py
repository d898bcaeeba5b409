"""Each notice explains the date it names."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from kmop_lifecycle.adapters.reasons import Reasons
from kmop_lifecycle.adapters.words import TEMPLATES
from kmop_lifecycle.domain.case import Notice
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from kmop_lifecycle.domain.reminders import owed
from tests.stories import applied, certified, following_up, prepared, shipped_rules, suspended

RULES = shipped_rules()


def of(story, notice):
    return [d.name for d in Reasons(RULES)(story.now, notice, story.today)]


def step(story):
    return story.changes[-1].notices[0]


def test_every_date_that_the_plan_names_is_known():
    plan = tomllib.loads((TEMPLATES / "plan.toml").read_text(encoding="utf-8"))
    named = {name for entry in plan["dates"].values() for name in entry["keep"]}
    assert {name.removesuffix("-1d") for name in named} - set(DATES) == {"anchor"}


@pytest.mark.parametrize(
    ("story", "name"),
    [
        (applied, "declaration_due"),
        (prepared, "visit_until"),
        (certified, "valid_until"),
        (following_up, "two_year_on"),
        (suspended, "suspension_review_on"),
    ],
)
def test_a_step_gives_reasons_for_the_date_to_keep(story, name):
    told = story()
    assert of(told, step(told)) == [name]


def test_an_end_has_no_date_to_keep():
    told = applied().do("2026-01-06", Trigger.WITHDRAW, "provider:acme")
    assert of(told, step(told)) == []


@pytest.mark.parametrize(
    ("story", "day", "ladder", "name"),
    [
        (applied, "2026-01-19", "preparation", "declaration_due"),
        (prepared, "2026-02-17", "waiting", "waiting_overdue_on"),
        (prepared, "2026-03-05", "lead_time", "lead_until"),
        (following_up, "2027-09-16", "follow_up", "two_year_on"),
        (certified, "2031-03-17", "renewal", "valid_until"),
        (suspended, "2026-12-01", "review", "suspension_review_on"),
    ],
)
def test_a_reminder_gives_reasons_for_its_date(story, day, ladder, name):
    told = story().pass_time(day)
    rows = [n for n in owed(told.now, RULES, told.today, ()) if n.ladder == ladder and not n.moot]
    assert rows
    assert of(told, rows[-1]) == [name]


def test_a_ladder_that_stands_no_longer_has_no_reasons():
    notice = Notice(
        "2026-000001", "review", "condition_due", date(2027, 3, 16), "0", Role.AUTHORITY,
        "authority", "email", date(2027, 3, 16),
    )  # fmt: skip
    assert of(certified(), notice) == []
