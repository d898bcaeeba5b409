"""Send what is unsent: claim a row, read the case again, render, send, write the outcome."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kmop_lifecycle.domain.case import Case, Party
from kmop_lifecycle.domain.decide import project
from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.domain.reminders import still_holds
from kmop_lifecycle.service.attempts import settled, vanished
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Message, Outcome, Recipient
from kmop_lifecycle.service.recipients import nobody, recipients
from kmop_lifecycle.service.rounds import MAIL, SHUT_FOR, DeliveryReport, Round, kind

_log = logging.getLogger(__name__)


def deliver(house: House, *, limit: int | None = None) -> DeliveryReport:
    """Send all due notices (at most `limit`); what cannot be sent never blocks what can.

    A row that waits for a channel or a ceiling does not count against the limit.
    """
    round_ = Round(house, limit)
    done: Delivery | None = None
    while (row := round_.next(done)) is not None:
        done = _examined(house, round_, row)
    return round_.report


def _examined(house: House, round_: Round, row: Delivery) -> Delivery:
    """Give a row its outcome, whatever happens: one bad row must not hold up the others."""
    if row.abandoned:
        return round_.examined(vanished(row, house.clock.now()))
    try:
        with house.store(reading=True) as uow:
            case = project(uow.get(row.notice.case), house.rules, house.clock.today())
            party = uow.party(case.enterprise)
        if not still_holds(row.notice, case, house.rules, house.clock.today()):
            return round_.examined(_moot(row, "no longer holds"))
        found = recipients(house, row.notice, party)
        if not found and (unwanted := nobody(row.notice, party)):
            return round_.examined(_moot(row, unwanted))
    except TryAgain:  # the database is away, for every row; this one has surely not gone out
        round_.give_back(row)
        raise
    except Exception as error:  # noqa: BLE001  # of whatever kind: the next row must have its turn
        fault = Outcome("retry", _unforeseen("a case that cannot be read", row, error))
        return round_.examined(settled(row, fault, house.clock.now()))
    return _Attempt(house, round_, row, case, party).at(found)


def _moot(row: Delivery, why: str) -> Delivery:
    before = f"; before: {row.answer}" if row.answer else ""
    return replace(row, status="moot", answer=f"{why}{before}", next_try_at=None)


def _unforeseen(what: str, row: Delivery, error: Exception) -> str:
    """Log a defect by its kind: its text may quote names and addresses."""
    reason = f"{what} ({type(error).__name__})"
    _log.error("notice %s of %s: %s", row.id, row.notice.case, reason)
    return reason


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One row that holds, on its way to whoever takes it first."""

    house: House
    round: Round
    row: Delivery
    case: Case
    party: Party | None

    def at(self, found: Sequence[Recipient]) -> Delivery:
        """Try the addresses in their order, each once, as long as they are dead."""
        tried = replace(self.row, status="dead", answer="no address known", next_try_at=None)
        seen: set[str] = set()
        for to in found:
            if to.address in seen:
                continue
            seen.add(to.address)
            if reason := self.round.held_up(to.address):
                return self.round.waits(self.row, reason)
            message = self._rendered(to)
            if isinstance(message, str):  # would be no better next time, or for another reader
                tried = replace(tried, answer=message)
                break
            outcome = self._sent(to.address, message)
            if outcome.status == "configuration":
                return self._shut(to.address, outcome.answer)
            body = (message.subject + message.html).encode()
            row = replace(self.row, rendered=hashlib.sha256(body).hexdigest())
            tried = settled(row, outcome, self.house.clock.now())
            if tried.status != "dead":
                break
        return self.round.examined(tried)

    def _rendered(self, to: Recipient) -> Message | str:
        """Return the message, or why there is none."""
        notice, today = self.row.notice, self.house.clock.today()
        try:
            return self.house.renderer.render(notice, self.case, self.party, to, today)
        except Exception as error:  # noqa: BLE001  # templates raise what they like
            return _unforeseen("template: the message cannot be rendered", self.row, error)

    def _sent(self, address: str, message: Message) -> Outcome:
        try:
            outcome = self.house.notifier.send(address, message)
        except Exception as error:  # noqa: BLE001  # it may have gone out before
            outcome = Outcome("ambiguous", _unforeseen("the transport broke", self.row, error))
        self.round.heard(address, outcome)
        if outcome.status == "configuration" and self.round.only_this_one(address):
            return Outcome("retry", outcome.answer)
        return outcome

    def _shut(self, address: str, reason: str) -> Delivery:
        """Shut the channel and leave the row as it was."""
        until = self.round.shut(address, reason)
        row = self.round.waits(self.row, f"channel {kind(address)}")
        if kind(address) == MAIL:
            return row
        # A single wrong web address must not be the one that the channel is tried with again.
        return replace(row, next_try_at=until + SHUT_FOR)
