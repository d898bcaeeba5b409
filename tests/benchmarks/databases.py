"""Databases for benchmarks: built once, then copied for every round."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg

from kmop_lifecycle.adapters.store.migrate import upgrade
from tests.postgres import Server, server

# As a small server would be set up; commits reach the disk.
_SETTINGS = (
    "shared_buffers=2GB", "max_wal_size=8GB", "checkpoint_timeout=30min", "work_mem=32MB",
    "maintenance_work_mem=256MB", "autovacuum=off",
)  # fmt: skip
# Autovacuum is off so that it falls into nobody's round; a register is vacuumed when it is built.


class Databases(Protocol):
    """Where databases come from."""

    postgres: bool

    def empty(self) -> str:
        """Return the address of a new database with the schema."""

    def copy(self, url: str) -> str:
        """Return the address of a copy."""

    def drop(self, url: str) -> None:
        """Take one away."""


class Files:
    """SQLite files in one folder."""

    postgres = False

    def __init__(self, folder: Path) -> None:
        self._folder, self._names = folder, count()

    def empty(self) -> str:
        url = self._new()
        upgrade(url)
        return url

    def copy(self, url: str) -> str:
        new = self._new()
        shutil.copyfile(path(url), path(new))
        return new

    def drop(self, url: str) -> None:
        for file in self._folder.glob(f"{path(url).name}*"):
            file.unlink()

    def _new(self) -> str:
        return f"sqlite:///{self._folder / f'{next(self._names)}.db'}"


class Copies:
    """Databases of one Postgres server."""

    postgres = True

    def __init__(self, running: Server) -> None:
        self._running, self._names = running, count()

    def empty(self) -> str:
        url = self.bare()
        upgrade(url)
        return url

    def bare(self) -> str:
        """Return the address of a new database without any table."""
        return self._create("template0")

    def copy(self, url: str) -> str:
        return self._create(_name(url))

    def drop(self, url: str) -> None:
        self._running.run(f"DROP DATABASE {_name(url)} WITH (FORCE)")
        self._running.run("CHECKPOINT")

    def _create(self, template: str) -> str:
        name = f"bench_{next(self._names)}"
        self._running.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._running.url(name)


def path(url: str) -> Path:
    """Return the file of an SQLite address."""
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def connect(url: str) -> psycopg.Connection:
    """Open a plain connection to a Postgres database."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))


@contextmanager
def databases(db: str) -> Iterator[Databases]:
    """Lend databases of one kind; all of them are gone afterwards."""
    if db == "sqlite":
        with tempfile.TemporaryDirectory(prefix="kmop-bench-") as folder:
            yield Files(Path(folder))
    else:
        with server(careless=False, settings=_SETTINGS) as running:
            yield Copies(running)
