"""The unit of work on a database: cases, ledger and reading in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from kmop_lifecycle.adapters.store.agenda import Agenda
from kmop_lifecycle.adapters.store.census import Census
from kmop_lifecycle.adapters.store.evidence import Evidence
from kmop_lifecycle.adapters.store.marks import Marks
from kmop_lifecycle.adapters.store.openings import Openings
from kmop_lifecycle.adapters.store.outbox import Outbox
from kmop_lifecycle.adapters.store.reading import Reading
from kmop_lifecycle.service.ports import OpenUnitOfWork


class SqlUnitOfWork(Agenda, Census, Evidence, Marks, Openings, Outbox, Reading):
    """One transaction on SQLite or Postgres; a reading one takes no locks."""


@dataclass(frozen=True, slots=True)
class SqlStore:
    """Begins units of work on one engine."""

    engine: Engine

    def __call__(self, *, reading: bool = False) -> SqlUnitOfWork:
        """Return a new unit of work."""
        return SqlUnitOfWork(self.engine, reading=reading)


def open_store(engine: Engine) -> OpenUnitOfWork:
    """Return what the use cases open their transactions with."""
    return SqlStore(engine)
