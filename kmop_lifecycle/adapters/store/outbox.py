"""Notices on their way out: taken, settled, listed, held up and counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from kmop_lifecycle.adapters.store.dialects import InsertNewest, InsertOrAdd
from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.rows import delivery_from_row, delivery_to_row
from kmop_lifecycle.adapters.store.tables import (
    CASE,
    CHANNEL,
    NOTICE,
    OPEN,
    POSTED,
    REFUSED,
    SWITCH,
)
from kmop_lifecycle.adapters.store.transaction import Transaction
from kmop_lifecycle.adapters.store.types import UtcDateTime
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.outbox import Channel, Delivery, Refusal, Switch

_NOW = bindparam("now", type_=UtcDateTime())
_RIPE = and_(
    text(f"notice.{OPEN}"),
    NOTICE.c.id > bindparam("after"),
    or_(
        and_(NOTICE.c.status != literal_column("'sending'"), NOTICE.c.next_try_at <= _NOW),
        and_(NOTICE.c.status == literal_column("'due'"), NOTICE.c.next_try_at.is_(None)),
        and_(NOTICE.c.status == literal_column("'sending'"), NOTICE.c.lease_until <= _NOW),
    ),
)
_ROWS = (
    select(NOTICE, CASE.c.number)
    .join(CASE, CASE.c.id == NOTICE.c.case_id)
    .order_by(NOTICE.c.id)
    .limit(bindparam("most"))
)
_RIPE_ROWS = _ROWS.where(_RIPE, ~exists(select(SWITCH.c.name))).with_for_update(
    skip_locked=True, key_share=True, of=NOTICE
)
_CLAIM = Prepared(_RIPE_ROWS)
_AMONG = _RIPE_ROWS.where(NOTICE.c.id.in_(bindparam("ids", expanding=True)))
# Written so that each finds its own index: a provider's rows by his few cases, others' by reader.
_WAITING = NOTICE.c.status.in_([literal_column("'due'"), literal_column("'retry'")])
_OF_FIRM = select(NOTICE.c.id).where(
    NOTICE.c.case_id.in_(
        select(CASE.c.id).where(
            CASE.c.enterprise
            == select(CASE.c.enterprise)
            .where(CASE.c.number == bindparam("case"))
            .scalar_subquery()
        )
    ),
    _WAITING,
)
_OF_OTHERS = select(NOTICE.c.id).where(_RIPE, _WAITING)
# Ordered by no column, else Postgres may walk all that waits for any firm instead of one's cases.
_BY_ID = {True: NOTICE.c.id + literal_column("0"), False: NOTICE.c.id}
_ALONGSIDE = {
    firm: Prepared(
        statement.where(
            NOTICE.c.recipient == bindparam("recipient"),
            NOTICE.c.channel == bindparam("channel"),
            NOTICE.c.id > bindparam("after"),
            or_(NOTICE.c.next_try_at.is_(None), NOTICE.c.next_try_at <= _NOW),
        )
        .order_by(_BY_ID[firm])
        .limit(bindparam("most"))
    )
    for firm, statement in ((True, _OF_FIRM), (False, _OF_OTHERS))
}
_REFUSALS = select(REFUSED).order_by(REFUSED.c.reader, REFUSED.c.digest)
_REFUSE = InsertNewest(REFUSED)
_COUNT = select(func.count()).select_from(NOTICE).where(_RIPE)
_OUTBOX = _ROWS.where(
    NOTICE.c.id > bindparam("after"), NOTICE.c.status.in_(bindparam("statuses", expanding=True))
)
_OF_ID = update(NOTICE).where(NOTICE.c.id == bindparam("of_id"))
_TAKE = Prepared(_OF_ID)
_SETTLE = Prepared(
    _OF_ID.where(
        # What is sent stays sent: a claimant that comes back late must not have it sent again.
        NOTICE.c.status != literal_column("'sent'"),
        or_(
            NOTICE.c.lease_until == bindparam("held_until", type_=UtcDateTime()),
            bindparam("outcome", type_=NOTICE.c.status.type) == literal_column("'sent'"),
        ),
    )
)
_REOPEN = _OF_ID.where(NOTICE.c.status.in_(("dead", "ambiguous"))).execution_options(
    preserve_rowcount=True
)
_POSTED = select(POSTED.c.digest, POSTED.c.messages).where(POSTED.c.on == bindparam("day"))
_POST = Prepared(InsertOrAdd(POSTED))
_OLD_POST = delete(POSTED).where(POSTED.c.on < bindparam("day"))
_CHANNEL, _SWITCH = InsertNewest(CHANNEL), InsertNewest(SWITCH)


class Outbox(Transaction):
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
        wanted: dict[str, Any] = {"now": now, "after": after, "most": limit}
        if among is None:
            rows = self._do(_CLAIM, wanted).rows
        else:
            rows = list(self._run(_AMONG, {**wanted, "ids": sorted(among)}))
        taken = [delivery_from_row(row).taken(now, lease_until) for row in rows]
        for delivery in taken:
            self._do(_TAKE, {**delivery_to_row(delivery), "of_id": delivery.id})
        return taken

    def alongside(self, row: Delivery, now: datetime, limit: int) -> list[int]:
        """Return ids of rows behind this one that wait for the same reader."""
        notice, firm = row.notice, row.notice.role is Role.PROVIDER
        wanted = {"now": now, "after": row.id, "most": limit}
        who = {"recipient": notice.recipient, "channel": notice.channel}
        whose = {"case": notice.case} if firm else {}
        return [found.id for found in self._do(_ALONGSIDE[firm], wanted | who | whose).rows]

    def ripe(self, now: datetime, after: int = 0) -> int:
        """Count the rows that `claim` would give."""
        count: int = self._run(_COUNT, {"now": now, "after": after}).scalar_one()
        return count

    def settle(self, delivery: Delivery) -> None:
        """Write a claimed row's outcome, if it is still the claimant's or was sent."""
        outcome = {**delivery_to_row(delivery), "lease_until": None, "of_id": delivery.id}
        whose = {"held_until": delivery.lease_until, "outcome": delivery.status}
        self._do(_SETTLE, {**outcome, **whose})

    def outbox(self, statuses: Collection[str], after: int, limit: int) -> list[Delivery]:
        """Page through the rows in these statuses, oldest first."""
        wanted = {"statuses": sorted(statuses), "after": after, "most": limit}
        return self._listed(_OUTBOX, wanted)

    def reopen(self, delivery: Delivery) -> bool:
        """Make a dead or ambiguous row due again; False if it is neither any more."""
        row = delivery_to_row(delivery.asked_again())
        return self._run(_REOPEN, {**row, "of_id": delivery.id}).rowcount == 1

    def posted(self, on: date) -> Mapping[str, int]:
        """Return how many messages went to each address on a day."""
        return {row.digest: row.messages for row in self._run(_POSTED, {"day": on})}

    def post(self, digest: str, on: date) -> None:
        """Count one message to an address on a day."""
        self._do(_POST, {"on": on, "digest": digest, "messages": 1})

    def forget_posted(self, before: date) -> None:
        """Forget the messages of earlier days."""
        self._run(_OLD_POST, {"day": before})

    def refusals(self) -> list[Refusal]:
        """Return the addresses that take nothing, by reader."""
        rows = self._run(_REFUSALS)
        return [Refusal(row.digest, row.reader, row.answer, row.since) for row in rows]

    def refuse(self, refusal: Refusal) -> None:
        """Write down that an address takes nothing, in place of what was known of it."""
        self._run(_REFUSE, asdict(refusal))

    def forget_refusals(
        self, *, digest: str = "", reader: str = "", before: datetime | None = None
    ) -> None:
        """Forget one address, those of one reader, or what is older than a moment."""
        known = REFUSED.c
        old = [known.since < before] if before is not None else []
        self._run(delete(REFUSED).where(or_(known.digest == digest, known.reader == reader, *old)))

    def channels(self) -> list[Channel]:
        """Return the channels that had trouble, by name."""
        rows = self._run(select(CHANNEL).order_by(CHANNEL.c.name))
        return [Channel(row.name, row.open_until, row.reason, row.alarmed_at) for row in rows]

    def set_channel(self, channel: Channel) -> None:
        """Write down a channel's trouble, in place of an earlier one."""
        self._run(_CHANNEL, asdict(channel))

    def forget_channels(self) -> None:
        """Close all circuits."""
        self._run(delete(CHANNEL))

    def switches(self) -> list[Switch]:
        """Return what stops all deliveries, by name."""
        rows = self._run(select(SWITCH).order_by(SWITCH.c.name))
        return [Switch(row.name, row.since, row.by, row.reason) for row in rows]

    def set_switch(self, switch: Switch) -> None:
        """Stop all deliveries, in place of an earlier stop of the same name."""
        self._run(_SWITCH, asdict(switch))

    def forget_switches(self) -> None:
        """Let deliveries go on."""
        self._run(delete(SWITCH))

    def _listed(self, statement: Select[Any], values: dict[str, Any]) -> list[Delivery]:
        return [delivery_from_row(row) for row in self._run(statement, values)]
