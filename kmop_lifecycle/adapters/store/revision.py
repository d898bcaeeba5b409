"""Which version of the tables this program needs, and whether a database has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Engine, text

from kmop_lifecycle.adapters.store.engine import READING
from kmop_lifecycle.adapters.store.faults import NO_SCHEMA, said_plainly
from kmop_lifecycle.domain.errors import ConfigurationError

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_AT = text("SELECT version_num FROM alembic_version")


@cache
def needed() -> str:
    """Return the newest version there is a step to; Alembic, slow to load, says the same."""
    return max(file.stem.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))


def must_be_current(engine: Engine) -> None:
    """Refuse a database of another version: new code on old tables, or the reverse."""
    with said_plainly(), engine.connect() as open_:
        at = open_.execution_options(**{READING: True}).execute(_AT).scalar()
    if at != needed():
        newer = at is not None and at > needed()
        raise ConfigurationError(
            f"the database is at revision {at or 'none'}, this program needs {needed()}",
            hint="install the newer program that made it so" if newer else NO_SCHEMA,
        )
