"""Copies of a whole database, made while it is used: a SQLite file, a Postgres dump in a zip."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from kmop_lifecycle.adapters.store import dumps
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.faults import in_words, said_plainly
from kmop_lifecycle.adapters.store.migrate import current, upgrade
from kmop_lifecycle.adapters.store.unit_of_work import SqlUnitOfWork
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError
from kmop_lifecycle.service.outbox import Switch

_PAGES = 2048  # copied at once; between two such steps others may write
_ASIDE = ".replaced"
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def save(engine: Engine, target: Path) -> None:
    """Write a copy as of one moment; nobody has to stop. Either a whole file comes or none.

    The copy holds personal data: only its owner may read it.
    """
    if target.exists():
        raise BadInput(f"{target} exists already", hint="choose another name")
    unready = target.with_name(f"{target.name}.unready")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unready.unlink(missing_ok=True)
        os.close(os.open(unready, os.O_CREAT | os.O_WRONLY, 0o600))
        if engine.dialect.name == "sqlite":
            _save_sqlite(engine, unready)
        else:
            dumps.dump(engine, unready)
        unready.rename(target)
    except OSError as error:
        raise BadInput(
            f"cannot write {target}: {error.strerror}", hint="name another place, or make room"
        ) from None
    finally:
        with suppress(OSError):
            unready.unlink(missing_ok=True)


def _save_sqlite(engine: Engine, target: Path) -> None:
    with said_plainly(), engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise ConfigurationError("the database closed before it could be copied")
        driver.rollback()  # a copy is not taken inside a transaction
        driver.backup(copy, pages=_PAGES)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it


def bring_back(url: str, source: Path, hold: Switch, *, replace: bool) -> Path | None:
    """Put a copy in the place of a database, with all deliveries on hold, and bring it up to date.

    Returns where the database that was there lies now. Until the last moment nothing is touched.
    """
    if not source.is_file():
        raise BadInput(f"{source} cannot be read", hint="name a file that kmop db backup wrote")
    engine = make_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            return _bring_back_sqlite(Path(str(engine.url.database)), source, hold, replace)
        dumps.load(engine, source)  # with its own hold, in one transaction
        _hold(engine, hold)
        return None
    finally:
        engine.dispose()


def _bring_back_sqlite(file: Path, source: Path, hold: Switch, replace: bool) -> Path | None:  # noqa: FBT001
    if file.exists() and not replace:
        raise BadInput(
            f"there is a database at {file}", hint="--replace moves it aside and keeps it"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    coming = file.with_name(f"{file.name}.coming")
    coming.unlink(missing_ok=True)
    try:
        _checked_copy(source, coming)
        engine = make_engine(f"sqlite:///{coming}")
        upgrade(engine)
        _hold(engine, hold)
        with engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
            connection.exec_driver_sql("BEGIN")
        engine.dispose()
        aside = _moved_aside(file) if file.exists() else None
        coming.rename(file)
        return aside
    finally:
        for rest in ("", "-wal", "-shm"):
            Path(f"{coming}{rest}").unlink(missing_ok=True)


def _checked_copy(source: Path, target: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as there,
            closing(sqlite3.connect(target)) as here,
        ):
            there.backup(here)
            problem = here.execute("PRAGMA integrity_check").fetchone()[0]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a UnicodeDecodeError: its words
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM:
            raise in_words(DBAPIError(None, None, error)) from None
        problem = "it is no SQLite database"
    if problem != "ok":
        raise BadInput(
            f"{source} is damaged: {' '.join(problem.split())[:80]}", hint="take an earlier backup"
        )
    if current(f"sqlite:///{target}") is None:
        raise BadInput(f"{source} is no backup of this program", hint="see: kmop db backup --help")


def _moved_aside(file: Path) -> Path:
    """Fold the journal in, so that one file tells all, and take it out of the way."""
    # Where it is damaged, which is why one restores, it is moved as it is.
    with closing(sqlite3.connect(file)) as old, suppress(sqlite3.DatabaseError):
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    number = 1
    while (aside := file.with_name(f"{file.name}{_ASIDE}-{number}")).exists():
        number += 1
    for rest in ("", "-wal", "-shm"):
        beside = Path(f"{file}{rest}")
        if beside.exists():
            beside.rename(f"{aside}{rest}")
    return aside


def _hold(engine: Engine, hold: Switch) -> None:
    with SqlUnitOfWork(engine) as uow:
        uow.set_switch(hold)
        uow.commit()
