"""The same way through the UI, with both databases on Postgres."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.office import applies_and_is_visited, goes, leaks, open_office, rows
from tests.chaos.stage import ON_CLUSTER
from tests.postgres import server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.postgres,
    pytest.mark.prefect,
    pytest.mark.skipif(ON_CLUSTER, reason="both databases of a cluster are on Postgres already"),
]


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
