"""A small SMTP server on this machine that answers every step as a table says."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO, Self

HANG = "(says nothing)"
DROP = "(hangs up)"
USUAL = {
    "GREETING": "220 hello",
    "EHLO": "250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN",
    "STARTTLS": "220 go",
    "AUTH": "235 welcome",
    "DATA": "354 go",
    "QUIT": "221 bye",
}
Answers = Mapping[str, str | tuple[str, ...]]


class SmtpScript:
    """`with SmtpScript({"RCPT": "550 no"}) as server:` listens on 127.0.0.1 and a free port.

    Of several answers to one step each is given once, the last for good. `reached` counts the
    steps; END is the end of a message's text, TLS a handshake that succeeded.
    """

    def __init__(self, answers: Answers | None = None, tls: ssl.SSLContext | None = None) -> None:
        told = USUAL | dict(answers or {})
        self._answers = {
            step: [said] if isinstance(said, str) else list(said) for step, said in told.items()
        }
        self._answers.setdefault("HELO", self._answers["EHLO"])
        self._tls = tls
        self._done = threading.Event()
        self._open: list[socket.socket] = []
        self._workers: list[threading.Thread] = []
        self.reached: Counter[str] = Counter()
        self.connections = 0
        self.letters: list[bytes] = []

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._begin(self._accept)
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        for one in (self._door, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes up whoever waits for it
        for worker in self._workers:
            worker.join(5)
        self._door.close()

    def hears(self, step: str) -> bool:
        """Wait a moment for a step that its sender does not wait for."""
        for _ in range(200):
            if self.reached[step]:
                return True
            self._done.wait(0.01)
        return False

    def _begin(self, work, *args: object) -> None:
        worker = threading.Thread(target=work, args=args)
        self._workers.append(worker)
        worker.start()

    def _accept(self) -> None:
        while not self._done.is_set():
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(line)
            self._begin(self._serve, line)

    def _serve(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            heard = line.makefile("rb")
            with heard:
                secured = self._talk(line, heard)
            if secured and self._tls is not None:  # else it hangs up in the handshake
                with self._wrapped(line, self._tls) as inside, inside.makefile("rb") as heard:
                    self.reached["TLS"] += 1
                    self._talk(inside, heard, greeted=True)

    def _wrapped(self, line: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
        inside = tls.wrap_socket(line, server_side=True)
        self._open.append(inside)
        return inside

    def _talk(self, line: socket.socket, heard: BinaryIO, *, greeted: bool = False) -> bool:
        """Answer step by step; tell whether the line is to be secured now."""
        step = "" if greeted else "GREETING"
        while True:
            said = self._said(step) if step else ""
            if said == DROP:
                return False
            if said == HANG:
                self._done.wait(10)
                return False
            if said:
                line.sendall(f"{said}\r\n".encode())
            if step == "STARTTLS" and said.startswith("220"):
                return True
            if said.startswith(("421", "221")):
                return False
            step = self._next(heard, text=step == "DATA" and said.startswith("354"))
            if not step:
                return False

    def _said(self, step: str) -> str:
        self.reached[step] += 1
        answers = self._answers.get(step, ["250 ok"])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _next(self, heard: BinaryIO, *, text: bool) -> str:
        """Read the next command, or a message's text to its end."""
        if not text:
            words = heard.readline().split()
            # A TLS socket that is being shut down hands out what it can no longer read.
            return words[0].decode(errors="replace").upper() if words else ""
        lines = []
        while (line := heard.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.letters.append(b"".join(lines))
        return "END" if line else ""
