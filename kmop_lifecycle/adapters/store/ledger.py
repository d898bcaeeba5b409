"""What was said and answered: the keys of notices, and the answers given to commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from kmop_lifecycle.adapters.store.dialects import insert_new
from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.rows import (
    answer_from_row,
    answer_to_row,
    key_from_row,
)
from kmop_lifecycle.adapters.store.tables import CASE, COMMAND, NOTICE
from kmop_lifecycle.adapters.store.transaction import Transaction, batches
from kmop_lifecycle.domain.errors import ChangedMeanwhile
from kmop_lifecycle.service.ports import Answer, NoticeKey

_KEYS = select(
    CASE.c.number,
    NOTICE.c.ladder,
    NOTICE.c.anchor,
    NOTICE.c.anchor_on,
    NOTICE.c.rung,
    NOTICE.c.recipient,
    NOTICE.c.channel,
).join(CASE, CASE.c.id == NOTICE.c.case_id)
_KEYS_OF = Prepared(_KEYS.where(CASE.c.number == bindparam("number")))
_KEYS_OF_MANY = _KEYS.where(CASE.c.number.in_(bindparam("numbers", expanding=True)))
_REMEMBER = Prepared(insert_new(COMMAND))
_ANSWER = Prepared(select(COMMAND).where(COMMAND.c.key == bindparam("of_key")))


class Ledger(Transaction):
    """The notices' and the commands' side of a unit of work."""

    def ledger(self, numbers: Sequence[str]) -> Mapping[str, frozenset[NoticeKey]]:
        """Return the keys of all notice rows of these cases; every number is a key."""
        if len(numbers) == 1:
            rows = self._do(_KEYS_OF, {"number": numbers[0]}).rows
            return {numbers[0]: frozenset(map(key_from_row, rows))}
        keys: defaultdict[str, set[NoticeKey]] = defaultdict(set)
        for some in batches(numbers):
            for row in self._run(_KEYS_OF_MANY, {"numbers": some}):
                keys[row.number].add(key_from_row(row))
        return {number: frozenset(keys[number]) for number in numbers}

    def answer(self, key: str) -> Answer | None:
        """Return what this key was answered before."""
        rows = self._do(_ANSWER, {"of_key": key}).rows
        return answer_from_row(rows[0]) if rows else None

    def remember(self, key: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key; whoever comes second is told."""
        if self._do(_REMEMBER, answer_to_row(key, answer, at)).rowcount != 1:
            raise ChangedMeanwhile
