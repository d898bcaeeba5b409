"""`kmop up` in a process of its own, as the tests of the real server drive it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.stories import ROOT

KMOP = [sys.executable, "-c", "import sys; from kmop_lifecycle.cli import main; sys.exit(main())"]
ENDS = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def until(found: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Ask again until there is an answer; a server on a busy machine takes its time."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"waited {seconds} seconds for {what}"
        time.sleep(0.2)
    return answer


def json_for(login: str) -> dict[str, str]:
    """Return the headers of a request to an API that asks for a login, or for none."""
    shown = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"} if login else {}
    return {"content-type": "application/json"} | shown


@dataclass
class Up:
    """One `kmop up` and the API of its server."""

    process: subprocess.Popen[str]
    port: int
    home: Path
    login: str = ""  # user:password, where one is asked for

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Call the API; a server that writes elsewhere at that moment answers 503: ask again."""

        def answer() -> tuple[int, Any] | None:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
                sent = None if body is None else json.dumps(body)
                connection.request(method, f"/api{path}", sent, json_for(self.login))
                response = connection.getresponse()
                text = response.read()
                if response.status == 503:
                    return None
                return response.status, json.loads(text or "null")

        status, said = until(answer, path)
        assert status < 300, said
        return said

    def start(self, name: str, state: str = "SCHEDULED", /, **parameters: Any) -> str:
        """Press *Run*; return the run's id."""
        deployment = self.ask("GET", f"/deployments/name/{name}/{name}")
        asked = {"parameters": parameters, "state": {"type": state}}
        return self.ask("POST", f"/deployments/{deployment['id']}/create_flow_run", asked)["id"]

    def end(self, run: str) -> dict[str, Any]:
        """Wait for a run to end; return it."""

        def ended() -> dict[str, Any] | None:
            found = self.ask("GET", f"/flow_runs/{run}")
            return found if found["state"]["type"] in ENDS else None

        return until(ended, "the end of a run", 90)

    def runs(self, name: str, *types: str) -> list[dict[str, Any]]:
        """Return the runs of a flow in these states."""
        wanted = {
            "flows": {"name": {"any_": [name]}},
            "flow_runs": {"state": {"type": {"any_": list(types)}}},
        }
        return self.ask("POST", "/flow_runs/filter", wanted)

    def deployments(self) -> dict[str, str]:
        """Return the ids of all deployments by name."""
        return {d["name"]: d["id"] for d in self.ask("POST", "/deployments/filter", {})}

    def stop(self, how: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(how)
        return self.process.wait(30)


def environment(home: Path, mail: int = 1, more: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the settings of one installation."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KMOP_", "PREFECT_"))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "DO_NOT_TRACK": "1",
        "KMOP_DATABASE_URL": f"sqlite:///{home}/kmop.sqlite3",
        "KMOP_PREFECT__HOME": str(home / "prefect"),
        "KMOP_MAIL__SMTP_HOST": "127.0.0.1",
        "KMOP_MAIL__SMTP_PORT": str(mail),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        **more,
    }


def start_up(home: Path, mail: int, more: Mapping[str, str] = {}) -> Up:
    """Start `kmop up` on a free port and wait until it says that it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = home / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [*KMOP, "up", "--port", str(port)],
            env=environment(home, mail, more),
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    up = Up(process, port, home)

    def ready() -> bool:
        assert process.poll() is None, said.read_text()
        return "Ready: " in said.read_text()

    try:
        until(ready, "the server", 120)
    except BaseException:
        process.kill()
        raise
    return up


def left_behind(home: Path) -> list[str]:
    """Return the processes that still belong to an installation, as Linux shows them."""
    mark = f"KMOP_PREFECT__HOME={home}/prefect".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended while we looked, or is another user's
    return found
