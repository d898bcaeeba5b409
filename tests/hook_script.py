"""A small web server on this machine that answers every hook as it is told."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

HANG = -1
DROP = -2


class HookScript:
    """`with HookScript(429, Retry_After="60") as hook:` listens on 127.0.0.1 and a free port.

    `reached` counts the requests that came in whole; -1 gives no answer, -2 hangs up.
    """

    def __init__(self, status: int, body: bytes = b"ok", **headers: str) -> None:
        self.reached = 0
        self.got: list[bytes] = []
        self._done = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(status, body, headers))
        self._server.daemon_threads = False  # so that closing waits for them
        self.port = int(self._server.server_address[1])
        self._worker = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def _handler(self, status: int, body: bytes, headers: dict[str, str]) -> Any:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.got.append(self.rfile.read(int(self.headers["Content-Length"])))
                hook.reached += 1
                if status == HANG:
                    hook._done.wait(10)
                if status < 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        return Handler

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self._server.shutdown()
        self._worker.join(5)
        self._server.server_close()
