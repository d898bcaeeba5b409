"""What waits for one reader goes as one message; what must not, goes alone."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from kmop_lifecycle.service import deliver as deliver_module
from kmop_lifecycle.service import deliveries
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.ports import Outcome
from kmop_lifecycle.service.rounds import Round
from tests import make
from tests.desk import NOW, Desk

JO, AN = "jo@x.example", "an@x.example"
DEAD = Outcome("dead", "SMTP 550 5.1.1")


@pytest.fixture
def desk(monkeypatch):
    return Desk(monkeypatch)


def subjects(desk) -> list[str]:
    return [message.subject for _, message in desk.notifier.sent]


def outcomes(desk) -> list[str]:
    return [row.status for row in desk.all()]


def test_what_waits_for_one_reader_is_one_message(desk):
    for _ in range(3):
        desk.together(JO)
    report = deliver(desk.house)
    assert (report.counts, report.messages) == ({"sent": 3}, 1)
    assert subjects(desk) == ["3 notices to Jo"]
    rows = desk.all()
    assert {row.rendered for row in rows} == {rows[0].rendered}
    assert all(row.rendered and row.attempts == 1 for row in rows)


def test_one_message_holds_a_reasonable_number(desk):
    for _ in range(120):
        desk.together(JO)
    assert deliver(desk.house).messages == 3
    assert subjects(desk) == ["50 notices to Jo", "50 notices to Jo", "20 notices to Jo"]


def test_every_channel_has_its_own_message(desk):
    for channel in ("email", "channel:1", "email", "channel:1"):
        desk.together(JO if channel == "email" else "slack://x", channel=channel)
    assert deliver(desk.house).messages == 2


def test_a_firms_cases_come_together_and_another_firms_do_not(desk):
    other = make.opening("2026-000002", enterprise=make.ENTERPRISE)
    strange = make.opening("2026-000003", enterprise="0403019261")
    with desk.house.store() as uow:
        for change in (other, strange):
            uow.record(change, NOW)
        uow.commit()
    desk.together(JO)
    desk.together(JO, case="2026-000002")
    desk.together(AN, case="2026-000003")
    deliver(desk.house)
    assert subjects(desk)[0] == "2 notices to Jo"
    assert desk.reached() == [JO, AN]


def test_a_bureau_reads_all_firms_in_one_message(desk):
    strange = make.opening("2026-000003", enterprise="0403019261")
    with desk.house.store() as uow:
        uow.record(strange, NOW)
        uow.commit()
    bureau = {"role": Role.BUREAU, "recipient": "bureau:DNV"}
    desk.together(AN, **bureau)
    desk.together(AN, case="2026-000003", **bureau)
    assert deliver(desk.house).messages == 1


@pytest.mark.parametrize("rung", [Trigger.REVOKE, Trigger.EXPIRE, Trigger.REGISTER])
def test_what_a_provider_must_know_is_not_one_line_among_others(desk, rung):
    desk.together(JO)
    desk.together(JO, ladder="step", anchor="event:2", rung=str(rung))
    desk.together(JO)
    deliver(desk.house)
    assert subjects(desk) == ["2 notices to Jo", f"2026-000001 step:{rung} to Jo"]


def test_what_may_have_arrived_is_sent_again_as_it_was(desk):
    desk.together(JO)
    desk.answers((JO, Outcome("ambiguous")))
    deliver(desk.house)
    desk.answers()
    desk.together(JO)
    desk.together(JO)
    deliver(desk.later(hours=2).house)
    assert subjects(desk) == ["2026-000001 renewal:-0d to Jo", "2 notices to Jo"]


def test_another_address_is_another_message(desk):
    for address in (JO, AN, JO, AN):
        desk.together(address)
    report = deliver(desk.house)
    assert (report.counts, report.messages) == ({"sent": 4}, 2)
    assert desk.reached() == [JO, AN]
    assert [row.attempts for row in desk.all()] == [1, 1, 1, 1]


def test_what_no_longer_holds_is_left_out(desk, monkeypatch):
    stale = "-1d"
    for _ in range(3):
        desk.together(JO)
    monkeypatch.setattr(
        "kmop_lifecycle.service.deliver.still_holds", lambda notice, *_: notice.rung != stale
    )
    assert deliver(desk.house).counts == {"sent": 2, "moot": 1}
    assert subjects(desk) == ["2 notices to Jo"]


def test_a_dead_address_gives_way_to_the_next_for_all(desk):
    for _ in range(3):
        desk.together(JO, AN)
    desk.answers((JO, DEAD))
    assert deliver(desk.house).counts == {"sent": 3}
    assert [(a, m.subject) for a, m in desk.notifier.sent] == [(AN, "3 notices to Jo")]


def test_a_fault_on_the_way_is_everybodys(desk):
    for _ in range(2):
        desk.together(JO)
    desk.answers((JO, Outcome("retry", "SMTP 451")))
    assert deliver(desk.house).counts == {"retry": 2}
    desk.answers()
    assert deliver(desk.later(minutes=20).house).messages == 1


def test_one_notice_that_cannot_be_rendered_spoils_no_other(desk):
    desk.together(JO)
    desk.renderer.broken = desk.together(JO)
    desk.together(JO)
    report = deliver(desk.house)
    assert (report.counts, report.messages) == ({"sent": 2, "dead": 1}, 2)
    assert outcomes(desk) == ["sent", "dead", "sent"]


def test_a_message_that_is_not_taken_is_sent_in_parts(desk, monkeypatch):
    for _ in range(3):
        desk.together(JO)
    send = desk.notifier.send

    def picky(address, message):
        large = message.subject.startswith("3 notices")
        return Outcome("unfit", "SMTP 552") if large else send(address, message)

    monkeypatch.setattr(desk.notifier, "send", picky)
    report = deliver(desk.house)
    assert (report.counts, report.messages) == ({"sent": 3}, 3)


def test_what_goes_out_in_parts_is_written_down_part_by_part(desk, monkeypatch):
    """Killed in between, only the part in hand is in doubt."""
    for _ in range(4):
        desk.together(JO)
    sent, send = [], desk.notifier.send

    def dying(address, message):
        if "notices" in message.subject:
            return Outcome("unfit", "SMTP 552")
        if len(sent) == 2:
            raise KeyboardInterrupt
        sent.append(message.subject)
        return send(address, message)

    monkeypatch.setattr(desk.notifier, "send", dying)
    with pytest.raises(KeyboardInterrupt):
        deliver(desk.house)
    assert outcomes(desk) == ["sent", "sent", "sending", "due"]


def test_a_store_that_is_busy_costs_a_row_its_company_and_nothing_more(desk):
    for _ in range(2):
        desk.together(JO)
    store, opened = desk.house.store, count(1)

    def busy(*, reading=False):
        if next(opened) == 4:  # the round begins, takes a row, reads it; now its company
            raise TryAgain
        return store(reading=reading)

    desk.house = replace(desk.house, store=busy)
    report = deliver(desk.house)
    assert (report.counts, report.messages) == ({"sent": 2}, 2)


def test_a_message_that_is_not_taken_is_not_tried_on_others(desk, monkeypatch):
    tried = []
    desk.together(JO, AN)
    monkeypatch.setattr(
        desk.notifier, "send", lambda to, _: (tried.append(to), Outcome("unfit", "SMTP 552"))[1]
    )
    assert deliver(desk.house).counts == {"dead": 1}
    assert tried == [JO]
    assert deliveries.look(desk.house, ()).refusals == []


def test_company_counts_against_the_limit_of_a_round(desk):
    for _ in range(5):
        desk.together(JO)
    report = deliver(desk.house, limit=3)
    assert (report.counts, report.messages, report.waiting) == ({"sent": 3}, 1, {"round": 2})


def test_a_message_of_many_is_one_for_the_ceiling(desk):
    desk.limits(per_address=1)
    for _ in range(5):
        desk.together(JO)
    assert deliver(desk.house).counts == {"sent": 5}
    desk.together(JO)
    assert deliver(desk.house).waiting == {"ceiling": 1}


def test_nobody_is_taken_along_to_a_door_that_is_shut(desk):
    for _ in range(3):
        desk.together(JO)
    desk.answers((JO, Outcome("configuration", "535 bad password")))
    assert deliver(desk.house).waiting == {"channel mail": 3}
    assert deliver(desk.house).waiting == {"channel mail": 3}
    assert [(row.status, row.attempts) for row in desk.all()] == [("due", 0)] * 3
    desk.answers()
    assert deliver(desk.later(minutes=16).house).messages == 1


# an address that takes nothing


def test_a_refused_address_is_not_tried_with_every_notice(desk, monkeypatch):
    tried = []
    send = desk.notifier.send
    monkeypatch.setattr(desk.notifier, "send", lambda to, m: (tried.append(to), send(to, m))[1])
    desk.answers((JO, DEAD))
    for _ in range(3):
        desk.to(JO, AN)
        deliver(desk.house)
    assert tried == [JO, AN, AN, AN]
    [refusal] = deliveries.look(desk.house, ()).refusals
    assert (refusal.reader, refusal.answer) == (f"provider:{make.ENTERPRISE}", DEAD.answer)
    assert JO not in repr(refusal)


def test_who_has_no_other_address_is_visible_and_says_since_when(desk):
    desk.answers((JO, DEAD))
    for _ in range(2):
        desk.to(JO)
        deliver(desk.house)
    assert [row.answer for row in desk.all()] == [
        "SMTP 550 5.1.1",
        "address refused since 2026-01-05: SMTP 550 5.1.1",
    ]
    assert outcomes(desk) == ["dead", "dead"]


def test_a_refused_address_is_tried_again_after_a_week_and_forgotten_when_it_works(desk):
    desk.answers((JO, DEAD))
    desk.to(JO)
    deliver(desk.house)
    desk.answers()
    desk.to(JO)
    assert deliver(desk.later(days=6).house).counts == {"dead": 1}
    desk.to(JO)
    assert deliver(desk.later(days=1).house).counts == {"sent": 1}
    assert deliveries.look(desk.house, ()).refusals == []


def test_what_people_want_tried_again_is_tried_at_its_address(desk):
    desk.answers((JO, DEAD))
    desk.to(JO)
    deliver(desk.house)
    desk.answers()
    deliveries.retry(desk.house, None)
    assert deliver(desk.house).counts == {"sent": 1}


def test_a_refusal_is_forgotten_after_four_weeks(desk):
    desk.answers((JO, DEAD))
    desk.to(JO)
    deliver(desk.house)
    deliver(desk.later(days=29).house)
    assert deliveries.look(desk.house, ()).refusals == []


# who does not answer


def test_who_does_not_answer_costs_two_rows_their_time_and_no_more(desk):
    silent = Outcome("retry", "connection refused", silent=True)
    for n in range(5):
        desk.to(f"jo{n}@x.example")
    desk.to("json://y.example/hook")
    desk.answers(*((f"jo{n}@x.example", silent) for n in range(5)))
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == (
        {"retry": 2, "sent": 1}, {"mail does not answer": 3},
    )  # fmt: skip
    desk.answers()
    assert deliver(desk.house).counts == {"sent": 3}


def test_one_silent_web_host_is_no_reason_to_spare_another(desk):
    silent = Outcome("ambiguous", "lost", silent=True)
    for host in ("a", "a", "a", "b"):
        desk.to(f"json://{host}.example/hook")
    desk.answers(("json://a.example/hook", silent))
    report = deliver(desk.house)
    assert (report.counts, report.waiting) == (
        {"ambiguous": 2, "sent": 1}, {"json does not answer": 1},
    )  # fmt: skip


def test_one_row_in_trouble_is_no_silence(desk):
    silent = Outcome("retry", "lost", silent=True)
    for address in ("bad1@x.example", JO, "bad2@x.example", AN):
        desk.to(address)
    desk.answers(("bad1@x.example", silent), ("bad2@x.example", silent))
    assert deliver(desk.house).counts == {"retry": 2, "sent": 2}


def test_who_says_how_long_to_wait_is_left_alone_so_long(desk):
    desk.to("json://x/a")
    desk.answers(("json://x/a", Outcome("retry", "HTTP 429", wait=timedelta(hours=2))))
    deliver(desk.house)
    [row] = desk.all()
    assert row.next_try_at == NOW + timedelta(hours=2)


# several senders


def test_senders_share_a_round_and_each_row_goes_once(desk, monkeypatch):
    desk.limits(senders=4)
    for n in range(40):
        desk.to(f"jo{n}@x.example")
    at_once, send = threading.Barrier(4, timeout=10), desk.notifier.send

    def waiting(address, message):
        if at_once.n_waiting >= 0 and not at_once.broken and int(address[2:-10]) < 4:
            at_once.wait()  # all four have a message in hand, or this fails
        return send(address, message)

    monkeypatch.setattr(desk.notifier, "send", waiting)
    report = deliver(desk.house)
    assert (report.counts, report.messages) == ({"sent": 40}, 40)
    assert sorted(desk.reached()) == sorted(f"jo{n}@x.example" for n in range(40))


def test_where_the_server_answers_at_once_one_sender_does_it_all(desk, monkeypatch):
    desk.limits(senders=4)
    for n in range(40):
        desk.to(f"jo{n}@x.example")
    senders, send = set(), desk.notifier.send

    def noted(address, message):
        senders.add(threading.current_thread().name)
        return send(address, message)

    monkeypatch.setattr(desk.notifier, "send", noted)
    monkeypatch.setattr(deliver_module, "_QUICK", 0)  # whatever else this machine has to do
    assert deliver(desk.house).counts == {"sent": 40}
    assert len(senders) == 1


def test_senders_keep_limit_and_ceiling_together(desk):
    desk.limits(senders=4, per_address=3)
    for _ in range(20):
        desk.to(JO)
    assert deliver(desk.house).counts == {"sent": 3}
    for n in range(20):
        desk.to(f"jo{n}@x.example")
    assert sum(deliver(desk.house, limit=5).counts.values()) == 5


def test_what_stops_one_sender_is_told(desk):
    desk.limits(senders=3)
    desk.to(JO)
    store = desk.house.store

    def broken(*, reading=False):
        if reading and threading.current_thread() is not threading.main_thread():
            raise RuntimeError
        return store(reading=reading)

    desk.house = replace(desk.house, store=broken)
    assert deliver(desk.house).counts == {"retry": 1}  # a case that cannot be read


def test_an_outcome_that_one_sender_cannot_write_down_is_written_by_another(desk):
    desk.to(JO)
    desk.to(AN)
    round_ = Round(desk.house, None)
    done = [replace(round_.next(()), status="sent", sent_at=NOW)]
    store = desk.house.store

    def away(*, reading=False):
        raise TryAgain

    object.__setattr__(desk.house, "store", away)
    with pytest.raises(TryAgain):
        round_.next(done)
    object.__setattr__(desk.house, "store", store)
    assert round_.next(()).id == 2
    assert outcomes(desk) == ["sent", "sending"]


def test_a_row_put_back_behind_the_others_still_has_its_turn(desk):
    for _ in range(3):
        desk.to(JO)
    round_ = Round(desk.house, None)
    first, second, third = (round_.next(()) for _ in range(3))
    assert round_.next([round_.apart(second)]).id == second.id
    assert (first.id, third.id) == (1, 3)
    assert round_.next(()) is None


def test_who_stops_a_delivery_waits_for_the_messages_in_hand_and_no_more(desk, monkeypatch):
    desk.limits(senders=2)
    for n in range(50):
        desk.to(f"jo{n}@x.example")
    in_hand, closed = threading.Barrier(3, timeout=10), threading.Event()
    send, close, look = desk.notifier.send, Round.close, deliver_module.wait

    def slow(address, message):
        in_hand.wait()
        assert closed.wait(10)
        return send(address, message)

    def stopped(senders, timeout):
        if len(senders) < 2:
            return look(senders, timeout)
        in_hand.wait()  # both senders have a message in hand
        raise KeyboardInterrupt

    def told(round_):
        close(round_)
        closed.set()

    monkeypatch.setattr(desk.notifier, "send", slow)
    monkeypatch.setattr(Round, "close", told)
    monkeypatch.setattr("kmop_lifecycle.service.deliver.wait", stopped)
    with pytest.raises(KeyboardInterrupt):
        deliver(desk.house)
    assert sorted(outcomes(desk)) == ["due"] * 48 + ["sent"] * 2


def test_progress_is_told_row_by_row(desk):
    for _ in range(3):
        desk.together(JO)
    desk.to(AN)
    told = []
    deliver(desk.house, progress=told.append)
    assert told == [3, 1]
