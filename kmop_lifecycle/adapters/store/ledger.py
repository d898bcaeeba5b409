"""What was said and answered: notices on their way out, and the answers given to commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, literal_column, or_, select, text, update

from kmop_lifecycle.adapters.store.dialects import insert_new
from kmop_lifecycle.adapters.store.rows import (
    answer_from_row,
    answer_to_row,
    delivery_from_row,
    key_from_row,
)
from kmop_lifecycle.adapters.store.tables import CASE, COMMAND, NOTICE, OPEN
from kmop_lifecycle.adapters.store.transaction import Transaction, batches
from kmop_lifecycle.adapters.store.types import UtcDateTime
from kmop_lifecycle.domain.errors import ChangedMeanwhile
from kmop_lifecycle.service.ports import Answer, Delivery, NoticeKey

_KEYS = (
    select(
        CASE.c.number,
        NOTICE.c.ladder,
        NOTICE.c.anchor,
        NOTICE.c.anchor_on,
        NOTICE.c.rung,
        NOTICE.c.recipient,
        NOTICE.c.channel,
    )
    .join(CASE, CASE.c.id == NOTICE.c.case_id)
    .where(CASE.c.number.in_(bindparam("numbers", expanding=True)))
)
_NOW = bindparam("now", type_=UtcDateTime())
_CLAIM = (
    select(NOTICE, CASE.c.number)
    .join(CASE, CASE.c.id == NOTICE.c.case_id)
    .where(
        text(f"notice.{OPEN}"),
        or_(
            NOTICE.c.status == literal_column("'due'"),
            and_(NOTICE.c.status == literal_column("'retry'"), NOTICE.c.next_try_at <= _NOW),
            and_(NOTICE.c.status == literal_column("'sending'"), NOTICE.c.lease_until <= _NOW),
        ),
    )
    .order_by(NOTICE.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, key_share=True, of=NOTICE)
)
_TAKE = (
    update(NOTICE)
    .where(NOTICE.c.id.in_(bindparam("ids", expanding=True)))
    .values(status="sending", lease_until=bindparam("until", type_=UtcDateTime()))
)
_SETTLE = (
    update(NOTICE)
    # What is sent stays sent: a claimant that comes back late must not have it sent again.
    .where(NOTICE.c.id == bindparam("of_id"), NOTICE.c.status != literal_column("'sent'"))
    .values(lease_until=None)
)
_REMEMBER = insert_new(COMMAND)
_ANSWER = select(COMMAND).where(COMMAND.c.key == bindparam("of_key"))


class Ledger(Transaction):
    """The notices' and the commands' side of a unit of work."""

    def ledger(self, numbers: Sequence[str]) -> Mapping[str, frozenset[NoticeKey]]:
        """Return the keys of all notice rows of these cases; every number is a key."""
        keys: defaultdict[str, set[NoticeKey]] = defaultdict(set)
        for some in batches(numbers):
            for row in self._run(_KEYS, {"numbers": some}):
                keys[row.number].add(key_from_row(row))
        return {number: frozenset(keys[number]) for number in numbers}

    def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[Delivery]:
        """Take due, retriable or abandoned rows, oldest first, and mark them `sending`."""
        rows = self._run(_CLAIM, {"now": now, "most": limit}).all()
        if rows:
            self._run(_TAKE, {"ids": [row.id for row in rows], "until": lease_until})
        return [delivery_from_row(row, claimed=True) for row in rows]

    def settle(self, delivery: Delivery) -> None:
        """Write a claimed row's outcome."""
        outcome = {
            "of_id": delivery.id,
            "status": delivery.status,
            "attempts": delivery.attempts,
            "next_try_at": delivery.next_try_at,
            "answer": delivery.answer,
            "rendered": delivery.rendered,
            "sent_at": delivery.sent_at,
        }
        self._run(_SETTLE, outcome)

    def answer(self, key: str) -> Answer | None:
        """Return what this key was answered before."""
        row = self._run(_ANSWER, {"of_key": key}).one_or_none()
        return None if row is None else answer_from_row(row)

    def remember(self, key: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key; whoever comes second is told."""
        if self._run(_REMEMBER, answer_to_row(key, answer, at)).rowcount != 1:
            raise ChangedMeanwhile
