"""What was said and answered, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kmop_lifecycle.adapters.store.json_text import as_json
from kmop_lifecycle.adapters.store.layers import AT_ONCE, Seen
from kmop_lifecycle.domain.case import Event, Notice
from kmop_lifecycle.domain.errors import ChangedMeanwhile
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Answer, NoticeKey, Registered


class MemoryLedger(Seen):
    """The notices' and the commands' side of a unit of work."""

    def ledger(self, numbers: Sequence[str]) -> Mapping[str, frozenset[NoticeKey]]:
        """Return the keys of all notice rows of these cases; every number is a key."""
        return {number: self._see.keys.get(number) or frozenset() for number in numbers}

    def add_notices(self, notices: Iterable[Notice], at: datetime) -> int:
        """Write notice rows; skip those whose key exists; return how many are new."""
        del at  # when a row was written is asked of databases only
        return sum(self._add(notice) for notice in notices)

    def answer(self, key: str) -> Answer | None:
        """Return what this key was answered before."""
        return self._see.answers.get(key)

    def remember(self, key: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key; whoever comes second is told."""
        del at
        if self._see.answers.get(key) is not None:
            raise ChangedMeanwhile
        self._see.answers.put(key, replace(answer, body=as_json(answer.body)))

    def _tell(self, event: Event, at: datetime) -> None:
        """Write a history row."""
        before = self._see.history.get(event.case) or ()
        kept = replace(event, facts=as_json(event.facts))
        self._see.history.put(event.case, (*before, Registered(kept, at)))

    def _add(self, notice: Notice) -> bool:
        self._must_exist(notice.case)
        keys = self._see.keys.get(notice.case) or frozenset()
        if notice.key in keys:
            return False
        self._see.keys.put(notice.case, keys | {notice.key})
        row = Delivery(self._see.next("notice"), notice, "moot" if notice.moot else "due")
        self._see.notices.put(row.id, row)
        self._see.of_case.put(notice.case, (*(self._see.of_case.get(notice.case) or ()), row.id))
        if not notice.moot:
            self._see.open.put(row.id, AT_ONCE)
        return True
