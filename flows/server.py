"""The Prefect server as a child of this process: started, awaited, stopped, never left behind.

Prefect reads its settings when it is imported, so nothing here imports it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from kmop_lifecycle.domain.errors import ConfigurationError, TryAgain

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound
LONGEST_START = 180.0  # seconds; a first start on a slow machine builds Prefect's database
LONGEST_STOP = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server listens and keeps its things."""

    host: str
    port: int
    home: Path

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        name = EVERYWHERE.get(self.host, self.host)
        return f"http://[{name}]:{self.port}" if ":" in name else f"http://{name}:{self.port}"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    def environment(self) -> dict[str, str]:
        """Return the settings shared by the server, the runner and every run."""
        return {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": f"{self.url}/api",
            "PREFECT_UI_API_URL": "/api",  # otherwise the UI calls port 4200, whatever the port
            # Otherwise the UI is written beside the package, which may not be ours to write.
            "PREFECT_UI_STATIC_DIRECTORY": str(self.home / "ui"),
            "PREFECT_SERVER_API_HOST": self.host,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
            "DO_NOT_TRACK": "1",
            # Runs are kept for ever otherwise.
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
            "PREFECT_RUNNER_POLL_FREQUENCY": os.environ.get("PREFECT_RUNNER_POLL_FREQUENCY", "3"),
        }

    def adopt(self) -> None:
        """Give this process, and the runs that it will start, the server's settings."""
        os.environ.update(self.environment())


def refuse_busy_port(place: Place) -> None:
    """Say so, before anything is started, when the address cannot be listened on."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise ConfigurationError(
            f"port {place.port} on {place.host} cannot be used: {error.strerror or error}",
            hint="stop what runs there, or choose another port with --port",
        ) from error


@contextmanager
def running(place: Place) -> Iterator[Callable[[], bool]]:
    """Run the server for as long as the block lasts; give a way to ask whether it still lives."""
    with _alone(place), place.log.open("ab") as log:
        # Its own session: Ctrl-C stops the runner first, and the server hears its last words.
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.attended", "server", "start"],
            env={**os.environ, **place.environment()},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _await_health(process, place)
            yield lambda: process.poll() is None
        finally:
            _stop(process)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Let one at a time use a home; the lock ends with its holder, however that ends."""
    place.home.mkdir(parents=True, exist_ok=True)
    with (place.home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(
                f"another `kmop up` is using {place.home}",
                hint="stop it, or give this one a home of its own with KMOP_PREFECT__HOME",
            ) from error
        yield


def _await_health(process: subprocess.Popen[bytes], place: Place) -> None:
    """Poll until the server answers; say where to look when it ends or takes too long."""
    end = time.monotonic() + LONGEST_START
    while not _healthy(place):
        if process.poll() is not None:
            raise ConfigurationError(
                f"the Prefect server ended with status {process.returncode}",
                hint=f"its last lines are in {place.log}",
            )
        if time.monotonic() > end:
            raise TryAgain(
                f"the Prefect server did not answer within {LONGEST_START:.0f} seconds",
                hint=f"its last lines are in {place.log}",
            )
        time.sleep(0.2)


def _healthy(place: Place) -> bool:
    """Ask once."""
    connection = HTTPConnection(EVERYWHERE.get(place.host, place.host), place.port, timeout=2)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == 200  # noqa: PLR2004 - OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and end it if it does not."""
    process.terminate()
    try:
        process.wait(LONGEST_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin:
        process.stdin.close()
