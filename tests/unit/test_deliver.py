"""Delivery: every row taken gets an outcome; what cannot be sent never blocks what can."""

from __future__ import annotations

from datetime import date

import pytest

from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.ports import Outcome
from kmop_lifecycle.service.sweep import sweep
from tests.fakes import Office
from tests.stories import applied, certified, following_up, prepared

MAIL = "jo.maes@acme.example"


def test_what_is_due_is_sent_once():
    office = Office()
    number = office.live(applied())

    assert deliver(office.house).counts == {"sent": 1}
    assert deliver(office.house).counts == {}
    assert [address for address, _ in office.notifier.sent] == [MAIL]
    assert office.rows(number) == [("step:submit to provider", "sent")]


def test_the_turn_is_told_too():
    office = Office()
    office.live(prepared())
    deliver(office.house)

    assert "bureau.DNV@office.example" in [address for address, _ in office.notifier.sent]


def test_a_reminder_that_no_longer_holds_is_never_mail():
    office = Office()
    number = office.live(following_up())
    office.on("2028-03-15")
    sweep(office.house, date(2028, 3, 15))
    office.on("2028-03-17")
    deliver(office.house)

    assert ("follow_up:-1d to provider", "moot") in office.rows(number)
    assert not [m for _, m in office.notifier.sent if "follow_up:" in m.subject]


def test_a_bad_address_is_dead_and_the_others_go_on():
    office = Office()
    first = office.live(applied(contact={"name": "A", "email": "a@acme.example"}))
    second = office.live(applied(enterprise_number="0403019261"))
    office.notifier.answers["a@acme.example"] = Outcome("dead", "550 no such user")

    assert deliver(office.house).counts == {"dead": 1, "sent": 1}
    assert office.rows(first)[0][1] == "dead"
    assert office.rows(second)[0][1] == "sent"


@pytest.mark.parametrize("channel", ["json://[x", "https://ho[st/"])
def test_an_address_that_cannot_be_taken_apart_holds_nobody_up(channel):
    office = Office()
    office.live(applied(contact={"name": "A", "email": MAIL, "channels": [channel]}))
    second = office.live(applied(enterprise_number="0403019261"))
    office.notifier.answers[channel] = Outcome("configuration", "no address")
    assert deliver(office.house).counts["sent"] == 2
    assert office.rows(second)[0][1] == "sent"


def test_a_passing_fault_is_tried_again_later_and_given_up_in_the_end():
    office = Office()
    number = office.live(applied())
    office.notifier.answers[MAIL] = Outcome("retry", "451 try later")

    assert deliver(office.house).counts == {"retry": 1}
    assert deliver(office.house).counts == {}  # not before its time
    for day in range(6, 31):
        office.on(f"2026-01-{day:02d}")
        deliver(office.house)
    assert office.rows(number) == [("step:submit to provider", "dead")]


def test_a_wrong_configuration_shuts_the_channel_and_loses_nothing():
    office = Office()
    office.live(applied())
    office.live(applied(enterprise_number="0403019261"))
    office.notifier.answers[MAIL] = Outcome("configuration", "535 credentials")
    report = deliver(office.house)

    assert report.alarms == ["mail: 535 credentials"]
    assert (report.counts, report.waiting) == ({}, {"channel mail": 2})
    office.notifier.answers.clear()
    office.on("2026-01-06")
    assert deliver(office.house).counts == {"sent": 2}
    nothing = {"counts": {}, "messages": 0, "waiting": {}, "alarms": [], "stopped": ""}
    assert deliver(office.house).as_json() == nothing


def test_an_uncertain_end_is_kept_for_people_to_see():
    office = Office()
    number = office.live(applied())
    office.notifier.answers[MAIL] = Outcome("ambiguous", "dropped after DATA")

    assert deliver(office.house).counts == {"ambiguous": 1}
    assert office.rows(number)[0][1] == "ambiguous"


def test_a_message_that_cannot_be_rendered_is_dead():
    office = Office()
    office.live(applied())
    office.renderer.broken = "submit"

    assert deliver(office.house).counts == {"dead": 1}


def test_who_has_no_address_is_dead_and_visible():
    office = Office()
    office.postbook.forgotten = "bureau:DNV"
    office.live(prepared())

    assert deliver(office.house).counts == {"sent": 2, "dead": 1}


def test_further_channels_are_tried_one_by_one():
    office = Office()
    contact = {"name": "Jo", "email": MAIL, "channels": ["json://127.0.0.1/hook"]}
    office.live(applied(contact=contact))
    deliver(office.house)

    assert [address for address, _ in office.notifier.sent] == [MAIL, "json://127.0.0.1/hook"]


def test_a_limit_is_kept():
    office = Office()
    office.live(certified())

    assert sum(deliver(office.house, limit=2).counts.values()) == 2


def test_a_withdrawn_case_gets_no_reminder_that_was_already_due():
    office = Office()
    story = applied()
    number = office.live(story)
    office.on("2026-01-19")
    sweep(office.house, date(2026, 1, 19))
    office.live(_rest(story.do("2026-01-19", Trigger.WITHDRAW, "provider:acme")), number)
    deliver(office.house)

    assert ("preparation:+2w to provider", "moot") in office.rows(number)


def _rest(story):
    story.changes = story.changes[-1:]
    return story
