"""Who may do what in a Postgres database: the owner all, the program its work, a reader nothing.

The owner of the tables runs `kmop db upgrade` and restores. The program's own role does the daily
work and cannot rewrite history; a reader may list and verify.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import Engine, text

from kmop_lifecycle.adapters.store.faults import said_plainly
from kmop_lifecycle.adapters.store.tables import Row
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ADD, _KEEP, _ALL = "INSERT", "INSERT, UPDATE", "INSERT, UPDATE, DELETE"
# What is on record is only added to; what tells of now is changed; what is over is taken away.
_MAY: Mapping[str, str] = {
    "history": _ADD, "case_number": _ADD, "party_change": _ADD, "command_log": _ADD,
    "case": _KEEP, "notice": _KEEP, "party": _KEEP, "mark": _KEEP,
    "deadline": _ALL, "channel": _ALL, "switch": _ALL, "posted": _ALL, "refused": _ALL,
}  # fmt: skip
_KNOWN = text("SELECT rolsuper FROM pg_roles WHERE rolname = :name")
_OWNS = text(
    "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() "
    "AND pg_has_role(:name, tableowner, 'MEMBER')"
)


def grants(schema: str, database: str, app: str, reader: str) -> list[str]:
    """Return the statements that give both roles their rights and no others; repeatable."""
    for name in (app, reader):
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name[:40]!r} is not the name of a role", hint="such as kmop_app")
    if app == reader:
        raise BadInput("the program and the reader have the same role", hint="give two names")
    where, both = _quoted(schema), f"{_quoted(app)}, {_quoted(reader)}"
    beside = f'{where}."alembic_version"'
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {where} FROM {both}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {where} FROM {both}",
        f"GRANT USAGE ON SCHEMA {where} TO {both}",
        f"GRANT TEMPORARY ON DATABASE {_quoted(database)} TO {_quoted(app)}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {where} TO {_quoted(app)}",
        f"GRANT SELECT ON {beside} TO {both}",
        *(f"GRANT SELECT ON {where}.{_quoted(name)} TO {both}" for name in Row.metadata.tables),
        *(
            f"GRANT {_MAY[name]} ON {where}.{_quoted(name)} TO {_quoted(app)}"
            for name in Row.metadata.tables
        ),
    ]


def give(engine: Engine, app: str, reader: str, *, apply: bool) -> list[str]:
    """Return the statements for a database, carried out all or none where `apply` says so."""
    if engine.dialect.name != "postgresql":
        raise ConfigurationError(
            "SQLite knows no roles: whoever may write its file may write anything",
            hint="let one system user own the file, or use Postgres",
        )
    with said_plainly(), engine.begin() as connection:
        told = connection.execute(text("SELECT current_schema(), current_database()")).one()
        statements = grants(str(told[0]), str(told[1]), app, reader)
        for name in (app, reader) if apply else ():
            above = connection.execute(_KNOWN, {"name": name}).scalar()
            if above is None:
                raise ConfigurationError(
                    f"there is no role {name}", hint=f"create it: CREATE ROLE {name} LOGIN"
                )
            if above or connection.execute(_OWNS, {"name": name}).scalar_one():
                raise ConfigurationError(
                    f"role {name} is a superuser or owns the tables: no grant limits it",
                    hint="give the tables to another role, or name another role",
                )
        for statement in statements if apply else ():
            connection.execute(text(statement))
    return statements


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
