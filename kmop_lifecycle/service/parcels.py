"""What goes to one reader at once: one notice as itself, several as one message."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from kmop_lifecycle.domain.case import Case, Party
from kmop_lifecycle.service.addresses import MAIL, kind
from kmop_lifecycle.service.attempts import settled
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Message, Outcome, Recipient
from kmop_lifecycle.service.recipients import grave, reader
from kmop_lifecycle.service.rounds import Round

MOST = 50  # notices in one message
_NOT_FIRST = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """A row that holds, and what its message needs."""

    row: Delivery
    case: Case
    party: Party | None
    found: Sequence[Recipient]  # who may read it, the best first


Along = Callable[[], tuple[list[Item], list[Delivery]]]


def goes_alone(item: Item) -> bool:
    """Tell whether a notice has a message of its own whatever else waits for its reader.

    What a provider must know is not one line among others; what may have arrived is sent again
    as it was.
    """
    return grave(item.row.notice) or item.row.was == "ambiguous"


def unforeseen(what: str, row: Delivery, error: Exception) -> str:
    """Log a defect by its kind: its text may quote names and addresses."""
    reason = f"{what} ({type(error).__name__})"
    _log.error(
        "notice %s of %s: %s", row.id, row.notice.case, reason, extra={"case": row.notice.case}
    )
    return reason


@dataclass(slots=True)
class Parcel:
    """Rows for one reader, on their way to the first of his addresses that takes them."""

    house: House
    round: Round
    lead: Item
    along: Along  # asked once, when there is an address that the lead may go to
    items: list[Item] = field(default_factory=list)
    done: list[Delivery] = field(default_factory=list)

    def posted(self) -> list[Delivery]:
        """Try the addresses in their order, each once, as long as they are dead."""
        last = Outcome("dead", "no address known")
        for to in self.lead.found:
            if refusal := self.round.refusal(to.address):
                last = Outcome("dead", refusal)
                continue
            if reason := self.round.held_up(to.address):
                return self._wait(reason)
            self._take_along()
            last, rendered = self._tried(to)
            if last.status == "configuration":
                return self._shut(to.address, last.answer)
            if last.status == "unfit" and len(self.items) > 1:
                return self._apart()
            if last.status != "dead":
                return self._settled(last, rendered)
        return self._settled(last)

    def _take_along(self) -> None:
        if not self.items:
            more, self.done = self.along()
            self.items = [self.lead, *more]

    def _tried(self, to: Recipient) -> tuple[Outcome, str]:
        """Return what became of one attempt, and the hash of what was sent."""
        message = self._rendered(to)
        if isinstance(message, str):  # would be no better next time, or for another reader
            self.round.never_went(to.address)
            return Outcome("unfit", message), ""
        body = (message.subject + message.html).encode()
        return self._sent(to.address, message), hashlib.sha256(body).hexdigest()

    def _rendered(self, to: Recipient) -> Message | str:
        """Return the message, or why there is none."""
        renderer, today = self.house.renderer, self.house.clock.today()
        try:
            if len(self.items) == 1:
                return renderer.render(
                    self.lead.row.notice, self.lead.case, self.lead.party, to, today
                )
            told = [(item.row.notice, item.case, item.party) for item in self.items]
            return renderer.digest(told, to, today)
        except Exception as error:  # noqa: BLE001  # templates raise what they like
            what = "template: the message cannot be rendered"
            return unforeseen(what, self.lead.row, error)

    def _sent(self, address: str, message: Message) -> Outcome:
        try:
            outcome = self.house.notifier.send(address, message)
        except Exception as error:  # noqa: BLE001  # it may have gone out before
            outcome = Outcome("ambiguous", unforeseen("the transport broke", self.lead.row, error))
        self.round.heard(address, outcome, reader(self.lead.row.notice, self.lead.case))
        if outcome.status == "configuration" and self.round.only_this_one(address):
            return Outcome("retry", outcome.answer)
        return outcome

    def _settled(self, outcome: Outcome, rendered: str = "") -> list[Delivery]:
        now = self.house.clock.now()
        rows = [replace(item.row, rendered=rendered) for item in self.items or [self.lead]]
        return [*self.done, *(self.round.examined(settled(row, outcome, now)) for row in rows)]

    def _apart(self) -> list[Delivery]:
        """Send the first notice alone, and let each other have a turn of its own.

        What spoils a message must not keep the others back; and a kill in between must not leave
        all of them in doubt.
        """
        others = [self.round.apart(item.row) for item in self.items[1:]]
        alone = Parcel(self.house, self.round, self.lead, lambda: ([], []))
        return [*self.done, *others, *alone.posted()]

    def _wait(self, reason: str) -> list[Delivery]:
        rows = [self.round.waits(item.row, reason) for item in self.items or [self.lead]]
        return [*self.done, *rows]

    def _shut(self, address: str, reason: str) -> list[Delivery]:
        """Shut the channel and leave the rows as they were."""
        self.round.shut(address, reason)
        rows = self._wait(f"channel {kind(address)}")
        if kind(address) == MAIL:
            return rows
        # A wrong web address must not be what the channel is tried with, again and again.
        kept, later = {row.id for row in self.done}, self.house.clock.now() + _NOT_FIRST
        return [row if row.id in kept else replace(row, next_try_at=later) for row in rows]
