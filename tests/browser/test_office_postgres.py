"""The same way through the UI, with both databases on Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.browser.office import applies_and_is_visited, goes, leaks, open_office
from tests.postgres import server

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.prefect]


def rows(url: str) -> Iterator[tuple[str, str]]:
    """Yield every row of a database as text."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        for (table,) in tables:
            for (row,) in connection.execute(f'SELECT t::text FROM "{table}" t'):  # noqa: S608
                yield table, row


def test_an_application_is_certified_on_postgres_and_leaves_no_name_in_prefect(
    tmp_path: Path,
) -> None:
    with server() as postgres, postgres.bare_database() as domain, postgres.bare_database() as own:
        more = {
            "KMOP_DATABASE_URL": domain,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": own.replace("+psycopg", "+asyncpg"),
            "KMOP_BOARDS__GUIDED": "0",
        }
        with open_office(tmp_path, more) as office:
            walk = office.walk
            applies_and_is_visited(walk)
            goes(walk, "give_verdict", "bo", 8, "office_audit")
            goes(walk, "register", "vlaio", 10, "certified", decided_on=walk.day(10))
            found = [*rows(own)]
            assert walk.case in repr(found)  # the right database was searched
            assert leaks(iter(found)) == []
            assert leaks(rows(domain)) != []  # and the search would find them
