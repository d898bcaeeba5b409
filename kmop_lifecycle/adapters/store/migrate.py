"""The schema's versions: bring a database up to date, name its version, compare it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, func, inspect, select

from kmop_lifecycle.adapters.store import revision as versions
from kmop_lifecycle.adapters.store.engine import READING, make_engine
from kmop_lifecycle.adapters.store.faults import said_plainly
from kmop_lifecycle.adapters.store.revision import Phase
from kmop_lifecycle.adapters.store.tables import MARK, Row
from kmop_lifecycle.domain.errors import ConfigurationError, IntegrityBreach

_TURN = select(func.pg_advisory_xact_lock(0x6B6D6F70))  # "kmop": one migrates, others wait
Target = Engine | URL | str


def upgrade(target: Target, revision: str = "head", *, phase: Phase | None = None) -> None:
    """Bring a database to a version, all or nothing; two at once are one after the other.

    With a phase only its steps are taken. A database that a newer program has only added to is
    left as it is: this program, of the version before, goes on beside that one.
    """
    try:
        _migrate(target, lambda config: _upgrade(config, revision, phase))
    except CommandError:  # it stands at a version that no step here leads from
        raise ConfigurationError(
            "the database is newer than this program", hint="install the program that made it so"
        ) from None


def downgrade(target: Target, revision: str) -> None:
    """Take a database back to a version; `base` leaves nothing of it."""
    _migrate(target, lambda config: command.downgrade(config, revision))


def head() -> str:
    """Return the version that this program needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def scripts() -> list[Script]:
    """Return Alembic's own reading of the steps, in order."""
    return [*ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def current(target: Target) -> str | None:
    """Return the version of a database; None when it has none."""
    with _engine(target) as engine, said_plainly(), engine.connect() as open_:
        connection = open_.execution_options(**{READING: True})
        return MigrationContext.configure(connection).get_current_revision()


def check(target: Target) -> list[str]:
    """Return how a database's tables differ from the models; empty when they are equal."""
    with _engine(target) as engine, said_plainly(), engine.connect() as open_:
        connection = open_.execution_options(**{READING: True})
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, Row.metadata)]


def _upgrade(config: Config, revision: str, phase: Phase | None) -> None:
    connection: Connection = config.attributes["connection"]
    at = MigrationContext.configure(connection).get_current_revision()
    if at is not None and at > versions.newest() and not versions.left_behind(connection):
        return
    command.upgrade(config, versions.goal(at, phase) if phase else revision)


def _remember(connection: Connection) -> None:
    """Keep in the database what older programs, which lack the steps, must know of them."""
    if not inspect(connection).has_table(MARK.name):
        return
    at = MigrationContext.configure(connection).get_current_revision() or ""
    if at > versions.newest():
        return
    taken = [
        s.revision for s in versions.steps() if s.phase is Phase.CONTRACT and s.revision <= at
    ]
    connection.execute(MARK.delete().where(MARK.c.name == versions.CONTRACTED))
    if taken:
        mark = {"name": versions.CONTRACTED, "value": taken[-1], "at": func.current_timestamp()}
        connection.execute(MARK.insert().values(mark))


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(versions.SCRIPTS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _engine(target: Target) -> Iterator[Engine]:
    """Use an engine that is handed in; close one that is made here."""
    if isinstance(target, Engine):
        yield target
        return
    engine = make_engine(target)
    try:
        yield engine
    finally:
        engine.dispose()


def _migrate(target: Target, step: Callable[[Config], None]) -> None:
    with _engine(target) as engine, said_plainly(), engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            with _unbound(connection), connection.begin():
                step(_config(connection))
                _remember(connection)
                _still_bound(connection)
        else:
            with connection.begin():
                connection.execute(_TURN)
                step(_config(connection))
                _remember(connection)


@contextmanager
def _unbound(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table that others refer to; it only listens outside a transaction."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise IntegrityBreach("the database closed before its tables were changed")
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _still_bound(connection: Connection) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise IntegrityBreach("after this migration rows would refer to nothing; it was undone")
