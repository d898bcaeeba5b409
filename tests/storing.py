"""Short words for what a test does to a store, each in a transaction of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from kmop_lifecycle.domain.case import Case, Due, Notice
from kmop_lifecycle.domain.errors import ChangedMeanwhile
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests import make
from tests.make import NOW, TODAY


def opened(store: OpenUnitOfWork, **overrides: object) -> Case:
    """Open a case under a number of its own."""
    with store() as uow:
        change = make.opening(uow.allocate(TODAY), **overrides)
        uow.record(change, NOW)
        uow.commit()
    return change.after


def stepped(store: OpenUnitOfWork, before: Case, **overrides: object) -> Case:
    with store() as uow:
        change = make.step(before, **overrides)
        uow.record(change, NOW)
        uow.commit()
    return change.after


def dated(store: OpenUnitOfWork, number: str, *dues: Due) -> None:
    with store() as uow:
        uow.set_dues(number, dues)
        uow.commit()


def noticed(store: OpenUnitOfWork, *notices: Notice) -> int:
    with store() as uow:
        new = uow.add_notices(notices, NOW)
        uow.commit()
    return new


def taken(store: OpenUnitOfWork, now: datetime = NOW, limit: int = 10) -> list:
    with store() as uow:
        claimed = uow.claim(now, now + timedelta(minutes=10), limit)
        uow.commit()
    return claimed


def settled(store: OpenUnitOfWork, delivery: object, **outcome: object) -> None:
    with store() as uow:
        uow.settle(replace(delivery, **outcome))
        uow.commit()


def at_once(*work: Callable[[], object]) -> list[object]:
    """Start all at the same moment in threads of their own; return what each gave or raised."""
    gate = threading.Barrier(len(work))

    def run(one: Callable[[], object]) -> object:
        gate.wait()
        try:
            return one()
        except ChangedMeanwhile as told:
            return told

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))
