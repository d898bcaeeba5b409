"""Kill a process at its N-th statement, commit or send, on either database; bring it back."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from kmop_lifecycle.adapters.clock import day_of
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.tables import CASE, Row
from kmop_lifecycle.adapters.store.unit_of_work import SqlUnitOfWork
from kmop_lifecycle.domain.errors import TryAgain

OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = {name: table for name, table in Row.metadata.tables.items() if name != "case_number"}

Step = Callable[[str], None]


class At:
    """A clock that stands at one moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return day_of(self.moment)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Lend connections, and close them: none must come along into a child."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def killed(
    url: str, work: Callable[[Engine, Step], object], when: Callable[[int, str], bool]
) -> bool:
    """Work in a child that kills itself at a step; tell whether it did."""
    child = os.fork()
    if child == 0:
        _work_or_die(url, work, when)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    _alone(url)
    return os.WIFSIGNALED(status)


def _work_or_die(
    url: str, work: Callable[[Engine, Step], object], when: Callable[[int, str], bool]
) -> None:
    steps = count(1)

    def step(label: str) -> None:
        if when(next(steps), label):
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        with opened(url) as engine:
            event.listen(engine, "before_cursor_execute", lambda *_: step("statement"))
            event.listen(engine, "commit", lambda _: step("commit"))
            run = Prepared.run  # the hot path speaks to the driver itself
            Prepared.run = lambda *of: (step("statement"), run(*of))[1]
            work(engine, step)
        os._exit(0)
    finally:
        os._exit(1)


def _alone(url: str) -> None:
    """Wait until Postgres saw the child go: its last commit may be on its way."""
    if url.startswith("sqlite"):
        return
    with opened(url) as engine, engine.connect() as connection:
        for _ in range(1000):
            if not connection.execute(text(OTHERS)).scalar_one():
                return
            connection.rollback()
    pytest.fail("the server of a killed client lives on")


class Liar:
    """A database that says the opposite of what it did at one commit."""

    def __init__(self, engine: Engine, at: int, *, done: bool) -> None:
        self.engine, self.at, self.done, self.commits = engine, at, done, 0

    def __call__(self, *, reading: bool = False) -> SqlUnitOfWork:
        liar = self

        class Lying(SqlUnitOfWork):
            def commit(self) -> None:
                liar.commits += 1
                if liar.commits != liar.at:
                    super().commit()
                elif liar.done:
                    super().commit()
                    raise TryAgain("the line dropped after the commit")

        return Lying(self.engine, reading=reading)


class Ground:
    """A database that can be put back to how it was."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._copy = url, folder / "as-it-was.db"
        self._file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None
        self._rows: dict[str, list[Any]] = {}

    def keep(self) -> None:
        """Remember it as it is; nobody may be connected."""
        if self._file:
            shutil.copy(self._file, self._copy)
            return
        with opened(self.url) as engine, engine.connect() as connection:
            for name, table in Row.metadata.tables.items():
                rows = connection.execute(table.select()).mappings()
                self._rows[name] = [dict(row) for row in rows]

    def back(self) -> None:
        """Put it back."""
        if self._file:
            for rest in ("-wal", "-shm"):
                Path(f"{self._file}{rest}").unlink(missing_ok=True)
            shutil.copy(self._copy, self._file)
            return
        with opened(self.url) as engine, engine.begin() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            names = ", ".join(f'"{name}"' for name in self._rows)
            connection.execute(text(f"TRUNCATE {names}"))
            for name, rows in self._rows.items():
                if rows:
                    connection.execute(Row.metadata.tables[name].insert(), rows)
            connection.execute(text("SET session_replication_role = DEFAULT"))

    def rows(self, engine: Engine) -> dict[str, list[str]]:
        """Return what all tables hold, comparable: a case goes by its enterprise and kind.

        Postgres does not give a number again that a killed transaction had taken.
        """
        with engine.connect() as connection:
            cases = connection.execute(CASE.select()).all()
            ids = {row.id: f"<{row.enterprise} {row.kind}>" for row in cases}
            numbers = {row.number: ids[row.id] for row in cases}
            return {
                name: sorted(
                    _by_name(row, ids, numbers)
                    for row in connection.execute(table.select()).mappings()
                )
                for name, table in _TABLES.items()
            }


def _by_name(row: Mapping[str, Any], ids: dict[int, str], numbers: dict[str, str]) -> str:
    """Write a row with the names of cases in place of their numbers."""
    given = "case_id" if "case_id" in row else "id"
    told = {
        name: ids.get(value, value) if name == given else value
        for name, value in row.items()
        if not (name == "id" and given == "case_id")
    }
    line = str(told)
    for number, name in numbers.items():
        line = line.replace(number, name)
    return line
