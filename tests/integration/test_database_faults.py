"""What goes wrong with a database is said in words, without SQL, secrets or names."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.faults import in_words
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.adapters.store.migrate import current, upgrade
from kmop_lifecycle.adapters.store.unit_of_work import SqlUnitOfWork, open_store
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError, LifecycleError, TryAgain
from tests import make, storing
from tests.postgres import NoPostgres, Server, binaries

NUL, HALF = "\0", "\ud800"


def told(url: str, kind: type[LifecycleError]) -> LifecycleError:
    """Ask a database for a case and return what it says instead."""
    engine = make_engine(url)
    try:
        with pytest.raises(kind) as caught, SqlUnitOfWork(engine) as uow:
            uow.get(make.NUMBER)
    finally:
        engine.dispose()
    assert "SELECT" not in str(caught.value)
    assert caught.value.__suppress_context__
    return caught.value


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://root:secret@localhost/kmop", "://x"])
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_engine(url)
    assert "secret" not in str(caught.value)
    assert "sqlite:///FILE" in caught.value.hint


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgres_has_several_spellings(scheme: str) -> None:
    assert make_engine(f"{scheme}://kmop@localhost/kmop").driver == "psycopg"


def test_a_missing_folder_is_a_matter_of_configuration(tmp_path: Path) -> None:
    assert "folder" in told(f"sqlite:///{tmp_path}/none/kmop.db", ConfigurationError).hint


def test_a_database_without_tables_says_what_to_run(tmp_path: Path) -> None:
    assert "kmop db upgrade" in told(f"sqlite:///{tmp_path}/kmop.db", ConfigurationError).hint


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "kmop.db"
    file.write_text("certificates, to be sorted\n" * 50)
    assert "no database" in str(told(f"sqlite:///{file}", ConfigurationError))


def test_a_database_that_may_only_be_read_is_told(sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    engine = make_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    with SqlUnitOfWork(engine) as uow, pytest.raises(ConfigurationError, match="only be read"):
        uow.allocate(make.TODAY)
    engine.dispose()


def test_a_busy_database_asks_to_try_again(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with SqlUnitOfWork(engine):
        assert "busy" in str(told(f"{sqlite_url}?timeout=0.01", TryAgain))
    engine.dispose()


def test_a_reader_never_waits_for_a_writer(sqlite_url: str) -> None:
    engine = make_engine(f"{sqlite_url}?timeout=0.01")
    with SqlUnitOfWork(engine), SqlUnitOfWork(engine, reading=True) as reader:
        assert reader.numbers("", 1) == []
    engine.dispose()


def test_a_database_in_memory_is_one_for_all_threads() -> None:
    engine = make_engine("sqlite://")
    upgrade(engine)
    store = open_store(engine)
    storing.at_once(*[lambda: storing.opened(store)] * 4)
    with store(reading=True) as uow:
        assert len(uow.numbers("", 9)) == 4
    engine.dispose()


def test_a_busy_store_in_memory_asks_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kmop_lifecycle.adapters.store.memory._WAIT_SECONDS", 0.01)
    store = MemoryStore()
    with store(), pytest.raises(TryAgain), store():
        pass


def test_a_unit_of_work_is_used_inside_its_block() -> None:
    engine = make_engine("sqlite://")
    with pytest.raises(RuntimeError, match="with block"):
        SqlUnitOfWork(engine).get(make.NUMBER)
    engine.dispose()


def test_a_naive_moment_is_refused(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with SqlUnitOfWork(engine) as uow, pytest.raises(ValueError, match="time zone"):
        uow.record(make.opening(), datetime(2026, 1, 5, 9, tzinfo=UTC).replace(tzinfo=None))
    engine.dispose()


def test_a_name_that_is_no_number_is_bad_input(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with SqlUnitOfWork(engine) as uow, pytest.raises(BadInput):
        uow.set_dues("acme", [])
    engine.dispose()


def test_half_a_character_is_bad_input(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with SqlUnitOfWork(engine) as uow, pytest.raises(BadInput):
        uow.record(make.opening(bureau=HALF), make.NOW)
    engine.dispose()


def test_what_nobody_foresaw_is_said_without_its_words() -> None:
    for fault in (sqlite3.ProgrammingError("SELECT iban"), RuntimeError("SELECT iban")):
        assert "iban" not in str(in_words(DBAPIError("SELECT", {}, fault)))
    assert "iban" not in str(in_words(InvalidRequestError("iban")))
    assert isinstance(in_words(PoolTimeout()), TryAgain)


@pytest.mark.postgres
def test_postgres_without_tables_says_what_to_run(bare_postgres_url: str) -> None:
    assert "kmop db upgrade" in told(bare_postgres_url, ConfigurationError).hint


@pytest.mark.postgres
def test_an_unknown_postgres_database_is_told(postgres_server: Server) -> None:
    assert "no such database" in str(told(postgres_server.url("other"), ConfigurationError))


@pytest.mark.postgres
def test_an_unknown_postgres_user_is_told(postgres_url: str) -> None:
    said = told(postgres_url.replace("kmop@", "mallory:secret@"), ConfigurationError)
    assert "user or password" in str(said)


def test_a_postgres_that_is_away_asks_to_try_again(tmp_path: Path) -> None:
    said = told(f"postgresql://kmop:secret@/kmop?host={tmp_path}", TryAgain)
    assert "secret" not in str(said) + said.hint


@pytest.mark.postgres
def test_a_lost_connection_asks_to_try_again_and_the_next_one_works(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with SqlUnitOfWork(engine) as uow, pytest.raises(TryAgain):
        uow._run(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert current(engine) is not None
    engine.dispose()


@pytest.mark.postgres
def test_postgres_cannot_keep_a_zero_character(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with SqlUnitOfWork(engine) as uow, pytest.raises(BadInput):
        uow.record(make.opening(bureau=NUL), make.NOW)
    engine.dispose()


@pytest.mark.postgres
def test_a_reader_cannot_write_on_postgres(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with SqlUnitOfWork(engine, reading=True) as uow, pytest.raises(ConfigurationError):
        uow.allocate(make.TODAY)
    engine.dispose()


@pytest.mark.postgres
def test_an_application_waits_until_its_neighbour_is_done(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    seen: list[int] = []

    def second() -> None:
        with SqlUnitOfWork(engine) as uow:
            seen.append(len(uow.neighbours(make.ENTERPRISE)))

    with SqlUnitOfWork(engine) as uow:
        uow.neighbours(make.ENTERPRISE)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        assert seen == []
        uow.record(make.opening(uow.allocate(make.TODAY)), make.NOW)
        uow.commit()
    thread.join()
    assert seen == [1]
    engine.dispose()


def test_without_postgres_its_tests_fail_and_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.postgres._folders", lambda: iter([Path("/nowhere")]))
    with pytest.raises(NoPostgres, match="KMOP_TEST_PG_BIN"):
        binaries()
