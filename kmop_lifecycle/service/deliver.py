"""Send what is unsent: claim a row, read the case again, render, send, write the outcome."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.domain.decide import project
from kmop_lifecycle.domain.reminders import still_holds
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Delivery, Message, Outcome, Recipient
from kmop_lifecycle.service.recipients import recipients

_BATCH = 50
_RETRIES = tuple(timedelta(minutes=m) for m in (15, 60, 180, 360, 720, 720, 1440, 1440, 1440))


@dataclass(slots=True)
class DeliveryReport:
    """What became of the rows that were taken."""

    counts: Counter[str] = field(default_factory=Counter)  # by outcome
    stopped: str = ""  # why sending stopped, when the channel itself is wrong

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"counts": dict(sorted(self.counts.items())), "stopped": self.stopped}


def deliver(house: House, *, limit: int | None = None) -> DeliveryReport:
    """Send all due notices (at most `limit`); what cannot be sent never blocks what can.

    Only a wrong configuration (bad password, unknown server) stops the run: it would fail for all.
    """
    report = DeliveryReport()
    left = limit if limit is not None else house.limits.deliveries
    while left > 0 and not report.stopped:
        now = house.clock.now()
        with house.store() as uow:
            claimed = uow.claim(now, now + house.limits.lease, min(_BATCH, left))
            uow.commit()
        if not claimed:
            return report
        for delivery in claimed:
            _one(house, delivery, report)
        left -= len(claimed)
    return report


def _one(house: House, delivery: Delivery, report: DeliveryReport) -> None:
    settled = _put_back(house, delivery) if report.stopped else _attempt(house, delivery, report)
    with house.store() as uow:
        uow.settle(settled)
        uow.commit()
    report.counts[settled.status] += 1


def _attempt(house: House, delivery: Delivery, report: DeliveryReport) -> Delivery:
    today = house.clock.today()
    with house.store(reading=True) as uow:
        case = project(uow.get(delivery.notice.case), house.rules, today)
        party = uow.party(case.enterprise)
    if not still_holds(delivery.notice, case, house.rules, today):
        return replace(delivery, status="moot", answer="no longer holds")
    found = recipients(house, delivery.notice, party)
    if not found:
        return replace(delivery, status="dead", answer="no address known")
    return _send(house, delivery, case, party, found[0], report)


def _render(
    house: House, notice: Notice, case: Case, party: Party | None, to: Recipient, today: date
) -> Message | None:
    try:
        return house.renderer.render(notice, case, party, to, today)
    except (LookupError, ValueError, TypeError):
        return None  # a message that cannot be rendered is never retried


def _send(
    house: House,
    delivery: Delivery,
    case: Case,
    party: Party | None,
    to: Recipient,
    report: DeliveryReport,
) -> Delivery:
    message = _render(house, delivery.notice, case, party, to, house.clock.today())
    if message is None:
        return replace(delivery, status="dead", answer="the message cannot be rendered")
    outcome = house.notifier.send(to.address, message)
    digest = hashlib.sha256((message.subject + message.html).encode()).hexdigest()
    tried = replace(
        delivery, attempts=delivery.attempts + 1, answer=outcome.answer, rendered=digest
    )
    return _settled(house, tried, outcome, report)


def _settled(house: House, tried: Delivery, outcome: Outcome, report: DeliveryReport) -> Delivery:
    now = house.clock.now()
    if outcome.status == "sent":
        return replace(tried, status="sent", sent_at=now, next_try_at=None)
    if outcome.status == "configuration":
        report.stopped = outcome.answer
        return _put_back(house, replace(tried, attempts=tried.attempts - 1))
    if outcome.status == "retry" and tried.attempts <= len(_RETRIES):
        return replace(tried, status="retry", next_try_at=now + _RETRIES[tried.attempts - 1])
    status = "dead" if outcome.status == "retry" else outcome.status
    return replace(tried, status=status, next_try_at=None)


def _put_back(house: House, delivery: Delivery) -> Delivery:
    """Leave a row for a later run, untouched by a fault that is not its own."""
    return replace(delivery, status="retry", next_try_at=house.clock.now() + _RETRIES[0])
