"""Notices on their way out: the same facts in memory, on SQLite and on Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.outbox import Channel, Delivery, Refusal, Switch
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests import make
from tests.make import NOW, TODAY
from tests.storing import noticed, opened, settled, taken

LATER = NOW + timedelta(minutes=10)
EVER = NOW + timedelta(days=900)


def ones(store: OpenUnitOfWork, count: int = 1) -> None:
    number = opened(store).number
    noticed(store, *[make.notice(case=number, rung=f"+{week}w") for week in range(count)])


def only(store: OpenUnitOfWork) -> Delivery:
    with store(reading=True) as uow:
        [row] = uow.outbox({"due", "sending", "retry", "ambiguous", "dead", "sent"}, 0, 9)
    return row


def test_an_attempt_is_counted_when_the_row_is_taken(store: OpenUnitOfWork) -> None:
    ones(store)
    [claimed] = taken(store)
    assert (claimed.attempts, claimed.first_try_at, claimed.was) == (1, NOW, "due")
    assert only(store) == replace(claimed, was="")


def test_a_row_that_is_put_back_is_as_it_was(store: OpenUnitOfWork) -> None:
    ones(store)
    before = only(store)
    [claimed] = taken(store)
    with store() as uow:
        uow.settle(claimed.put_back())
        uow.commit()
    assert only(store) == before


def test_an_ambiguous_row_is_taken_again_at_its_time_and_the_resend_counted(
    store: OpenUnitOfWork,
) -> None:
    ones(store)
    [claimed] = taken(store)
    settled(store, claimed, status="ambiguous", next_try_at=LATER)
    assert taken(store, LATER - timedelta(seconds=1)) == []
    [again] = taken(store, LATER)
    assert (again.was, again.resends, again.attempts) == ("ambiguous", 1, 2)
    assert again.put_back().resends == 0


def test_who_lost_the_row_to_another_writes_nothing(store: OpenUnitOfWork) -> None:
    ones(store)
    [slow] = taken(store)
    [quick] = taken(store, LATER)
    settled(store, slow, status="dead")
    assert only(store).status == "sending"
    settled(store, quick, status="ambiguous", next_try_at=EVER)
    settled(store, slow, status="retry", next_try_at=NOW)
    assert only(store).status == "ambiguous"


def test_who_lost_the_row_but_sent_it_says_so(store: OpenUnitOfWork) -> None:
    ones(store)
    [slow] = taken(store)
    [quick] = taken(store, LATER)
    settled(store, slow, status="sent", sent_at=LATER)
    settled(store, quick, status="ambiguous", next_try_at=NOW)
    assert (only(store).status, taken(store, EVER)) == ("sent", [])


def test_a_due_row_may_wait_for_a_moment(store: OpenUnitOfWork) -> None:
    ones(store)
    [claimed] = taken(store)
    settled(store, claimed.put_back(), next_try_at=LATER)
    assert taken(store, LATER - timedelta(seconds=1)) == []
    assert len(taken(store, LATER)) == 1


def test_a_round_goes_on_behind_a_row(store: OpenUnitOfWork) -> None:
    ones(store, 4)
    with store() as uow:
        assert uow.ripe(NOW) == 4
        [first] = uow.claim(NOW, LATER, 1)
        assert uow.ripe(NOW, first.id) == 3
        [second] = uow.claim(NOW, LATER, 1, first.id)
        uow.settle(second.put_back())
        rest = uow.claim(NOW, LATER, 9, second.id)
        assert [row.notice.rung for row in rest] == ["+2w", "+3w"]
        assert [row.id for row in uow.claim(NOW, LATER, 9)] == [second.id]


def test_what_waits_for_the_same_reader_is_found_in_all_his_cases(store: OpenUnitOfWork) -> None:
    firm = {"enterprise": "0403019261"}
    one, other, strange = opened(store, **firm), opened(store, **firm), opened(store)

    def row(case: Case, rung: str, **fields: object) -> Notice:
        return make.notice(case=case.number, rung=rung, **fields)

    slack, bureau = {"channel": "channel:1"}, {"role": Role.BUREAU, "recipient": "bureau:DNV"}
    noticed(
        store,
        row(one, "-6m"), row(other, "-6m"), row(strange, "-6m"), row(one, "-4m", **slack),
        row(one, "-4m"), row(one, "-3m", **bureau), row(strange, "-3m", **bureau),
        row(one, "-2m", moot=True),
    )  # fmt: skip
    with store(reading=True) as uow:
        rows = uow.outbox({"due"}, 0, 99)
        beside = {row.id: uow.alongside(row, NOW, 9) for row in rows}
        assert [uow.alongside(row, NOW, 1) for row in rows[:1]] == [[rows[1].id]]
    ids = [row.id for row in rows]
    assert list(beside.values()) == [
        [ids[1], ids[4]], [ids[4]], [], [], [], [ids[6]], [],
    ]  # fmt: skip


def test_only_what_may_be_taken_now_waits_alongside(store: OpenUnitOfWork) -> None:
    ones(store, 6)
    rows = taken(store)
    for row, status, moment in zip(
        rows,
        ("due", "retry", "retry", "ambiguous", "dead", "sent"),
        (None, NOW, LATER, NOW, None, None),
        strict=True,
    ):
        settled(store, row, status=status, next_try_at=moment)
    with store(reading=True) as uow:
        assert uow.alongside(rows[0], NOW, 9) == [rows[1].id]
        assert uow.alongside(rows[0], LATER, 9) == [rows[1].id, rows[2].id]


def test_rows_are_taken_by_name_if_their_time_has_come(store: OpenUnitOfWork) -> None:
    ones(store, 4)
    with store() as uow:
        first, second, third, _ = uow.outbox({"due"}, 0, 9)
        assert [r.id for r in uow.claim(NOW, LATER, 9, among=[third.id, first.id])] == [
            first.id, third.id,
        ]  # fmt: skip
        assert uow.claim(NOW, LATER, 9, among=[]) == []
        both = uow.claim(NOW, LATER, 9, among=[first.id, second.id])
        assert [row.id for row in both] == [second.id]


def test_an_address_that_takes_nothing_is_known_until_it_is_forgotten(
    store: OpenUnitOfWork,
) -> None:
    mine = Refusal("a", "provider:0403019261", "SMTP 550", NOW)
    too, his = replace(mine, digest="b"), Refusal("c", "bureau:DNV", "SMTP 551", LATER)
    for refusal in (his, too, replace(mine, answer="?"), mine):
        with store() as uow:
            uow.refuse(refusal)
            uow.commit()
    with store() as uow:
        assert uow.refusals() == [his, mine, too]
        uow.forget_refusals(digest="b")
        assert uow.refusals() == [his, mine]
        uow.forget_refusals(before=LATER)
        assert uow.refusals() == [his]
        uow.forget_refusals(reader="bureau:DNV")
        assert uow.refusals() == []


def test_rows_are_listed_by_status_in_pages(store: OpenUnitOfWork) -> None:
    ones(store, 5)
    for row, status in zip(
        taken(store), ("dead", "sent", "dead", "ambiguous", "dead"), strict=True
    ):
        settled(store, row, status=status)
    with store(reading=True) as uow:
        page = uow.outbox({"dead", "ambiguous"}, 0, 2)
        rest = uow.outbox({"dead", "ambiguous"}, page[-1].id, 9)
        assert uow.outbox((), 0, 9) == []
    assert [row.notice.rung for row in (*page, *rest)] == ["+0w", "+2w", "+3w", "+4w"]


@pytest.mark.parametrize("status", ["dead", "ambiguous"])
def test_what_is_given_up_may_be_asked_again(store: OpenUnitOfWork, status: str) -> None:
    ones(store)
    [claimed] = taken(store)
    settled(store, claimed, status=status, resends=1, answer="550 unknown")
    row = only(store)
    with store() as uow:
        assert uow.reopen(row)
        assert not uow.reopen(row)
        uow.commit()
    [again] = taken(store)
    assert (again.attempts, again.resends, again.answer) == (1, 1, "550 unknown")


@pytest.mark.parametrize("status", ["sent", "moot", "retry"])
def test_what_is_not_given_up_is_not_asked_again(store: OpenUnitOfWork, status: str) -> None:
    ones(store)
    [claimed] = taken(store)
    settled(store, claimed, status=status, next_try_at=LATER)
    with store() as uow:
        assert not uow.reopen(claimed)


def test_messages_are_counted_by_address_and_day(store: OpenUnitOfWork) -> None:
    tomorrow = TODAY + timedelta(days=1)
    for digest, day in (("a", TODAY), ("b", TODAY), ("a", TODAY), ("a", tomorrow)):
        with store() as uow:
            uow.post(digest, day)
            uow.commit()
    with store() as uow:
        assert (uow.posted(TODAY), uow.posted(tomorrow)) == ({"a": 2, "b": 1}, {"a": 1})
        uow.forget_posted(tomorrow)
        assert (uow.posted(TODAY), uow.posted(tomorrow)) == ({}, {"a": 1})


def test_a_channel_that_is_shut_is_kept_until_it_is_forgotten(store: OpenUnitOfWork) -> None:
    mail, slack = Channel("mail", LATER, "535", NOW), Channel("slack", LATER, "404", NOW)
    for channel in (slack, replace(mail, reason="refused"), mail):
        with store() as uow:
            uow.set_channel(channel)
            uow.commit()
    with store() as uow:
        assert uow.channels() == [mail, slack]
        uow.set_channel(replace(mail, open_until=None))
        assert uow.channels()[0].open_until is None
        uow.forget_channels()
        assert uow.channels() == []


def test_while_deliveries_are_stopped_no_row_is_taken(store: OpenUnitOfWork) -> None:
    ones(store)
    row = only(store)
    with store() as uow:
        uow.set_switch(Switch("pause", NOW, "admin:els"))
        assert uow.claim(NOW, LATER, 9) == []
        assert uow.claim(NOW, LATER, 9, among=[row.id]) == []
        assert uow.ripe(NOW) == 1
        uow.forget_switches()
        assert len(uow.claim(NOW, LATER, 9)) == 1


def test_switches_are_kept_until_they_are_forgotten(store: OpenUnitOfWork) -> None:
    pause, hold = Switch("pause", NOW, "admin:els", "wrong text"), Switch("hold", NOW, "admin:jo")
    for switch in (replace(pause, by="admin:an"), pause, hold):
        with store() as uow:
            uow.set_switch(switch)
            uow.commit()
    with store() as uow:
        assert uow.switches() == [hold, pause]
        uow.forget_switches()
        uow.commit()
    with store(reading=True) as uow:
        assert uow.switches() == []
