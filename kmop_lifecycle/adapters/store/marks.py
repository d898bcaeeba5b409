"""What the house remembers of itself, in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from kmop_lifecycle.adapters.store.dialects import InsertNewest
from kmop_lifecycle.adapters.store.tables import MARK
from kmop_lifecycle.adapters.store.transaction import Transaction

_ALL = select(MARK.c.name, MARK.c.value)
_MARK = InsertNewest(MARK)


class Marks(Transaction):
    """The memory's side of a unit of work."""

    def marks(self) -> Mapping[str, str]:
        """Return all marks by name."""
        return {row.name: row.value for row in self._run(_ALL)}

    def mark(self, name: str, value: str, at: datetime) -> None:
        """Remember a value under a name; the newest counts."""
        self._run(_MARK, {"name": name, "value": value, "at": at})
