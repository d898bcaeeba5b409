"""The boards: what needs a hand, how the work flows, what comes, what is stuck."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from kmop_lifecycle.adapters.boards.pages import Pages
from kmop_lifecycle.adapters.boards.setting import Setting, safe
from kmop_lifecycle.adapters.words import TEMPLATES, read
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.turn import next_step
from kmop_lifecycle.service import boards as drawing
from kmop_lifecycle.service.alarm import alarm, backlog
from kmop_lifecycle.service.boards import draw_up
from kmop_lifecycle.service.news import news
from kmop_lifecycle.service.overview import one_case
from kmop_lifecycle.service.ports import Outcome
from kmop_lifecycle.service.queries import open_file
from kmop_lifecycle.service.sweep import sweep
from tests.fakes import Office
from tests.one_by_one import open_cases
from tests.stories import (
    applied,
    certified,
    following_up,
    in_state,
    judged,
    prepared,
    reported,
    visiting,
)

T = Trigger
ESCALATING = ("waiting", "lead_time")


class Nowhere:
    """Links that name what they lead to."""

    def board(self, name):
        return f"/board/{name}"

    def case(self, number):
        return f"/case/{number}"

    def form(self, trigger, case):
        return f"/form/{trigger}/{case}" if trigger is not T.EXPIRE else ""


def written(office, language="en", **setting):
    """Return all boards of an office as pages, by name."""
    pages = Pages(Setting(language, Nowhere(), **setting))
    return {name: text for name, _, text in pages.boards(draw_up(office.house, office.clock.day))}


def sheet(office, number, language="en", **setting):
    return Pages(Setting(language, Nowhere(), **setting)).case(open_file(office.house, number))[1]


@pytest.fixture
def office():
    return Office()


@pytest.mark.parametrize(
    ("story", "step"),
    [
        (applied, None),  # papers are missing
        (prepared, T.PLAN_VISIT),
        (visiting, T.CLOSE_VISIT),
        (reported, T.GIVE_VERDICT),
        (judged, T.REGISTER),
        (lambda: judged("corrective"), T.SUBMIT_EVIDENCE),
        (certified, None),
        (following_up, T.REQUEST_AUDIT),
        (lambda: in_state(State.SUSPENDED), T.LIFT),
        (lambda: in_state(State.EXPIRED), None),
    ],
)
def test_the_next_step_is_the_one_that_moves_the_case_on(story, step):
    assert next_step(story().now) is step


def test_an_overdue_case_needs_a_hand_since_the_day_it_missed(office):
    number = office.live(prepared())
    office.on("2026-03-02")
    assert [s.number for s in draw_up(office.house, office.clock.day).hands.rows] == [number]
    row = next(line for line in written(office)["today"].splitlines() if number in line)
    assert row.startswith(
        "| 17 Feb 2026 **overdue** | [2026-000001](/case/2026-000001) 0566988259 |"
    )
    assert "[plan_visit](/form/plan_visit/2026-000001)" in row
    assert "the day after" in row


def test_what_is_due_much_later_needs_no_hand(office):
    office.live(certified())
    drawn = draw_up(office.house, office.clock.day)
    assert drawn.hands.rows == []
    assert drawn.awaiting.rows == []
    assert len(open_cases(office.house, office.clock.day)) == 1


def test_a_case_that_has_ended_is_on_no_list(office):
    office.live(in_state(State.WITHDRAWN))
    assert open_cases(office.house, office.clock.day) == []


def test_the_pipeline_shows_each_state_and_the_median_against_the_clock(office):
    office.live(certified())
    page = written(office)["pipeline"]
    assert "| registered | 1 | 0 | - |" in page
    assert "| from application to visit | 4 weeks to 6 weeks | 36 days | 1 |" in page
    assert "| from application to decision | 2 months to 3 months | 70 days | 1 |" in page


def test_the_calendar_shows_what_comes_in_24_months_and_not_later(office):
    office.live(certified())  # ends in five years
    assert "0 visits" in written(office)["calendar"]
    office.on("2029-03-20")
    page = written(office)["calendar"]
    assert "1 visits" in page
    assert "| 17 Mar 2031 | expiry | [2026-000001](/case/2026-000001) |" in page


def test_the_deliveries_show_what_is_stuck_and_no_address(office):
    number = office.live(applied())
    office.notifier.answers["jo.maes@acme.example"] = Outcome("dead", "550 jo.maes@acme.example")
    from kmop_lifecycle.service.deliver import deliver  # noqa: PLC0415 - needed here alone

    deliver(office.house)
    page = written(office)["deliveries"]
    assert "| failed | 1 |" in page
    assert f"[{number}](/case/{number}) | step `submit` | provider | failed | 1 | 550 |" in page
    assert "acme.example" not in page


@pytest.mark.parametrize("language", ["nl", "en"])
def test_names_are_shown_only_where_the_settings_say_so(office, language):
    number = office.live(prepared())
    for shown in (False, True):
        texts = [*written(office, language, show_names=shown).values()]
        texts.append(sheet(office, number, language, show_names=shown))
        assert any("Acme" in text for text in texts) is shown
        assert not any("Jo Maes" in text or "jo.maes" in text for text in texts)


def test_a_name_is_text_whatever_it_looks_like():
    assert safe("A|B [x](http://y) <b>") == r"A\|B \[x\](http://y) \<b\>"


def test_the_case_page_leads_to_every_form_that_is_possible_now(office):
    number = office.live(prepared())
    page = sheet(office, number)
    steps = re.search(r"## What may happen now\n\n(.*)", page)[1]
    assert steps.startswith("[plan_visit](/form/plan_visit/2026-000001) · [start_visit](")
    assert "lapse" not in steps
    assert "class prepared now" in page


def test_the_case_page_tells_what_is_missing_and_why_each_date(office):
    page = sheet(office, office.live(applied()), "nl")
    assert "de verklaring op erewoord" in page
    assert "| 2 feb 2026 | De eerste dag voor de audit ter plaatse | " in page
    assert "| provider:acme |" in page


@pytest.mark.parametrize("page", ["pipeline", "calendar"])
def test_a_picture_travels_in_the_page(office, page):
    office.live(prepared())
    picture = re.search(r"\(data:image/png;base64,([^)]+)\)", written(office)[page])[1]
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_both_languages_have_words_for_the_same_things():
    def keys(table, path=()):
        for key, value in table.items():
            yield from keys(value, (*path, key)) if isinstance(value, dict) else [(*path, key)]

    dutch, english = (set(keys(read(TEMPLATES / lang / "boards.toml"))) for lang in ("nl", "en"))
    assert dutch == english
    assert {("date", name) for name in drawing.COMING} <= english


def test_one_case_stands_as_it_does_among_all(office):
    number = office.live(prepared())
    assert [one_case(office.house, number, office.clock.day)] == open_cases(
        office.house, office.clock.day
    )


def test_news_are_what_was_recorded_and_escalated_since(office):
    number = office.live(prepared())
    office.on("2026-03-02")
    sweep(office.house, office.clock.day)
    noon = datetime(2026, 1, 20, 11, tzinfo=UTC)
    new = news(office.house, noon, date(2026, 2, 1), ESCALATING)
    assert [(case.number, event.trigger) for case, event in new.steps] == [
        (number, T.CONFIRM_PREPARED)
    ]
    assert {notice.ladder for _, notice in new.escalations} == {"waiting"}
    assert (new.cases, new.until) == ([number], None)
    assert news(office.house, noon + timedelta(days=1), date(2026, 3, 3), ESCALATING).steps == []


def test_notices_that_wait_for_more_than_a_day_are_a_backlog(office):
    office.live(applied())
    assert backlog(office.house) == 0
    office.on("2026-01-07")
    assert backlog(office.house) == 1


def test_an_alarm_is_one_mail_to_the_admin(office):
    assert alarm(office.house, "no sweep").status == "sent"
    [(address, message)] = office.notifier.sent
    assert (address, message.subject) == ("admin@office.example", "KMOP: no sweep")
    office.postbook.forgotten = "admin"
    assert alarm(office.house, "no sweep").status == "dead"
