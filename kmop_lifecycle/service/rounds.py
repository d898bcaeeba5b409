"""One round of delivery: what it knows of channels, addresses and ceilings, what it reports."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.service.addresses import MAIL, digest, kind, other_side
from kmop_lifecycle.service.attempts import RATE_LIMIT
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Channel, Delivery, DeliveryReport, Refusal
from kmop_lifecycle.service.ports import Outcome, UnitOfWork

_log = logging.getLogger(__name__)

_SHUT_FOR = timedelta(minutes=15)
_ALARM_AGAIN = timedelta(days=1)  # a fault that stays is not cried out every quarter of an hour
_REFUSED_FOR = timedelta(days=7)  # then a refused address is tried once more: it may be mended
_SILENT = 2  # so many rows wait for an answer in vain; the others are spared the time-out

P = ParamSpec("P")
R = TypeVar("R")


def _alone(step: Callable[Concatenate[Round, P], R]) -> Callable[Concatenate[Round, P], R]:
    """Let one sender at a time into a round."""

    @wraps(step)
    def entered(self: Round, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:  # its own
            return step(self, *args, **kwargs)

    return entered  # type: ignore[return-value]  # called as a method it is the same


class Round:
    """Lends each row to one sender, at most once, and writes down what became of those before.

    Several senders may share it.
    """

    def __init__(self, house: House, limit: int | None) -> None:
        self.report = DeliveryReport()
        self.lent = 0  # rows so far
        self._house, self._lock = house, RLock()
        self._left = house.limits.deliveries if limit is None else limit
        self._after = 0
        self._today = house.clock.today()
        self._tidied = False
        with house.store(reading=True) as uow:
            self._channels = {channel.name: channel for channel in uow.channels()}
            self._posted = Counter(uow.posted(self._today))
            self._refused = {refusal.digest: refusal for refusal in uow.refusals()}
        self._notes: list[Callable[[UnitOfWork], None]] = []  # to be written with the next row
        self._unwritten: list[Delivery] = []  # rows' outcomes, likewise
        self._back: set[int] = set()  # rows passed by already that get a turn of their own
        self._closed = False
        self._waiting: set[int] = set()  # rows counted as waiting that come once more
        self._apart: set[int] = set()  # rows that go without company
        self._resting: set[str] = set()  # addresses that said "too many"
        self._silent: Counter[str] = Counter()  # other sides that gave no answer, rows in a row
        self._proven: set[str] = set()  # kinds of channel that carried a message in this round

    @_alone
    def next(self, settled: Sequence[Delivery]) -> Delivery | None:
        """Write down rows' outcomes and lend the next row, in one transaction.

        One message at a time: a sender that is killed leaves that in doubt and no more.
        """
        self._unwritten += settled  # should this sender fail, the others write it down
        try:
            taken = self._turn()
        except TryAgain:  # what went out must not stay in doubt because the database was busy
            taken = self._turn()
        self._unwritten.clear()
        self._notes.clear()
        self._tidied = True
        if taken is not None:
            self._after = max(self._after, taken.id)
            self._back.discard(taken.id)
            self._left -= 1
            self.lent += 1
        return taken

    def _turn(self) -> Delivery | None:
        now, claimed = self._house.clock.now(), list[Delivery]()
        lease = now + self._house.limits.lease
        with self._house.store() as uow:
            for row in self._unwritten:
                uow.settle(row)
            for note in self._notes:
                note(uow)
            if not self._tidied:
                uow.forget_posted(self._today)
                uow.forget_refusals(before=now - 4 * _REFUSED_FOR)
            if self._left > 0 and not self._closed:
                claimed = uow.claim(now, lease, 1, among=self._back) if self._back else []
                claimed = claimed or uow.claim(now, lease, 1, self._after)
            if not claimed:
                self.report.stop(uow.switches(), uow.ripe(now, self._after))
            uow.commit()
        return claimed[0] if claimed else None

    @_alone
    def take_along(self, ids: Collection[int]) -> list[Delivery]:
        """Take further rows for the reader of the one in hand, as many as the round has left."""
        now = self._house.clock.now()
        most = min(len(ids), self._left)
        if most <= 0:
            return []
        try:
            with self._house.store() as uow:
                taken = uow.claim(now, now + self._house.limits.lease, most, among=ids)
                uow.commit()
        except TryAgain:  # company is a courtesy; the row in hand goes alone
            return []
        self._left -= len(taken)
        return taken

    @_alone
    def examined(self, row: Delivery) -> Delivery:
        """Count a row's outcome."""
        self.report.counts[row.status] += 1
        return row

    @_alone
    def waits(self, row: Delivery, reason: str) -> Delivery:
        """Put a row back for a reason that is not its own; it takes nobody's place."""
        if row.id not in self._waiting:
            self.report.waiting[reason] += 1
        if row.id > self._after:  # it was taken along, and will have its own turn
            self._waiting.add(row.id)
        self._left += 1
        return row.put_back()

    @_alone
    def passed(self, row: Delivery) -> Delivery:
        """Put a row back that was taken along and has to go alone: its turn comes."""
        if row.id <= self._after:  # another sender is further on already
            self._back.add(row.id)
        self._left += 1
        return row.put_back()

    @_alone
    def apart(self, row: Delivery) -> Delivery:
        """Put a row back that spoiled, or was spoiled by, its company: it goes alone now."""
        self._apart.add(row.id)
        return self.passed(row)

    @_alone
    def goes_alone(self, row: Delivery) -> bool:
        """Tell whether a row has to go without company in this round."""
        return row.id in self._apart

    @_alone
    def close(self) -> None:
        """Lend no more rows: each sender writes down what it has in hand."""
        self._closed = True

    @_alone
    def refusal(self, address: str) -> str:
        """Return why an address is not even tried; empty when it is."""
        known = self._refused.get(digest(address))
        if known is None or self._house.clock.now() - known.since >= _REFUSED_FOR:
            return ""
        return f"address refused since {known.since:%Y-%m-%d}: {known.answer}"

    @_alone
    def held_up(self, address: str) -> str:
        """Return why nothing may go to an address now; else count a message to it."""
        channel = self._channels.get(kind(address))
        if channel and channel.open_until and channel.open_until > self._house.clock.now():
            return f"channel {channel.name}"
        if address in self._resting:
            return "rate limit"
        if self._silent[other_side(address)] >= _SILENT:
            return f"{kind(address)} does not answer"
        if self._posted[digest(address)] >= self._house.limits.per_address:
            return "ceiling"
        self._posted[digest(address)] += 1
        return ""

    @_alone
    def never_went(self, address: str) -> None:
        """Take back that a message to an address was counted."""
        self._posted[digest(address)] -= 1

    @_alone
    def heard(self, address: str, outcome: Outcome, reader: str) -> None:
        """Learn from an attempt: about the address, who answers there, and the channel."""
        counted, on = digest(address), self._today
        if outcome.status in {"sent", "ambiguous"}:  # it may have arrived
            self.report.messages += 1
            self._notes.append(lambda uow: uow.post(counted, on))
        else:
            self.never_went(address)
        if RATE_LIMIT in outcome.answer:
            self._resting.add(address)
        side = other_side(address)
        self._silent[side] = self._silent[side] + 1 if outcome.silent else 0
        if outcome.status == "dead":
            since = self._house.clock.now()
            refusal = Refusal(counted, reader, outcome.answer, since)
            self._refused[counted] = refusal
            self._notes.append(lambda uow: uow.refuse(refusal))
        if outcome.status == "sent":
            self._works(address)

    def _works(self, address: str) -> None:
        self._proven.add(kind(address))
        channel = self._channels.get(kind(address))
        if channel is not None and channel.open_until is not None:
            self._keep(replace(channel, open_until=None))
        if self._refused.pop(digest(address), None):
            self._notes.append(lambda uow: uow.forget_refusals(digest=digest(address)))

    @_alone
    def only_this_one(self, address: str) -> bool:
        """Tell whether a wrong configuration is this target's own: each web address has its.

        All mail takes one server, so there the fault is everybody's.
        """
        return kind(address) != MAIL and kind(address) in self._proven

    @_alone
    def shut(self, address: str, reason: str) -> None:
        """Open a channel's circuit and raise the alarm once."""
        now, name = self._house.clock.now(), kind(address)
        before = self._channels.get(name)
        if before and before.reason == reason and now - before.alarmed_at < _ALARM_AGAIN:
            alarmed_at = before.alarmed_at
        else:
            alarmed_at = now
            self.report.alarms.append(f"{name}: {reason}")
            _log.error("channel %s is shut: %s", name, reason)
        self._keep(Channel(name, now + _SHUT_FOR, reason, alarmed_at))

    def _keep(self, channel: Channel) -> None:
        self._channels[channel.name] = channel
        self._notes.append(lambda uow: uow.set_channel(channel))
