"""A dump of a Postgres database: each table as COPY writes it, in one zip, as of one moment.

It needs none of Postgres's own programs, whose version would have to fit the server's.
"""

from __future__ import annotations

import json
import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from kmop_lifecycle.adapters.store.faults import said_plainly
from kmop_lifecycle.adapters.store.migrate import current, downgrade, upgrade
from kmop_lifecycle.adapters.store.tables import Row
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError

_FORM = "kmop-dump-1"
_CHUNK = 1 << 20
# What a dump may hold, before anything is read: files made to fill a disk pack far better.
MEMBERS = 200  # the manifest and a member for each table
SMALL = 50_000_000  # bytes; below them it may be packed as well as it likes
RATIO = 200  # rows of text pack 5 to 50 times smaller
_TABLES = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
    "AND tablename <> 'alembic_version'"
)
_HELD = text(
    "INSERT INTO switch (name, since, by, reason) "
    "VALUES ('hold', now(), 'system:restore', 'restored') ON CONFLICT DO NOTHING"
)


# Damaged, encrypted, packed in a way that is not known: zipfile has an error for each.
_DAMAGED = (zipfile.BadZipFile, KeyError, RuntimeError, EOFError, zlib.error, lzma.LZMAError)


def dump(engine: Engine, target: Path) -> None:
    """Write all tables as of one moment; others go on writing meanwhile."""
    revision = current(engine)
    with said_plainly(), engine.connect() as open_:
        connection = open_.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
            names = sorted(connection.execute(_TABLES).scalars())
            columns = {name: _columns(connection, name) for name in names}
            told = {"form": _FORM, "revision": revision, "tables": columns}
            bundle.writestr("manifest.json", json.dumps(told))
            for name in names:
                with (
                    _driver(connection).cursor() as cursor,
                    cursor.copy(f"COPY {_spelt(name, columns[name])} TO STDOUT") as rows,
                    bundle.open(f"{name}.copy", "w", force_zip64=True) as out,
                ):
                    for chunk in rows:
                        out.write(chunk)


def load(engine: Engine, source: Path) -> None:
    """Fill an empty database with a dump, all or nothing, held, and bring it up to date."""
    told = _manifest(source)
    _must_be_empty(engine)
    if current(engine) != told["revision"]:
        if current(engine) is not None:
            downgrade(engine, "base")
        upgrade(engine, told["revision"])
    try:
        with said_plainly(), engine.begin() as connection, zipfile.ZipFile(source) as bundle:
            _fill(connection, bundle, told["tables"])
    except _DAMAGED:
        raise BadInput(f"{source} is damaged", hint="take an earlier backup") from None
    upgrade(engine)


def _manifest(source: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(source) as bundle:
            _must_be_bounded(source, bundle)
            with bundle.open("manifest.json") as file:
                told = json.loads(file.read(_CHUNK))  # whatever it would unpack to
    except (*_DAMAGED, ValueError, OSError):
        told = None
    if not _fits(told):
        raise BadInput(
            f"{source} is no backup of a Postgres database", hint="see: kmop db backup --help"
        )
    fitting: dict[str, Any] = told
    return fitting


def _must_be_bounded(source: Path, bundle: zipfile.ZipFile) -> None:
    """Refuse an archive of too many members, or one that unpacks to more than a dump does.

    The sizes are what it says of itself; no member is read beyond them.
    """
    members = bundle.infolist()
    if len(members) > MEMBERS:
        raise BadInput(
            f"{source} has {len(members)} members, more than the {MEMBERS} of any backup",
            hint="take a file that kmop db backup wrote",
        )
    size, packed = sum(member.file_size for member in members), source.stat().st_size
    if size > max(SMALL, RATIO * packed):
        raise BadInput(
            f"{source} has {packed} bytes and {size} unpacked, more than {RATIO} times as many",
            hint="take a file that kmop db backup wrote",
        )


def _fits(told: Any) -> bool:  # noqa: ANN401  # any JSON value: the file may come from anywhere
    """Tell whether a manifest names a version, and columns of tables that there are."""
    if not isinstance(told, dict) or told.get("form") != _FORM:
        return False
    revision, tables = told.get("revision"), told.get("tables")
    return (
        isinstance(revision, str)
        and bool(re.fullmatch(r"\d{4}", revision))
        and isinstance(tables, dict)
        and set(tables) <= set(Row.metadata.tables)
        and all(isinstance(columns, list) for columns in tables.values())
        and all(isinstance(name, str) for columns in tables.values() for name in columns)
    )


def _must_be_empty(engine: Engine) -> None:
    if current(engine) is None:
        return
    with said_plainly(), engine.connect() as connection:
        if connection.execute(text('SELECT 1 FROM "case" LIMIT 1')).first() is not None:
            raise BadInput(
                "the database that would be filled has cases in it",
                hint="create an empty one, and name it in KMOP_DATABASE_URL",
            )


def _fill(connection: Connection, bundle: zipfile.ZipFile, tables: dict[str, list[str]]) -> None:
    order = {table.name: place for place, table in enumerate(Row.metadata.sorted_tables)}
    for name in sorted(tables, key=lambda name: order.get(name, len(order))):
        if name != "history":  # empty, and append-only
            connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608  # its own name
        with (
            _driver(connection).cursor() as cursor,
            cursor.copy(f"COPY {_spelt(name, tables[name])} FROM STDIN") as rows,
            bundle.open(f"{name}.copy") as lines,
        ):
            while chunk := lines.read(_CHUNK):
                rows.write(chunk)
        _count_on(connection, name, tables[name])
    connection.execute(_HELD)


def _count_on(connection: Connection, name: str, columns: list[str]) -> None:
    """Let numbers that the database gives go on after the highest there is."""
    if "id" not in columns:
        return
    sequence = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{name}"'}
    ).scalar()
    if sequence:
        highest = f'(SELECT coalesce(max(id), 0) + 1 FROM "{name}")'  # noqa: S608  # its own name
        connection.execute(text(f"SELECT setval(:of, {highest}, false)"), {"of": sequence})


def _columns(connection: Connection, name: str) -> list[str]:
    found = connection.execute(text(f'SELECT * FROM "{name}" LIMIT 0'))  # noqa: S608  # its own name
    return list(found.keys())


def _spelt(name: str, columns: list[str]) -> str:
    """Spell a table with its columns, each as a quoted name."""
    quoted = [column.replace('"', '""') for column in (name, *columns)]
    return f'"{quoted[0]}" (' + ", ".join(f'"{column}"' for column in quoted[1:]) + ")"


def _driver(connection: Connection) -> Any:  # noqa: ANN401  # psycopg's own connection
    driver = connection.connection.driver_connection
    if driver is None:
        raise ConfigurationError("the database closed before it could be copied")
    return driver
