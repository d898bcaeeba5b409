"""Look after deliveries: list what is stuck, stop and start them, have a notice tried again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kmop_lifecycle.domain.errors import BadInput, NotFound
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Channel, Delivery, Refusal, Switch
from kmop_lifecycle.service.ports import UnitOfWork
from kmop_lifecycle.service.recipients import reader

STATUSES = ("due", "sending", "retry", "ambiguous", "dead", "sent", "moot")
_AGAIN = frozenset({"dead", "ambiguous"})  # what only people may have tried again
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """What whoever looks after deliveries has before him."""

    rows: list[Delivery]
    switches: list[Switch]
    channels: list[Channel]  # those whose circuit is open
    refusals: list[Refusal]  # addresses that take nothing


def look(house: House, statuses: Collection[str], *, after: int = 0, limit: int = 50) -> Desk:
    """Return rows in these statuses, oldest first, and what holds deliveries up."""
    now = house.clock.now()
    with house.store(reading=True) as uow:
        shut = [c for c in uow.channels() if c.open_until is not None and c.open_until > now]
        rows = uow.outbox(statuses, after, limit)
        return Desk(rows, uow.switches(), shut, uow.refusals())


def waiting(house: House) -> int:
    """Count the notices whose time has come."""
    with house.store(reading=True) as uow:
        return uow.ripe(house.clock.now())


def stop(house: House, name: str, by: str, reason: str) -> Switch:
    """Stop all deliveries, from the next row on."""
    switch = Switch(name, house.clock.now(), by, reason)
    with house.store() as uow:
        uow.set_switch(switch)
        uow.commit()
    return switch


def resume(house: House) -> Desk:
    """Let deliveries go on and close all circuits; return what had held them up."""
    held = look(house, ())
    with house.store() as uow:
        uow.forget_switches()
        uow.forget_channels()
        uow.commit()
    return held


def retry(house: House, row_id: int | None, *, dry_run: bool = False) -> list[Delivery]:
    """Make one dead or ambiguous row due again, or all dead ones; return which.

    The addresses of their readers are tried again too, whatever they refused before.
    """
    with house.store() as uow:
        rows = _all_dead(uow) if row_id is None else [_one(uow, row_id)]
        again = [row for row in rows if dry_run or uow.reopen(row)]
        if not dry_run:
            for whose in {reader(row.notice, uow.get(row.notice.case)) for row in again}:
                uow.forget_refusals(reader=whose)
            uow.commit()
    return again


def _all_dead(uow: UnitOfWork) -> list[Delivery]:
    rows: list[Delivery] = []
    while page := uow.outbox({"dead"}, rows[-1].id if rows else 0, _PAGE):
        rows += page
    return rows


def _one(uow: UnitOfWork, row_id: int) -> Delivery:
    found = uow.outbox(STATUSES, row_id - 1, 1)
    if not found or found[0].id != row_id:
        raise NotFound(f"there is no notice {row_id}", hint="kmop deliveries list")
    if found[0].status not in _AGAIN:
        raise BadInput(
            f"notice {row_id} is {found[0].status}",
            hint="only what is dead or ambiguous is tried again by hand",
        )
    return found[0]
