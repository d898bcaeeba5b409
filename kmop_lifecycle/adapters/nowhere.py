"""The ways out that lead nowhere: of a rehearsal, and of a house that cannot log in."""
# ruff: noqa: ARG002 - it ignores whatever it is handed

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.service.ports import Message, Outcome, Recipient


class Nowhere:
    """Everything is rendered as nothing and counts as sent; everybody is known."""

    def render(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> Message:
        """Return an empty message."""
        return Message("", "", "")

    def digest(
        self,
        items: Sequence[tuple[Notice, Case, Party | None]],
        recipient: Recipient,
        today: date,
    ) -> Message:
        """Return an empty message."""
        return Message("", "", "")

    def send(self, address: str, message: Message) -> Outcome:
        """Accept it."""
        return Outcome("sent")

    def address(self, recipient: str) -> Recipient | None:
        """Know everybody."""
        return Recipient(recipient, "nl", recipient)


class Locked:
    """The mail server's password lies where this process cannot read it: nothing goes out."""

    def send(self, address: str, message: Message) -> Outcome:
        """Send nothing, and say why; what waits goes on waiting."""
        return Outcome("configuration", "the mail server's password was not read")
