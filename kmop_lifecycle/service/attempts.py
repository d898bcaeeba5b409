"""What an attempt's outcome makes of a row: sent, tried again later, put before people, given up.

A row that may have arrived is sent again by itself once in its life; after that people decide.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zlib import crc32

from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Outcome

_STEPS = tuple(timedelta(hours=h) for h in (0.25, 1, 3, 6, 12))  # then 12 hours each time
_GIVEN_UP_AFTER = timedelta(days=5)  # as mail servers do
RATE_LIMIT = "HTTP 429"
_AT_LEAST = timedelta(seconds=60)  # who says "too many" is left alone so long
_RESEND_AFTER = timedelta(hours=1)
_VANISHED = "a sender vanished between taking it and writing down what became of it"


def settled(tried: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    """Return a claimed row after an attempt that had this outcome."""
    row = replace(tried, answer=outcome.answer, next_try_at=None)
    match outcome.status:
        case "sent":
            return replace(row, status="sent", sent_at=now)
        case "retry":
            return _later(row, outcome, now)
        case "ambiguous":
            return uncertain(row, now)
    return replace(row, status="dead")


def uncertain(row: Delivery, now: datetime) -> Delivery:
    """Keep a row visible that may have arrived: sent again once by itself, then for people."""
    again = now + _RESEND_AFTER if row.resends == 0 else None
    return replace(row, status="ambiguous", next_try_at=again)


def vanished(row: Delivery, now: datetime) -> Delivery:
    """Treat a row whose earlier claimant never came back as one that may have arrived."""
    # To look at it is no attempt; the claimant's own has been counted.
    return uncertain(replace(row, attempts=row.attempts - 1, answer=_VANISHED), now)


def _later(row: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    end = (row.first_try_at or now) + _GIVEN_UP_AFTER
    if now >= end:
        return replace(row, status="dead", answer=f"given up after 5 days: {row.answer}")
    wait = _STEPS[min(row.attempts, len(_STEPS)) - 1] * _jitter(row)
    if RATE_LIMIT in outcome.answer:
        wait = max(wait, _AT_LEAST, outcome.wait or _AT_LEAST)
    return replace(row, status="retry", next_try_at=min(now + wait, max(end, now + _AT_LEAST)))


def _jitter(row: Delivery) -> float:
    """Spread what failed together over ±10 %, the same for the same row and attempt."""
    return 0.9 + 0.2 * (crc32(f"{row.id}:{row.attempts}".encode()) / 0xFFFFFFFF)
