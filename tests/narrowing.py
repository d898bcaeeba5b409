"""What a step of the schema takes from programs that knew the tables before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text

_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
        SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
    """,
}


@dataclass(frozen=True)
class Shape:
    """A schema as those see it who read and write it."""

    columns: dict[tuple[str, str], dict[str, Any]]
    limits: set[tuple[str, ...]]

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


def shape(connection: Connection) -> Shape:
    """Look at every table, column and limit there is."""
    seen = inspect(connection)
    tables = [name for name in seen.get_table_names() if name != "alembic_version"]
    columns = {
        (table, column["name"]): {
            "type": str(column["type"]),
            "nullable": column["nullable"],
            "given": column["default"] is not None or bool(column.get("autoincrement") is True),
        }
        for table in tables
        for column in seen.get_columns(table)
    }
    limits = {
        (table, kind, str(limit.get("name")), _spelt(limit))
        for table in tables
        for kind, found in (
            ("key", [seen.get_pk_constraint(table)]),
            ("unique", seen.get_unique_constraints(table)),
            ("unique", [index for index in seen.get_indexes(table) if index["unique"]]),
            ("reference", seen.get_foreign_keys(table)),
            ("check", seen.get_check_constraints(table)),
        )
        for limit in found
    }
    triggers = connection.execute(text(_TRIGGERS[connection.dialect.name])).all()
    return Shape(columns, limits | {(table, "trigger", name, "") for name, table in triggers})


def narrowed(before: Shape, after: Shape) -> list[str]:
    """Say what a program that knew the schema before can no longer do; empty when nothing."""
    found = [
        f"{'.'.join(place)} is gone" for place in before.columns if place not in after.columns
    ]
    for place, column in after.columns.items():
        name, known = ".".join(place), before.columns.get(place)
        if known is None:
            if place[0] in before.tables and not column["nullable"] and not column["given"]:
                found.append(f"{name} must be given, and old programs do not know it")
        elif known["type"] != column["type"]:
            found.append(f"{name} was {known['type']} and is {column['type']}")
        elif known["nullable"] and not column["nullable"]:
            found.append(f"{name} may no longer be empty")
        elif known["given"] and not column["given"]:
            found.append(f"{name} is no longer filled in by itself")
    added = sorted(limit for limit in after.limits - before.limits if limit[0] in before.tables)
    found += [f"{table} has a new {kind}: {name} {of}" for table, kind, name, of in added]
    lost = sorted(limit for limit in before.limits - after.limits if limit[0] in after.tables)
    return found + [f"{table} lost a {kind}: {name} {of}" for table, kind, name, of in lost]


def _spelt(limit: Any) -> str:
    of = limit.get("column_names") or limit.get("constrained_columns") or limit.get("sqltext", "")
    to = limit.get("referred_table", "")
    return f"{of} {to}".strip()
