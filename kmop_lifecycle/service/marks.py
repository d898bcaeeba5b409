"""What the house remembers of itself: the last sweep, the rules on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Marks(Protocol):
    """The part of a unit of work that remembers one value to a name."""

    def marks(self) -> Mapping[str, str]:
        """Return all marks by name."""

    def mark(self, name: str, value: str, at: datetime) -> None:
        """Remember a value under a name; the newest counts."""
