"""Connections: the settings under which SQLite and Postgres keep what they promise."""

from __future__ import annotations

import logging
import sqlite3

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from kmop_lifecycle.adapters.store.json_text import from_json, to_json
from kmop_lifecycle.domain.errors import ConfigurationError

READING = "kmop_reading"  # execution option of a connection that will not write
_WAIT_SECONDS = 10
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers and the writer do not block each other
    "PRAGMA synchronous = NORMAL",  # power loss may cost the last commits, never the file
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
)
# A forgotten transaction or a lock that never comes would hold up everybody.
_POSTGRES_OPTIONS = "-c idle_in_transaction_session_timeout=60s -c lock_timeout=10s"


class _NoRows(logging.Filter):
    """Stop the rows that SQLAlchemy writes at DEBUG; hide_parameters hides what goes in only."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Row ")


_NO_ROWS = _NoRows()


def _parse(text: str | URL) -> URL:
    try:
        url = make_url(text)
    except SQLAlchemyError:
        url = URL.create("unreadable")
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
    # The address itself is not repeated: it may hold a password.
    raise ConfigurationError(
        "the database address is not understood",
        hint="write sqlite:///FILE or postgresql://USER@HOST/DATABASE",
    )


def make_engine(url: str | URL) -> Engine:
    """Return an engine for `sqlite://`, `sqlite:///FILE` or `postgresql://…`."""
    logging.getLogger("sqlalchemy.engine.Engine").addFilter(_NO_ROWS)  # once, however often
    address = _parse(url)
    sqlite = address.get_backend_name() == "sqlite"
    return _sqlite(address) if sqlite else _postgres(address)


def _postgres(address: URL) -> Engine:
    arguments: dict[str, object] = {"application_name": "kmop", "connect_timeout": _WAIT_SECONDS}
    if "options" not in address.query:
        arguments["options"] = _POSTGRES_OPTIONS
    return create_engine(
        address,
        connect_args=arguments,
        pool_pre_ping=True,
        pool_timeout=_WAIT_SECONDS,
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,  # an exception's text must not carry names and addresses
    )


def _sqlite(address: URL) -> Engine:
    in_memory = address.database in {None, "", ":memory:"}
    arguments: dict[str, object] = {"check_same_thread": False}
    if "timeout" not in address.query:  # how long a writer waits for its turn
        arguments["timeout"] = _WAIT_SECONDS
    engine = create_engine(
        address,
        # In memory there is one connection for all: whoever comes second waits for it.
        poolclass=QueuePool,
        pool_size=1 if in_memory else 5,
        max_overflow=0 if in_memory else 10,
        pool_timeout=_WAIT_SECONDS,
        connect_args=arguments,
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _settle_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _settle_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to be a lock
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # Reading first and writing later deadlocks on SQLite: a writer takes the lock at once.
    reading = connection.get_execution_options().get(READING)
    cursor = connection.connection.cursor()
    cursor.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
    cursor.close()
