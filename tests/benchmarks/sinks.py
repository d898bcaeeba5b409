"""A mail server and a web hook that take everything and keep nothing, each in its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller

from kmop_lifecycle.adapters.mail_catcher import _FreePort


@contextmanager
def sink(kind: str) -> Iterator[int]:
    """Start a sink and give its port; it ends with this block, or when this process does."""
    command = [sys.executable, "-m", "tests.benchmarks.sinks", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()


class _Taking:
    async def handle_DATA(self, *_: object) -> str:  # noqa: N802  # aiosmtpd's name
        return "250 OK"


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # http.server's name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def _until_told(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    sys.stdin.read()


def _mail() -> None:
    server: Controller = _FreePort(_Taking(), hostname="127.0.0.1", port=0)
    server.start()
    _until_told(server.port)
    server.stop()


def _hook() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        _until_told(server.server_address[1])
        server.shutdown()


if __name__ == "__main__":
    serve: dict[str, Any] = {"mail": _mail, "hook": _hook}
    serve[sys.argv[1]]()
