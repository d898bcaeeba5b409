"""Column types that mean the same on SQLite and Postgres."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

# Text is compared byte by byte, so that lists are ordered alike whatever the server's language.
Word = String().with_variant(String(collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware, in UTC; SQLite would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment without a time zone is no moment"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def result_processor(self, dialect: Dialect, _: object) -> Callable[[Any], datetime | None]:
        """Return what reads it: aware, in UTC, whatever the session's zone."""
        return _from_text if dialect.name == "sqlite" else _from_moment


class DayText(TypeDecorator[str]):
    """A day, read as ISO text: for keys, which hold days so."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, _: object) -> Callable[[Any], str]:
        """Return what reads it; SQLite keeps it as this very text."""
        return str if dialect.name == "sqlite" else date.isoformat


# Each is one call of the language's own: a proof reads a moment with every history row.
def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _from_moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)
