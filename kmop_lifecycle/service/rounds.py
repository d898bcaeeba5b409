"""One round of delivery: what it knows of channels and ceilings, and what it reports."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.service.attempts import RATE_LIMIT
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import HOLD, PAUSE, Channel, Delivery, Switch
from kmop_lifecycle.service.ports import Outcome

_log = logging.getLogger(__name__)

SHUT_FOR = timedelta(minutes=15)
_ALARM_AGAIN = timedelta(days=1)  # a fault that stays is not cried out every quarter of an hour
MAIL = "mail"
_KINDS = {"mailto": MAIL, "mailtos": MAIL, "jsons": "json", "xmls": "xml", "forms": "form"}


@dataclass(slots=True)
class DeliveryReport:
    """What became of the rows that were examined, and why others wait."""

    counts: Counter[str] = field(default_factory=Counter)  # by outcome
    waiting: Counter[str] = field(default_factory=Counter)  # by reason; untouched, never lost
    alarms: list[str] = field(default_factory=list)  # new ones, each told once
    stopped: str = ""  # who switched all deliveries off, and why

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "counts": dict(sorted(self.counts.items())),
            "waiting": dict(sorted(self.waiting.items())),
            "alarms": list(self.alarms),
            "stopped": self.stopped,
        }


def kind(address: str) -> str:
    """Return the kind of channel of an address, such as mail, slack or json."""
    scheme = urlsplit(address).scheme.lower() if "://" in address else MAIL
    return _KINDS.get(scheme, scheme)


def digest(address: str) -> str:
    """Return what an address is counted under."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


class Round:
    """Takes row after row, each at most once, and writes down what became of the one before."""

    def __init__(self, house: House, limit: int | None) -> None:
        self.report = DeliveryReport()
        self._house = house
        self._left = house.limits.deliveries if limit is None else limit
        self._after = 0
        self._today = house.clock.today()
        with house.store(reading=True) as uow:
            self._channels = {channel.name: channel for channel in uow.channels()}
            self._posted = Counter(uow.posted(self._today))
        self._changed: list[Channel] = []  # to be written with the next row
        self._counted: list[str] = []  # digests of addresses, likewise
        self._resting: set[str] = set()  # addresses that said "too many"
        self._proven: set[str] = set()  # kinds of channel that carried a message in this round

    def next(self, settled: Delivery | None) -> Delivery | None:
        """Write down a row's outcome and take the next row, in one transaction.

        One row at a time: a sender that is killed leaves one row in doubt and no more.
        """
        try:
            taken = self._turn(settled)
        except TryAgain:  # what went out must not stay in doubt because the database was busy
            taken = self._turn(settled)
        self._changed.clear()
        self._counted.clear()
        if taken is not None:
            self._after = taken.id
        return taken

    def _turn(self, settled: Delivery | None) -> Delivery | None:
        now = self._house.clock.now()
        with self._house.store() as uow:
            if settled is not None:
                uow.settle(settled)
            for channel in self._changed:
                uow.set_channel(channel)
            if not self._after:
                uow.forget_posted(self._today)
            for counted in self._counted:
                uow.post(counted, self._today)
            switches = uow.switches()
            if switches or self._left <= 0:
                self._stop(switches, uow.ripe(now, self._after))
                claimed = []
            else:
                claimed = uow.claim(now, now + self._house.limits.lease, 1, self._after)
            uow.commit()
        return claimed[0] if claimed else None

    def _stop(self, switches: list[Switch], waiting: int) -> None:
        """Say why no more rows are taken, and how many wait."""
        self.report.stopped = "; ".join(map(in_words, switches))
        if waiting:
            self.report.waiting[switches[0].name if switches else "round"] = waiting

    def examined(self, row: Delivery) -> Delivery:
        """Count a row's outcome."""
        self.report.counts[row.status] += 1
        self._left -= 1
        return row

    def waits(self, row: Delivery, reason: str) -> Delivery:
        """Put a row back for a reason that is not its own; it takes nobody's place."""
        self.report.waiting[reason] += 1
        return row.put_back()

    def give_back(self, row: Delivery) -> None:
        """Let go of a row at once, if the database can be reached for that."""
        with suppress(TryAgain), self._house.store() as uow:
            uow.settle(row.put_back())
            uow.commit()

    def held_up(self, address: str) -> str:
        """Return why nothing may go to an address now; empty when it may."""
        channel = self._channels.get(kind(address))
        if channel and channel.open_until and channel.open_until > self._house.clock.now():
            return f"channel {channel.name}"
        if address in self._resting:
            return "rate limit"
        full = self._posted[digest(address)] >= self._house.limits.per_address
        return "ceiling" if full else ""

    def heard(self, address: str, outcome: Outcome) -> None:
        """Learn from an attempt: about the address, and about its channel."""
        if outcome.status in {"sent", "ambiguous"}:  # it may have arrived
            self._posted[digest(address)] += 1
            self._counted.append(digest(address))
        if RATE_LIMIT in outcome.answer:
            self._resting.add(address)
        if outcome.status == "sent":
            self._proven.add(kind(address))
            channel = self._channels.get(kind(address))
            if channel is not None and channel.open_until is not None:
                self._keep(replace(channel, open_until=None))

    def only_this_one(self, address: str) -> bool:
        """Tell whether a wrong configuration is this target's own: each web address has its.

        All mail takes one server, so there the fault is everybody's.
        """
        return kind(address) != MAIL and kind(address) in self._proven

    def shut(self, address: str, reason: str) -> datetime:
        """Open a channel's circuit and raise the alarm once; return until when."""
        now, name = self._house.clock.now(), kind(address)
        before = self._channels.get(name)
        if before and before.reason == reason and now - before.alarmed_at < _ALARM_AGAIN:
            alarmed_at = before.alarmed_at
        else:
            alarmed_at = now
            self.report.alarms.append(f"{name}: {reason}")
            _log.error("channel %s is shut: %s", name, reason)
        self._keep(Channel(name, now + SHUT_FOR, reason, alarmed_at))
        return now + SHUT_FOR

    def _keep(self, channel: Channel) -> None:
        self._channels[channel.name] = channel
        self._changed.append(channel)


def in_words(switch: Switch) -> str:
    """Say who stopped deliveries, when and why."""
    what = {PAUSE: "paused", HOLD: "held"}.get(switch.name, switch.name)
    why = f": {switch.reason}" if switch.reason else ""
    return f"{what} by {switch.by} since {switch.since:%Y-%m-%d %H:%M} UTC{why}"
