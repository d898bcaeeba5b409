"""A desk from which deliveries go out at a moment of our choosing, to whom we say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kmop_lifecycle.adapters.clock import day_of
from kmop_lifecycle.service import deliver as delivering
from kmop_lifecycle.service import deliveries
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.ports import Outcome, Recipient
from tests import make
from tests.fakes import Office

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class At:
    """A clock that stands at one moment."""

    moment = NOW

    def now(self):
        return self.moment

    def today(self):
        return day_of(self.moment)


class Desk(Office):
    """An office with rows for whoever is named, and a clock with hours."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.clock = At()
        self.house = replace(self.house, clock=self.clock)
        self.readers: dict[str, list[str]] = {}
        monkeypatch.setattr(delivering, "still_holds", lambda *_: True)
        monkeypatch.setattr(delivering, "recipients", self._recipients)
        with self.house.store() as uow:
            uow.record(make.opening(party=make.party()), NOW)
            uow.commit()

    def _recipients(self, _, notice, __):
        known = self.readers[notice.rung]
        return [Recipient(address, "nl", "Jo") for address in known]

    def to(self, *addresses: str) -> str:
        """Write a row whose readers have these addresses, best first; on a channel of its own."""
        return self.together(*addresses, channel=f"channel:{len(self.readers)}")

    def together(self, *addresses: str, channel: str = "email", **fields: object) -> str:
        """Write a row that others of the same channel may go along with."""
        rung = fields.pop("rung", f"-{len(self.readers)}d")
        self.readers[rung] = [*addresses]
        with self.house.store() as uow:
            uow.add_notices([make.notice(rung=rung, channel=channel, **fields)], NOW)
            uow.commit()
        return rung

    def answers(self, *answers: tuple[str, Outcome]) -> None:
        self.notifier.answers = dict(answers)

    def later(self, **time: float) -> Desk:
        self.clock.moment += timedelta(**time)
        return self

    def limits(self, **limits) -> None:
        self.house = replace(self.house, limits=replace(self.house.limits, **limits))

    def reached(self) -> list[str]:
        return [address for address, _ in self.notifier.sent]

    def all(self) -> list[Delivery]:
        with self.house.store(reading=True) as uow:
            return uow.outbox(deliveries.STATUSES, 0, 10_000)
