"""Send what is unsent: claim a row, read the case again, render, send, write the outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace

from kmop_lifecycle.domain.decide import project
from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.domain.reminders import still_holds
from kmop_lifecycle.service.attempts import settled, vanished
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.outbox import Delivery, DeliveryReport
from kmop_lifecycle.service.parcels import MOST, Item, Parcel, goes_alone, unforeseen
from kmop_lifecycle.service.ports import Outcome, UnitOfWork
from kmop_lifecycle.service.recipients import nobody, recipients
from kmop_lifecycle.service.rounds import Round

_log = logging.getLogger(__name__)
_LOOK = 0.02  # seconds
_QUICK = 2  # rows taken between two looks: who takes fewer waits for somebody
Progress = Callable[[int], None]


def deliver(
    house: House, *, limit: int | None = None, progress: Progress | None = None
) -> DeliveryReport:
    """Send all due notices (at most `limit`); what cannot be sent never blocks what can.

    What waits for one reader goes as one message. A row that waits for a channel or a ceiling does
    not count against the limit. `progress` is told how many rows were examined each time.

    Another sender joins, up to the limit, whenever those at work are waiting more than working:
    for a server that answers at once several are slower than one.
    """
    round_ = Round(house, limit)
    if house.limits.senders == 1:
        _send(house, round_, progress)
        return round_.report
    with ThreadPoolExecutor(house.limits.senders, "sender") as pool:
        senders = [pool.submit(_send, house, round_, progress)]
        try:
            lent = 0
            while wait(senders, _LOOK).not_done:
                slow, lent = round_.lent - lent < _QUICK, round_.lent
                if slow and len(senders) < house.limits.senders:
                    senders.append(pool.submit(_send, house, round_, progress))
        except BaseException:  # somebody stops this: no sender begins another message
            round_.close()
            raise
    for sender in senders:
        sender.result()  # raises what stopped it; the others have finished what they had in hand
    return round_.report


def _send(house: House, round_: Round, progress: Progress | None) -> None:
    done: Sequence[Delivery] = ()
    while (row := round_.next(done)) is not None:
        done = _examined(house, round_, row)
        if progress:
            progress(len(done))


def _examined(house: House, round_: Round, row: Delivery) -> list[Delivery]:
    """Give a row its outcome, whatever happens: one bad row must not hold up the others."""
    if row.abandoned:
        return [round_.examined(vanished(row, house.clock.now()))]
    apart = round_.goes_alone(row)  # asked before a connection is held: the round may wait for one
    try:
        with house.store(reading=True) as uow:
            read = _read(house, uow, row)
            alone = apart or isinstance(read, Delivery) or goes_alone(read)
            others = [] if alone else uow.alongside(row, house.clock.now(), MOST - 1)
    except TryAgain:  # the database is away, for every row; this one has surely not gone out
        _give_back(house, [row])
        raise
    except Exception as error:  # noqa: BLE001  # of whatever kind: the next row must have its turn
        return [round_.examined(_unreadable(house, row, error))]
    if isinstance(read, Delivery):
        return [round_.examined(read)]
    return Parcel(house, round_, read, lambda: _along(house, round_, read, others)).posted()


def _along(
    house: House, round_: Round, lead: Item, ids: Sequence[int]
) -> tuple[list[Item], list[Delivery]]:
    """Take along what else waits for the same reader; return it, and what is done with already."""
    items: list[Item] = []
    done: list[Delivery] = []
    taken = round_.take_along(ids) if ids else []
    for row in taken:
        try:
            with house.store(reading=True) as uow:
                read = _read(house, uow, row)
        except TryAgain:
            _give_back(house, [lead.row, *taken])
            raise
        except Exception as error:  # noqa: BLE001  # as above
            read = _unreadable(house, row, error)
        if isinstance(read, Delivery):
            done.append(round_.examined(read))
        elif read.found != lead.found or goes_alone(read) or round_.goes_alone(row):
            done.append(round_.passed(row))
        else:
            items.append(read)
    return items, done


def _read(house: House, uow: UnitOfWork, row: Delivery) -> Item | Delivery:
    """Return a row with all that its message needs; or settled, when it is to be none."""
    today = house.clock.today()
    case = project(uow.get(row.notice.case), house.rules, today)
    party = uow.party(case.enterprise)
    if not still_holds(row.notice, case, house.rules, today):
        return _moot(row, "no longer holds")
    found = recipients(house, row.notice, party)
    if not found and (unwanted := nobody(row.notice, party)):
        return _moot(row, unwanted)
    return Item(row, case, party, found)


def _give_back(house: House, rows: Sequence[Delivery]) -> None:
    """Let go of rows at once, if the database can be reached for that."""
    with suppress(TryAgain), house.store() as uow:
        for row in rows:
            uow.settle(row.put_back())
        uow.commit()


def _moot(row: Delivery, why: str) -> Delivery:
    before = f"; before: {row.answer}" if row.answer else ""
    return replace(row, status="moot", answer=f"{why}{before}", next_try_at=None)


def _unreadable(house: House, row: Delivery, error: Exception) -> Delivery:
    fault = Outcome("retry", unforeseen("a case that cannot be read", row, error))
    return settled(row, fault, house.clock.now())
