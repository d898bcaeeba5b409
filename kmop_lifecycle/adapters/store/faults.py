"""What the database complains about, said so that its reader knows what to do."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kmop_lifecycle.domain.errors import (
    BadInput,
    ChangedMeanwhile,
    ConfigurationError,
    IntegrityBreach,
    LifecycleError,
    NotFound,
    TryAgain,
)

NO_SCHEMA = "run: kmop db upgrade"
_BUSY = "the database is busy; try again in a moment"
_AWAY = "the database cannot be reached for the moment; try again"

_SQLITE = {
    sqlite3.SQLITE_BUSY: TryAgain(_BUSY),
    sqlite3.SQLITE_LOCKED: TryAgain(_BUSY),
    sqlite3.SQLITE_FULL: TryAgain("the disk of the database is full"),
    sqlite3.SQLITE_IOERR: TryAgain("the disk of the database does not answer"),
    sqlite3.SQLITE_READONLY: ConfigurationError(
        "the database may only be read", hint="give this user the right to write its file"
    ),
    sqlite3.SQLITE_PERM: ConfigurationError("the database may not be opened by this user"),
    sqlite3.SQLITE_CANTOPEN: ConfigurationError(
        "the database file cannot be opened", hint="create its folder, or name another database"
    ),
    sqlite3.SQLITE_NOTADB: ConfigurationError("the database file is no database"),
    sqlite3.SQLITE_CORRUPT: IntegrityBreach(
        "the database file is damaged", hint="restore the last backup"
    ),
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: NotFound(),
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: ChangedMeanwhile(),
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: ChangedMeanwhile(),
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: IntegrityBreach("history is append-only"),
}
_POSTGRES = {  # by SQLSTATE, or by its class: the first two characters
    "08": TryAgain(_AWAY),
    "22": BadInput("a text holds a character that the database cannot keep"),
    "23503": NotFound(),
    "23505": ChangedMeanwhile(),
    "25006": ConfigurationError("the database may only be read"),
    "28": ConfigurationError("the database refuses this user or password"),
    "3D": ConfigurationError("there is no such database", hint="create it first"),
    "40": TryAgain(_BUSY),
    "42501": ConfigurationError("the database user may not do this"),
    "42703": ConfigurationError("the database is of another version", hint=NO_SCHEMA),
    "42P01": ConfigurationError("the database has no tables yet", hint=NO_SCHEMA),
    "53": TryAgain(_BUSY),
    "53100": TryAgain("the disk of the database is full"),
    "55P03": TryAgain(_BUSY),
    "57": TryAgain(_AWAY),
    "58": TryAgain("the disk of the database does not answer"),
    "XX001": IntegrityBreach("the database is damaged", hint="restore the last backup"),
    "XX002": IntegrityBreach("an index is damaged", hint="run REINDEX, or restore a backup"),
    "P0001": IntegrityBreach("history is append-only"),
}
_AT_THE_DOOR = (  # Postgres gives no code before a session stands, only English words
    ("password authentication failed", "28"),
    ("no pg_hba.conf entry", "28"),
    ("no password supplied", "28"),
    ("role ", "28"),
    ("database ", "3D"),
)


def _of_sqlite(fault: sqlite3.Error) -> LifecycleError | None:
    """Read SQLite's extended code, then the plain one inside it."""
    words = str(fault)
    if "no such table" in words:
        return _POSTGRES["42P01"]
    if "no such column" in words or "has no column" in words:
        return _POSTGRES["42703"]
    code: int = getattr(fault, "sqlite_errorcode", 0)
    return _SQLITE.get(code) or _SQLITE.get(code & 0xFF)


def _of_postgres(fault: BaseException, *, lost: bool) -> LifecycleError | None:
    """Read the SQLSTATE; without one, what was said at the door."""
    state: str | None = getattr(fault, "sqlstate", None)
    if state:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    words = str(fault)
    for word, code in _AT_THE_DOOR:
        if word in words and ("does not exist" in words or not word.endswith(" ")):
            return _POSTGRES[code]
    kinds = {kind.__name__ for kind in type(fault).__mro__}  # whoever has SQLite loads no psycopg
    if "DataError" in kinds:
        return _POSTGRES["22"]
    return TryAgain(_AWAY) if lost or "OperationalError" in kinds else None


def in_words(error: SQLAlchemyError) -> LifecycleError:
    """Name what the caller can do; no SQL, no address and no value reaches the text."""
    if isinstance(error, PoolTimeout):
        return TryAgain(_BUSY)
    if not isinstance(error, DBAPIError) or error.orig is None:
        return ConfigurationError(f"the database layer failed: {type(error).__name__}")
    return _of_driver(error.orig, lost=error.connection_invalidated)


def _of_driver(fault: BaseException, *, lost: bool = False) -> LifecycleError:
    known = (
        _of_sqlite(fault) if isinstance(fault, sqlite3.Error) else _of_postgres(fault, lost=lost)
    )
    if known is None:
        return ConfigurationError(f"the database refused a statement: {type(fault).__name__}")
    return type(known)(known.message, hint=known.hint)


def _is_driver(error: Exception) -> bool:
    """Tell whether a driver said it; whoever has SQLite loads no psycopg."""
    return any(kind.__module__ in {"sqlite3", "psycopg"} for kind in type(error).__mro__)


class _Plainly:
    """Turns the database's errors into ours and drops the original, which quotes rows.

    A class, as a generator would cost a command a dozen times what this costs.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and (ours := _ours(error)) is not None:
            raise ours from None


def _ours(error: Exception) -> BaseException | None:
    """Return what is raised in its place; None where it stays."""
    if isinstance(error, SQLAlchemyError):
        if type(error) is StatementError and error.orig is not None:
            orig = error.orig  # about a value; no database said anything
            return (_ours(orig) if isinstance(orig, Exception) else None) or orig
        return in_words(error)
    if isinstance(error, UnicodeEncodeError):  # half a character, as some files hold them
        return BadInput(_POSTGRES["22"].message)
    if isinstance(error, UnicodeDecodeError):  # SQLite names something whose name is no text
        damaged = _SQLITE[sqlite3.SQLITE_CORRUPT]
        return IntegrityBreach(damaged.message, hint=damaged.hint)
    return _of_driver(error) if _is_driver(error) else None


_PLAINLY = _Plainly()


def said_plainly() -> _Plainly:
    """Return a context that turns the database's errors into ours."""
    return _PLAINLY
