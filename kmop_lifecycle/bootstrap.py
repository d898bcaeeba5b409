"""The only place where settings, adapters and use cases meet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.adapters.rulebook_files import load_rulebook
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Message, Outcome, Recipient


class _Nowhere:
    """The way out of a rehearsal: everything is rendered as nothing and counts as sent."""

    def render(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> Message:
        """Return an empty message."""
        return Message("", "", "")

    def send(self, address: str, message: Message) -> Outcome:
        """Accept it."""
        return Outcome("sent")

    def address(self, recipient: str) -> Recipient | None:
        """Know everybody."""
        return Recipient(recipient, "nl", recipient)


def rehearsal(rules: RuleBook) -> tuple[House, SimulatedClock]:
    """Return an empty house in memory with a clock that can be set, for the scenario player."""
    clock, nowhere = SimulatedClock(date(2026, 1, 1)), _Nowhere()
    return House(MemoryStore(), rules, clock, nowhere, nowhere, nowhere), clock


def rules(folder: Path) -> RuleBook:
    """Return the rule book of a folder."""
    return load_rulebook(folder)
