"""What the house remembers of itself, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kmop_lifecycle.adapters.store.layers import Seen


class MemoryMarks(Seen):
    """The memory's side of a unit of work."""

    def marks(self) -> Mapping[str, str]:
        """Return all marks by name."""
        return dict(self._see.marks.all())

    def mark(self, name: str, value: str, at: datetime) -> None:
        """Remember a value under a name; the newest counts."""
        del at
        self._see.marks.put(name, value)
