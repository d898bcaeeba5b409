"""Notices on their way out, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from heapq import nsmallest

from kmop_lifecycle.adapters.store.layers import AT_ONCE, Seen
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.outbox import Channel, Delivery, Refusal, Switch


class MemoryOutbox(Seen):
    """The deliveries' side of a unit of work."""

    def claim(
        self,
        now: datetime,
        lease_until: datetime,
        limit: int,
        after: int = 0,
        among: Collection[int] | None = None,
    ) -> list[Delivery]:
        """Take rows whose time has come, oldest first, and mark them `sending`."""
        if self._see.switches.all():
            return []
        ripe = (id_ for id_ in self._ripe(now, after) if among is None or id_ in among)
        found = [self._see.notices.get(id_) for id_ in nsmallest(limit, ripe)]
        taken = [row.taken(now, lease_until) for row in found if row is not None]
        for row in taken:
            self._see.notices.put(row.id, replace(row, was=""))
            self._see.open.put(row.id, lease_until)
        return taken

    def alongside(self, row: Delivery, now: datetime, limit: int) -> list[int]:
        """Return ids of rows behind this one that wait for the same reader."""
        mine = self._reader(row)
        rows = (self._see.notices.get(id_) for id_ in sorted(self._ripe(now, row.id)))
        waiting = (one for one in rows if one and one.status in {"due", "retry"})
        return [one.id for one in waiting if self._reader(one) == mine][:limit]

    def _reader(self, row: Delivery) -> tuple[str, str, str]:
        case = self._see.cases.get(row.notice.case) if row.notice.role is Role.PROVIDER else None
        return row.notice.recipient, row.notice.channel, case.enterprise if case else ""

    def ripe(self, now: datetime, after: int = 0) -> int:
        """Count the rows that `claim` would give."""
        return sum(1 for _ in self._ripe(now, after))

    def settle(self, delivery: Delivery) -> None:
        """Write a claimed row's outcome, if it is still the claimant's or was sent."""
        there = self._see.notices.get(delivery.id)
        if there is None or there.status == "sent":
            return
        if delivery.status == "sent" or (there.lease_until or None) == delivery.lease_until:
            notice = replace(there.notice, moot=delivery.status == "moot")
            self._write(replace(delivery, notice=notice, was="", lease_until=None))

    def outbox(self, statuses: Collection[str], after: int, limit: int) -> list[Delivery]:
        """Page through the rows in these statuses, oldest first."""
        rows = sorted(self._see.notices.all().items())
        return [row for id_, row in rows if id_ > after and row.status in statuses][:limit]

    def reopen(self, delivery: Delivery) -> bool:
        """Make a dead or ambiguous row due again; False if it is neither any more."""
        there = self._see.notices.get(delivery.id)
        if there is None or there.status not in {"dead", "ambiguous"}:
            return False
        self._write(delivery.asked_again())
        return True

    def posted(self, on: date) -> Mapping[str, int]:
        """Return how many messages went to each address on a day."""
        counted = self._see.posted.all().items()
        return {digest: messages for (day, digest), messages in counted if day == on}

    def post(self, digest: str, on: date) -> None:
        """Count one message to an address on a day."""
        self._see.posted.put((on, digest), (self._see.posted.get((on, digest)) or 0) + 1)

    def forget_posted(self, before: date) -> None:
        """Forget the messages of earlier days."""
        for key in self._see.posted.all():
            if key[0] < before:
                self._see.posted.drop(key)

    def refusals(self) -> list[Refusal]:
        """Return the addresses that take nothing, by reader."""
        return sorted(self._see.refused.all().values(), key=lambda r: (r.reader, r.digest))

    def refuse(self, refusal: Refusal) -> None:
        """Write down that an address takes nothing."""
        self._see.refused.put(refusal.digest, refusal)

    def forget_refusals(
        self, *, digest: str = "", reader: str = "", before: datetime | None = None
    ) -> None:
        """Forget one address, those of one reader, or what is older than a moment."""
        for key, refusal in self._see.refused.all().items():
            old = before is not None and refusal.since < before
            if key == digest or refusal.reader == reader or old:
                self._see.refused.drop(key)

    def channels(self) -> list[Channel]:
        """Return the channels that had trouble, by name."""
        return [channel for _, channel in sorted(self._see.channels.all().items())]

    def set_channel(self, channel: Channel) -> None:
        """Write down a channel's trouble, in place of an earlier one."""
        self._see.channels.put(channel.name, channel)

    def forget_channels(self) -> None:
        """Close all circuits."""
        for name in self._see.channels.all():
            self._see.channels.drop(name)

    def switches(self) -> list[Switch]:
        """Return what stops all deliveries, by name."""
        return [switch for _, switch in sorted(self._see.switches.all().items())]

    def set_switch(self, switch: Switch) -> None:
        """Stop all deliveries, in place of an earlier stop of the same name."""
        self._see.switches.put(switch.name, switch)

    def forget_switches(self) -> None:
        """Let deliveries go on."""
        for name in self._see.switches.all():
            self._see.switches.drop(name)

    def _ripe(self, now: datetime, after: int) -> Iterator[int]:
        waiting = self._see.open.all().items()
        return (id_ for id_, since in waiting if id_ > after and since <= now)

    def _write(self, row: Delivery) -> None:
        self._see.notices.put(row.id, row)
        if row.next_try_at is not None and row.status in {"due", "retry", "ambiguous"}:
            self._see.open.put(row.id, row.next_try_at)
        elif row.status == "due":
            self._see.open.put(row.id, AT_ONCE)
        else:
            self._see.open.drop(row.id)
