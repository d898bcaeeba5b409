"""What has happened lately: history by the moment of writing, notices by the day they fell due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from kmop_lifecycle.domain.case import Event, Notice


@dataclass(frozen=True, slots=True)
class Registered:
    """A history row with the moment it was written down."""

    event: Event
    recorded_at: datetime


class Recent(Protocol):
    """The part of a unit of work that tells what is new."""

    def recorded_since(self, moment: datetime, limit: int) -> list[Registered]:
        """Return what was written down at this moment or after it, in the order of writing."""

    def noticed_since(self, due_on: date, ladders: Collection[str], limit: int) -> list[Notice]:
        """Return the rows of these ladders due on this day or later, oldest first."""
