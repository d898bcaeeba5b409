"""Start the cluster's processes in order, start anew what dies, end all of them at the end."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.cluster.plan import Part, Plan
from kmop_lifecycle.domain.errors import ConfigurationError, TryAgain

LONGEST_START = 180.0  # seconds
LONGEST_STOP = 20.0
WATCH = 0.5
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

Said = Callable[[str], None]


class Keeper:
    """The processes of one cluster, each under its name."""

    def __init__(self, plan: Plan, say: Said) -> None:
        """Keep nothing yet."""
        self._plan, self._say = plan, say
        self._running: dict[str, tuple[Part, subprocess.Popen[bytes]]] = {}

    def start(self, part: Part) -> None:
        """Start a process; its words go to a file of its own."""
        with self.log(part.name).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                part.command,
                env={**os.environ, **part.settings},
                cwd=self._plan.state.anchor if part.user else None,
                user=part.user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_the_holder,  # noqa: PLW1509 - there are no threads here
            )
        self._running[part.name] = (part, process)
        self._write_down()

    def once(self, name: str, command: tuple[str, ...], settings: dict[str, str]) -> None:
        """Run a command to its end; `ConfigurationError` when it fails."""
        with self.log(name).open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own command
                command,
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise ConfigurationError(
                f"{name} ended with status {done.returncode}",
                hint=f"its last lines are in {self.log(name)}",
            )

    def until(self, name: str, ready: Callable[[], bool]) -> None:
        """Wait for a process to be ready; say where to look when it ends or takes too long."""
        _, process = self._running[name]
        end = time.monotonic() + LONGEST_START
        while not ready():
            if process.poll() is not None:
                raise ConfigurationError(
                    f"{name} ended with status {process.returncode}",
                    hint=f"its last lines are in {self.log(name)}",
                )
            if time.monotonic() > end:
                raise TryAgain(f"{name} did not answer", hint=f"see {self.log(name)}")
            time.sleep(0.2)

    def watch(self) -> None:
        """Start anew whatever has ended, for ever; as a service manager would."""
        while True:
            for part, process in [*self._running.values()]:
                if process.poll() is not None:
                    self._say(f"{part.name} ended with {process.returncode}; it is started anew")
                    self.start(part)
            time.sleep(WATCH)

    def stop(self) -> None:
        """End everything, last started first."""
        for part, process in reversed(self._running.values()):
            # To Postgres SIGTERM means: wait until everybody has left.
            process.send_signal(signal.SIGINT if part.name == "postgres" else signal.SIGTERM)
            try:
                process.wait(LONGEST_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
        self._record.unlink(missing_ok=True)

    def log(self, name: str) -> Path:
        """What a process says."""
        return self._plan.state / f"{name}.log"

    @property
    def _record(self) -> Path:
        return record(self._plan.state)

    def _write_down(self) -> None:
        told = {
            "holder": os.getpid(),
            "database": self._plan.database,
            "apis": [f"{api.url}/api" for api in self._plan.apis],
            "pids": {name: process.pid for name, (_, process) in self._running.items()},
        }
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps(told, indent=2), encoding="utf-8")
        new.replace(self._record)


def record(state: Path) -> Path:
    """Return the file in which a running cluster says where its parts are."""
    return state / "cluster.json"


def answers(url: str) -> bool:
    """Ask once."""
    try:
        with urlopen(url, timeout=2):  # noqa: S310 - our own address
            return True
    except (URLError, OSError):
        return False


@contextmanager
def keeping(plan: Plan, say: Said) -> Iterator[Keeper]:
    """Keep a cluster's processes for as long as the block lasts."""
    keeper = Keeper(plan, say)
    try:
        yield keeper
    finally:
        for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(stop, signal.SIG_IGN)  # the second Ctrl-C must leave nothing behind
        keeper.stop()


def _end_with_the_holder() -> None:
    """Let Linux end this process when the one that started it is gone, however it ended."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
