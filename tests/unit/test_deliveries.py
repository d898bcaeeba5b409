"""A round of delivery: what waits, what is shut, what is stopped, and nothing is ever lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from kmop_lifecycle.domain.errors import BadInput, NotFound, TryAgain
from kmop_lifecycle.service import deliveries
from kmop_lifecycle.service.addresses import kind
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.house import Limits
from kmop_lifecycle.service.outbox import HOLD, PAUSE
from kmop_lifecycle.service.ports import Outcome
from tests.desk import NOW, Desk

WRONG = Outcome("configuration", "535 bad password")


@pytest.fixture
def desk(monkeypatch):
    return Desk(monkeypatch)


def test_an_address_that_is_dead_gives_way_to_the_next_at_once(desk):
    dead = Outcome("dead", "550 unknown")
    desk.to("a@x.example", "b@x.example", "c@x.example")
    desk.answers(("a@x.example", dead))
    assert deliver(desk.house).counts == {"sent": 1}
    assert desk.reached() == ["b@x.example"]
    assert desk.all()[0].attempts == 1


def test_each_address_is_tried_once_and_then_the_row_is_dead(desk, monkeypatch):
    asked = []
    desk.to("a@x.example", "b@x.example", "a@x.example")
    monkeypatch.setattr(
        desk.notifier, "send", lambda to, _: (asked.append(to), Outcome("dead", "550"))[1]
    )
    assert deliver(desk.house).counts == {"dead": 1}
    assert asked == ["a@x.example", "b@x.example"]


def test_a_page_of_dead_addresses_does_not_hold_up_the_good_one_behind(desk):
    for number in range(100):
        desk.to(f"dead{number}@x.example")
    desk.answers(*((f"dead{n}@x.example", Outcome("dead", "550")) for n in range(100)))
    desk.to("good@x.example")
    assert deliver(desk.house).counts == {"dead": 100, "sent": 1}
    assert deliver(desk.house).counts == {}
    assert desk.reached() == ["good@x.example"]


def test_rows_that_wait_do_not_use_up_the_limit(desk):
    for _ in range(100):
        desk.to("jo@x.example")
    desk.to("json://x.example/hook")
    desk.answers(("jo@x.example", WRONG))
    report = deliver(desk.house, limit=1)
    assert (report.counts, report.waiting) == ({"sent": 1}, {"channel mail": 100})


def test_a_wrong_configuration_shuts_its_channel_and_no_other(desk, caplog):
    for address in ("a@x.example", "b@x.example", "json://x.example/hook"):
        desk.to(address)
    desk.answers(("a@x.example", WRONG))
    report = deliver(desk.house)
    assert report.as_json() == {
        "counts": {"sent": 1},
        "messages": 1,
        "waiting": {"channel mail": 2},
        "alarms": ["mail: 535 bad password"],
        "stopped": "",
    }
    assert desk.reached() == ["json://x.example/hook"]
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    assert [(row.status, row.attempts) for row in desk.all()[:2]] == [("due", 0), ("due", 0)]
    [shut] = deliveries.look(desk.house, ()).channels
    assert (shut.name, shut.open_until, shut.reason) == (
        *("mail", NOW + timedelta(minutes=15)),
        "535 bad password",
    )


def test_a_channel_opens_by_itself_and_a_fault_that_stays_is_told_once(desk, caplog):
    desk.to("a@x.example")
    desk.answers(("a@x.example", WRONG))
    deliver(desk.house)
    asked = []
    for _ in range(20):
        report = deliver(desk.later(minutes=16).house)
        asked += report.alarms
        assert report.waiting == {"channel mail": 1}
    assert asked == []
    assert deliver(desk.later(days=1).house).alarms == ["mail: 535 bad password"]
    desk.answers()
    assert deliver(desk.later(minutes=16).house).counts == {"sent": 1}
    assert deliveries.look(desk.house, ()).channels == []


def test_another_fault_of_the_same_channel_is_told(desk):
    desk.to("a@x.example")
    desk.answers(("a@x.example", WRONG))
    deliver(desk.house)
    desk.answers(("a@x.example", Outcome("configuration", "no TLS")))
    assert deliver(desk.later(minutes=16).house).alarms == ["mail: no TLS"]


def test_resuming_opens_every_channel_at_once(desk):
    desk.to("a@x.example")
    desk.answers(("a@x.example", WRONG))
    deliver(desk.house)
    desk.answers()
    assert deliver(desk.house).waiting == {"channel mail": 1}
    assert [channel.name for channel in deliveries.resume(desk.house).channels] == ["mail"]
    assert deliver(desk.house).counts == {"sent": 1}


def test_one_wrong_web_address_does_not_shut_the_channel_of_all_for_ever(desk):
    desk.to("slack://wrong")
    desk.to("slack://good")
    desk.answers(("slack://wrong", Outcome("configuration", "HTTP 404")))
    assert deliver(desk.house).waiting == {"channel slack": 2}
    assert deliver(desk.later(minutes=16).house).counts == {"sent": 1}
    for _ in range(20):
        desk.to("slack://good")
        deliver(desk.later(minutes=40).house)
    deliver(desk.later(minutes=16).house)
    assert desk.reached() == ["slack://good"] * 21


def test_many_wrong_web_addresses_do_not_keep_a_good_one_waiting_for_ever(desk):
    for n in range(3):
        desk.to(f"slack://wrong{n}")
    desk.to("slack://good")
    desk.answers(*((f"slack://wrong{n}", Outcome("configuration", "HTTP 404")) for n in range(3)))
    for _ in range(4):
        deliver(desk.house)
        desk.later(hours=1)
    assert desk.reached() == ["slack://good"]
    assert [row.status for row in desk.all()] == ["due", "due", "due", "sent"]


def test_a_web_address_that_alone_is_wrong_gets_a_retry_of_its_own(desk):
    desk.to("slack://good")
    desk.to("slack://wrong")
    desk.to("slack://good")
    desk.answers(("slack://wrong", Outcome("configuration", "HTTP 404")))
    report = deliver(desk.house)
    assert (report.counts, report.alarms) == ({"sent": 2, "retry": 1}, [])


def test_who_says_too_many_is_left_alone_for_the_round(desk):
    for address in ("json://x/a", "json://x/a", "json://x/b"):
        desk.to(address)
    desk.answers(("json://x/a", Outcome("retry", "HTTP 429")))
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == ({"retry": 1, "sent": 1}, {"rate limit": 1})


def test_an_uncertain_end_is_sent_again_once_and_then_for_people(desk):
    desk.to("a@x.example")
    desk.answers(("a@x.example", Outcome("ambiguous", "dropped after DATA")))
    assert deliver(desk.house).counts == {"ambiguous": 1}
    assert deliver(desk.later(minutes=59).house).counts == {}
    assert deliver(desk.later(minutes=2).house).counts == {"ambiguous": 1}
    assert deliver(desk.later(days=100).house).counts == {}
    [row] = desk.all()
    assert (row.status, row.attempts, row.resends) == ("ambiguous", 2, 1)


def test_a_resend_that_has_to_wait_is_not_used_up(desk):
    desk.to("a@x.example")
    desk.answers(("a@x.example", Outcome("ambiguous")))
    deliver(desk.house)
    desk.answers(("a@x.example", WRONG))
    assert deliver(desk.later(hours=2).house).waiting == {"channel mail": 1}
    assert [(row.status, row.resends) for row in desk.all()] == [("ambiguous", 0)]
    desk.answers()
    assert deliver(desk.later(hours=2).house).counts == {"sent": 1}


def test_an_address_gets_so_many_messages_a_day_and_the_others_wait(desk):
    desk.limits(per_address=2)
    for address in ("a@x.example", "A@x.example", "a@x.example", "b@x.example"):
        desk.to(address)
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == ({"sent": 3}, {"ceiling": 1})
    assert deliver(desk.house).waiting == {"ceiling": 1}
    assert deliver(desk.later(days=1).house).counts == {"sent": 1}
    assert desk.reached() == ["a@x.example", "A@x.example", "b@x.example", "a@x.example"]


def test_what_a_round_does_not_get_to_is_counted(desk):
    for number in range(5):
        desk.to(f"a{number}@x.example")
    desk.house = replace(desk.house, limits=Limits(deliveries=2))
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == ({"sent": 2}, {"round": 3})
    deliver(desk.house)
    assert deliver(desk.house).as_json()["waiting"] == {}


@pytest.mark.parametrize("name", [PAUSE, HOLD])
def test_nothing_is_sent_while_deliveries_are_stopped(desk, name):
    desk.to("a@x.example")
    deliveries.stop(desk.house, name, "admin:els", "wrong text")
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == ({}, {name: 1})
    assert report.stopped.endswith("by admin:els since 2026-01-05 09:00 UTC: wrong text")
    assert [s.name for s in deliveries.resume(desk.house).switches] == [name]
    assert deliver(desk.house).counts == {"sent": 1}


def test_a_pause_stops_a_round_that_is_under_way(desk, monkeypatch):
    for _ in range(3):
        desk.to("a@x.example")
    send = desk.notifier.send

    def pausing(address, message):
        deliveries.stop(desk.house, PAUSE, "admin:els", "")
        return send(address, message)

    monkeypatch.setattr(desk.notifier, "send", pausing)
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == ({"sent": 1}, {"pause": 2})


def test_whatever_breaks_over_one_row_the_next_has_its_turn(desk, monkeypatch):
    first, broken, _ = desk.to("a@x.example"), desk.to("b@x.example"), desk.to("c@x.example")
    del desk.readers[first]  # nobody can say who reads it
    desk.renderer.broken = broken
    report = deliver(desk.house)
    assert report.counts == {"retry": 1, "dead": 1, "sent": 1}
    answers = [row.answer for row in desk.all()]
    assert answers == [
        "a case that cannot be read (KeyError)",
        "template: the message cannot be rendered (ValueError)",
        "250",
    ]


def test_a_transport_that_raises_leaves_the_row_in_doubt(desk, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("jo@x.example")

    desk.to("jo@x.example")
    monkeypatch.setattr(desk.notifier, "send", broken)
    assert deliver(desk.house).counts == {"ambiguous": 1}
    assert "jo@x.example" not in caplog.text


def busy_at(desk, *moments: int) -> None:
    """Let the store be busy when it is opened for the n-th time."""
    store, opened = desk.house.store, count(1)

    def opening(*, reading=False):
        if next(opened) in moments:
            raise TryAgain
        return store(reading=reading)

    desk.house = replace(desk.house, store=opening)


def test_a_row_that_cannot_be_read_for_the_moment_is_let_go_of_at_once(desk):
    desk.to("a@x.example")
    busy_at(desk, 3)
    with pytest.raises(TryAgain):
        deliver(desk.house)
    assert [(row.status, row.attempts) for row in desk.all()] == [("due", 0)]
    assert deliver(desk.house).counts == {"sent": 1}


def test_what_went_out_is_written_down_even_if_the_database_is_busy_once(desk):
    desk.to("a@x.example")
    busy_at(desk, 4)
    assert deliver(desk.house).counts == {"sent": 1}
    assert [row.status for row in desk.all()] == ["sent"]


def test_what_went_out_and_could_not_be_written_down_is_in_doubt(desk):
    desk.to("a@x.example")
    busy_at(desk, 4, 5)
    with pytest.raises(TryAgain):
        deliver(desk.house)
    assert deliver(desk.later(hours=1).house).counts == {"ambiguous": 1}


def test_only_what_is_given_up_is_tried_again_by_hand(desk):
    desk.to("a@x.example")
    desk.to("b@x.example")
    desk.answers(("a@x.example", Outcome("dead", "550")))
    deliver(desk.house)
    with pytest.raises(NotFound):
        deliveries.retry(desk.house, 9)
    with pytest.raises(BadInput, match="notice 2 is sent"):
        deliveries.retry(desk.house, 2)
    desk.answers()
    assert [row.id for row in deliveries.retry(desk.house, None, dry_run=True)] == [1]
    assert deliver(desk.house).counts == {}
    assert [row.id for row in deliveries.retry(desk.house, None)] == [1]
    assert deliver(desk.house).counts == {"sent": 1}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("jo@x.example", "mail"),
        ("mailtos://x", "mail"),
        ("slack://a/b/c", "slack"),
        ("json://x", "json"),
        ("JSONS://x", "json"),
        ("msteams://x", "msteams"),
    ],
)
def test_a_channel_is_named_after_the_scheme(address, name):
    assert kind(address) == name


def test_logs_hold_no_address(desk, caplog):
    caplog.set_level(logging.DEBUG)
    desk.to("jo@x.example")
    desk.answers(("jo@x.example", WRONG))
    deliver(desk.house)
    assert "jo@x.example" not in caplog.text
