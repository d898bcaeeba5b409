"""A house with many notices waiting: one for each of many firms, and any number behind them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.adapters.store.migrate import upgrade
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.bootstrap import rehearsal, with_mail
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import OpenUnitOfWork
from kmop_lifecycle.settings import load_settings
from tests import make
from tests.benchmarks.timing import tell
from tests.stories import ROOT, application, shipped_rules

_CHUNK = 5_000
_LATER = date(2027, 1, 1)


@contextmanager
def store_of(db: str) -> Iterator[OpenUnitOfWork]:
    """Lend an empty store."""
    if db == "memory":
        yield MemoryStore()
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kmop.db'}"
        upgrade(url)
        engine = make_engine(url)
        try:
            yield open_store(engine)
        finally:
            engine.dispose()


def full_house(store: OpenUnitOfWork, ready: int, behind: int) -> House:
    """Return a house in which so many notices are next, with so many waiting behind them."""
    empty, clock = rehearsal(shipped_rules())
    settings = load_settings(config_dir=ROOT / "config", profile="test")
    limits = replace(empty.limits, senders=settings.senders)
    house = replace(with_mail(empty, settings), store=store, limits=limits)
    clock.set(date(2026, 1, 5))
    number = ""
    for n in range(ready):
        number = _firm(house, n)
        if n % 100 == 0:
            tell(f"{n} of {ready} firms")
    _wait(house, number, behind)
    return house


def _firm(house: House, n: int) -> str:
    digits = f"04{n:06d}"
    contact = {"name": f"Jo Maes {n}", "email": f"jo{n}@firm{n}.example", "language": "nl"}
    data = application(
        name=f"Acme Opleidingen {n} BV",
        enterprise_number=f"{digits}{97 - int(digits) % 97:02d}",
        contact=contact,
    )
    return fire(house, Command(Trigger.SUBMIT, Actor.parse("provider:p"), data=data)).case


def _wait(house: House, number: str, behind: int) -> None:
    """Put notices of later days behind those that are next; they are due, and are not reached."""
    for start in range(0, behind, _CHUNK):
        tell(f"{start} of {behind} waiting")
        days = (_LATER + timedelta(days=n) for n in range(start, min(start + _CHUNK, behind)))
        rows = [
            make.notice(case=number, ladder="step", anchor="submit", anchor_on=day, rung="submit")
            for day in days
        ]
        with house.store() as uow:
            uow.add_notices(rows, house.clock.now())
            uow.commit()
