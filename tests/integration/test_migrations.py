"""The schema comes, goes and comes back, on both databases; all of it or nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.migrate import check, current, downgrade, head, upgrade
from kmop_lifecycle.adapters.store.tables import Row
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.errors import IntegrityBreach
from tests import make

ROOT = Path(__file__).parents[2]

DIE_AFTER = """
import os, sys
from sqlalchemy import event
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.migrate import upgrade

engine = make_engine(sys.argv[1])
left = [int(sys.argv[2])]

@event.listens_for(engine, "after_cursor_execute")
def count(connection, cursor, statement, *rest):
    if statement.lstrip().startswith("CREATE"):
        left[0] -= 1
        if not left[0]:
            os._exit(9)

upgrade(engine)
"""


@pytest.fixture
def bare(bare_url: str):
    engine = make_engine(bare_url)
    yield engine
    engine.dispose()


def started(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT)  # noqa: S603


def test_up_down_and_up_again(bare: Engine) -> None:
    assert current(bare) is None
    upgrade(bare)
    assert current(bare) == head()
    downgrade(bare, "base")
    assert current(bare) is None
    assert inspect(bare).get_table_names() == ["alembic_version"]
    upgrade(bare)
    assert current(bare) == head()


def test_models_and_schema_are_equal(bare: Engine) -> None:
    missing = check(bare)
    assert all(any(name in line for line in missing) for name in Row.metadata.tables)
    upgrade(bare)
    assert check(bare) == []


def test_a_second_upgrade_changes_nothing(bare_url: str) -> None:
    upgrade(bare_url)
    upgrade(bare_url)
    assert current(bare_url) == head()
    assert check(bare_url) == []


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_migration_killed_half_way_leaves_nothing(bare_url: str, after: int) -> None:
    assert started(DIE_AFTER, bare_url, str(after)).wait() == 9
    engine = make_engine(bare_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    upgrade(bare_url)
    assert check(bare_url) == []


def test_two_migrating_at_once_are_one_after_the_other(bare_url: str) -> None:
    both = [started(DIE_AFTER, bare_url, "999") for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert check(bare_url) == []


@pytest.mark.parametrize("statement", ["UPDATE history SET seq = 9", "DELETE FROM history"])
def test_history_is_append_only(bare: Engine, statement: str) -> None:
    upgrade(bare)
    with open_store(bare)() as uow:
        uow.record(make.opening(), make.NOW)
        uow.commit()
        with pytest.raises(IntegrityBreach, match="append-only"):
            uow._run(text(statement))


def test_a_migration_that_breaks_a_reference_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'kmop.db'}"
    upgrade(url)

    def breaking(config, revision) -> None:
        connection = config.attributes["connection"]
        connection.execute(text("INSERT INTO deadline VALUES (7, 'lapse', '2026-01-01', '')"))

    monkeypatch.setattr("kmop_lifecycle.adapters.store.migrate.command.upgrade", breaking)
    with pytest.raises(IntegrityBreach, match="it was undone"):
        upgrade(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM deadline")).scalar() == 0
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()
