"""What becomes of a row after an attempt: when it is tried again, and when no more."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from kmop_lifecycle.service.attempts import settled, uncertain, vanished
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Outcome
from tests import make
from tests.make import NOW

RETRY = Outcome("retry", "451 try later")
HOUR = timedelta(hours=1)


def row(id_: int = 1, status: str = "due", **values) -> Delivery:
    return Delivery(id_, make.notice(), status, **values)


def tries(id_: int, outcome: Outcome = RETRY) -> tuple[list[timedelta], Delivery]:
    """Let every attempt fail; return the moments of the attempts, and the row in the end."""
    now, here, moments = NOW, row(id_), []
    while here.status in ("due", "retry"):
        moments.append(now - NOW)
        here = settled(here.taken(now, now + HOUR), outcome, now)
        now = here.next_try_at or now
    return moments, here


@pytest.mark.parametrize("id_", range(1, 30))
def test_a_passing_fault_is_tried_again_for_five_days(id_):
    moments, last = tries(id_)
    waits = [b - a for a, b in pairwise(moments)]
    wanted = [HOUR / 4, HOUR, 3 * HOUR, 6 * HOUR] + [12 * HOUR] * (len(waits) - 5)
    for wait, asked in zip(waits, wanted, strict=False):
        assert 0.9 * asked <= wait <= 1.1 * asked
    assert moments[-1] == timedelta(days=5)
    assert (last.status, last.answer) == ("dead", "given up after 5 days: 451 try later")
    assert last.next_try_at is None


def test_what_failed_together_is_not_tried_again_together():
    seconds = {tries(id_)[0][1] for id_ in range(1, 50)}
    assert len(seconds) > 40
    assert tries(7) == tries(7)


def test_who_says_too_many_is_left_alone_for_a_minute_at_the_very_end_too():
    limited = Outcome("retry", "HTTP 429")
    late = NOW + timedelta(days=5) - timedelta(seconds=1)
    taken = row(attempts=12, first_try_at=NOW).taken(late, late + HOUR)
    again = settled(taken, limited, late)
    assert again.next_try_at is not None
    assert again.next_try_at - late >= timedelta(seconds=60)


def test_what_may_have_arrived_is_sent_again_once_after_an_hour():
    first = settled(row().taken(NOW, NOW + HOUR), Outcome("ambiguous", "dropped"), NOW)
    assert (first.status, first.next_try_at, first.resends) == ("ambiguous", NOW + HOUR, 0)
    second = settled(first.taken(NOW + HOUR, NOW + 2 * HOUR), Outcome("ambiguous"), NOW + HOUR)
    assert (second.status, second.next_try_at, second.resends) == ("ambiguous", None, 1)


def test_never_more_than_one_resend_whatever_comes_between():
    first = settled(row().taken(NOW, NOW + HOUR), Outcome("ambiguous"), NOW)
    refused = settled(first.taken(NOW, NOW + HOUR), RETRY, NOW)
    assert (refused.status, refused.resends) == ("retry", 1)
    assert uncertain(refused.taken(NOW, NOW + HOUR), NOW).next_try_at is None


def test_a_sender_that_vanished_has_made_an_attempt_and_who_finds_it_has_not():
    left = row(status="sending", attempts=1, first_try_at=NOW)
    found = vanished(left.taken(NOW + HOUR, NOW + 2 * HOUR), NOW + HOUR)
    assert (found.status, found.attempts) == ("ambiguous", 1)
    assert found.next_try_at == NOW + 2 * HOUR
    assert "vanished" in found.answer


def test_what_is_sent_or_dead_is_not_tried_again():
    taken = row().taken(NOW, NOW + HOUR)
    sent = settled(taken, Outcome("sent", "250 ok"), NOW)
    assert (sent.status, sent.sent_at, sent.next_try_at) == ("sent", NOW, None)
    dead = settled(taken, Outcome("dead", "550 unknown"), NOW)
    assert (dead.status, dead.answer, dead.next_try_at) == ("dead", "550 unknown", None)
