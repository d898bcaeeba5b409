"""`kmop cluster up` in a process of its own, as the faults drive it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from flows.cluster.login import file
from tests.stories import ROOT
from tests.upped import ENDS, KMOP, Up, environment, json_for, until

MANY = {
    "KMOP_SWEEP__PART_CASES": "1000",  # shared among the workers, as a large register's is
    "KMOP_SWEEP__USUAL_CASES": "1000000000",
    "KMOP_SWEEP__USUAL_DAYS": "10000",
    "KMOP_BOARDS__GUIDED": "0",
}
PATIENCE = 600.0  # seconds for one fault


@dataclass
class Cluster:
    """A running cluster."""

    state: Path
    settings: Mapping[str, str]
    process: subprocess.Popen[str] = field(init=False)

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Say something on the command line, on the cluster's database, with more settings."""
        url = self.told()["database"]
        return subprocess.run(  # noqa: S603 - our own interpreter
            [*KMOP, *arguments],
            env={**self.settings, "KMOP_DATABASE_URL": url, **more},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def login(self) -> str:
        """What the API and the UI ask for."""
        return file(self.state).read_text(encoding="utf-8").strip()

    def up(self) -> Up:
        """Return the first API server, as the tests of `kmop up` drive one."""
        port = urlsplit(self.told()["apis"][0]).port
        assert port
        return Up(self.process, port, self.state, self.login)

    def told(self) -> dict[str, Any]:
        """Return what the cluster says of itself."""
        return json.loads((self.state / "cluster.json").read_text(encoding="utf-8"))

    def kill(self, part: str) -> int:
        """End a part as the kernel would, without a word; return which process it was."""
        pid = self.told()["pids"][part]
        os.kill(pid, signal.SIGKILL)
        return pid

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Call the first API server that answers; None if none does, as behind a proxy."""
        sent = None if body is None else json.dumps(body).encode()
        for url in self.told()["apis"]:
            request = Request(url + path, sent, json_for(self.login))  # noqa: S310
            request.method = method
            with suppress(URLError, OSError), urlopen(request, timeout=20) as answer:  # noqa: S310
                return json.loads(answer.read())
        return None

    def start(self, name: str, **parameters: Any) -> str | None:
        """Ask for a run; return its id, or None while nobody takes it."""
        found = self.ask("GET", f"/deployments/name/{name}/{name}")
        asked = {"state": {"type": "SCHEDULED"}, "parameters": parameters}
        path = found and f"/deployments/{found['id']}/create_flow_run"
        run = self.ask("POST", path, asked) if path else None
        return run and run["id"]

    def state_of(self, run: str) -> str:
        """Return the type of a run's state; empty while nobody answers."""
        found = self.ask("GET", f"/flow_runs/{run}")
        return found["state"]["type"] if found else ""

    def swept(self) -> float:
        """Ask for sweeps until one completes; return after how many seconds that was."""
        begun = time.monotonic()

        def completed() -> bool:
            run = self.start("sweep_deadlines")
            if run is None:
                return False
            return until(lambda: self.end(run), "the end of a sweep", PATIENCE) == "COMPLETED"

        until(completed, "a sweep that completes", PATIENCE)
        return time.monotonic() - begun

    def settled(self, run: str) -> str:
        """Give a run a moment to end; return the type of its state then."""
        with suppress(AssertionError):
            until(lambda: self.end(run), "its end", 30)
        return self.state_of(run)

    def end(self, run: str) -> str:
        """Return how a run ended; empty while it has not."""
        state = self.state_of(run)
        return state if state in ENDS else ""

    def begin(self) -> None:
        """Start it, on whatever an earlier start has left, and wait until it is ready."""
        said = self.state.with_name("said.txt")
        with said.open("w") as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [*KMOP, "cluster", "up", "--state", str(self.state)],
                env=self.settings,
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
            )

        def ready() -> bool:
            assert self.process.poll() is None, said.read_text()
            return "Ready: " in said.read_text()

        until(ready, "the cluster", 240)
        until(lambda: self.up().runs("sweep_deadlines", "COMPLETED"), "the first sweep", 90)

    def end_all(self) -> None:
        """Tell it to stop, and wait until it has."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(120)


@contextmanager
def cluster(home: Path, more: Mapping[str, str] = MANY, mail: int = 1) -> Iterator[Cluster]:
    """Run a cluster that has a mail server on some port; it is ended by its own process."""
    home.chmod(0o755)  # Postgres is somebody else than root and must reach its files
    running = Cluster(home / "state", environment(home, mail, more))
    try:
        running.begin()
        yield running
    finally:
        running.end_all()
