"""One line to the mail server carries many messages, though Apprise opens one for each.

Apprise's e-mail plug-in loads the CA bundle (27 ms) and connects anew for every message, even
where there is no TLS. Its `send` is run here with two of its names standing for others: `ssl`
gives the context made once, `smtplib` lends a line that is kept. Should Apprise change, speed is
lost and nothing else; who else uses Apprise in this process is not touched.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from time import monotonic
from types import FunctionType, SimpleNamespace
from typing import Any

_IDLE_SECONDS = 10  # a line silent for longer may be half open, and asking would take a time-out
_LINES = 4  # as many as may be kept at once
_BROKEN = (OSError, smtplib.SMTPException)
_OK = 250
Step = Callable[[smtplib.SMTP], Any]


@cache
def trust() -> ssl.SSLContext:
    """Load the certificates that this machine trusts, once per process."""
    return ssl.create_default_context()


class _Kept:
    """A line between two messages."""

    def __init__(self, smtp: smtplib.SMTP, carried: int) -> None:
        self.smtp, self.carried = smtp, carried
        self._since, self._process = monotonic(), os.getpid()

    def answers(self) -> bool:
        """Tell whether the server is still there; RSET also ends whatever went before."""
        if not self._ours() or monotonic() - self._since > _IDLE_SECONDS:
            return False
        try:
            return self.smtp.rset()[0] == _OK
        except _BROKEN:
            return False

    def hang_up(self) -> None:
        """Say good-bye without waiting for an answer."""
        if self._ours():
            with suppress(*_BROKEN):
                self.smtp.putcmd("quit")
        self.smtp.close()

    def _ours(self) -> bool:
        # A forked process has the same line, but only one of two may speak.
        return self._process == os.getpid()


class Lines:
    """The lines to one mail server, each for so many messages."""

    def __init__(self, messages: int) -> None:
        self.messages = messages
        self._free: deque[_Kept] = deque()

    def take(self) -> _Kept | None:
        """Return a line that answers, if there is one."""
        while True:
            try:
                kept = self._free.pop()
            except IndexError:
                return None
            if kept.answers():
                return kept
            kept.hang_up()

    def give(self, smtp: smtplib.SMTP, carried: int) -> bool:
        """Keep a line for the next message, unless it has carried enough."""
        wanted = carried < self.messages and len(self._free) < _LINES
        if wanted:
            self._free.append(_Kept(smtp, carried))
        return wanted

    def close(self) -> None:
        """Hang up all that is kept."""
        while self._free:
            self._free.pop().hang_up()


class _Lent:
    """What Apprise takes for a connection of its own."""

    def __init__(
        self,
        lines: Lines,
        connect: Callable[..., smtplib.SMTP],
        *at: Any,  # noqa: ANN401  # smtplib's
        **how: Any,  # noqa: ANN401
    ) -> None:
        self._lines, self._connect = lines, partial(connect, *at, **how)
        self._steps: list[Step] = []
        self._well = False
        kept = lines.take()
        self._carried = kept.carried if kept else 0
        self._smtp = kept.smtp if kept else self._connect()

    def starttls(self, *, context: ssl.SSLContext) -> None:
        """Secure the line, unless it is."""
        self._do(lambda smtp: smtp.starttls(context=context))

    def login(self, user: str, password: str) -> None:
        """Log in, unless that is done."""
        self._do(lambda smtp: smtp.login(user, password))

    def _do(self, step: Step) -> None:
        self._steps.append(step)
        if not self._carried:
            step(self._smtp)

    def sendmail(self, *letter: Any) -> None:  # noqa: ANN401
        """Hand one message over."""
        try:
            self._smtp.sendmail(*letter)
        except smtplib.SMTPSenderRefused as no:
            if not self._carried or no.smtp_code >= 500:  # noqa: PLR2004
                raise
            tired = True  # some servers take only so many messages per line
        else:
            tired = False
        if tired:
            self._anew()
            self._smtp.sendmail(*letter)
        self._carried, self._well = self._carried + 1, True

    def _anew(self) -> None:
        _Kept(self._smtp, 0).hang_up()
        self._carried = 0
        self._smtp = self._connect()
        for step in self._steps:
            step(self._smtp)

    def quit(self) -> None:
        """Keep the line when all went well; else let nobody use it again."""
        if not (self._well and self._lines.give(self._smtp, self._carried)):
            self._smtp.quit()


def on_lines(plugin: type, lines: Lines, *, secure: bool) -> type:
    """Return Apprise's e-mail plug-in with our lines where it would open its own."""
    plain: Any = plugin.send  # type: ignore[attr-defined]  # Apprise has no types
    names = plain.__globals__ | {
        "ssl": SimpleNamespace(create_default_context=trust if secure else lambda: None),
        "smtplib": SimpleNamespace(
            SMTP=partial(_Lent, lines, smtplib.SMTP),
            SMTP_SSL=partial(_Lent, lines, smtplib.SMTP_SSL),
            SMTPException=smtplib.SMTPException,
        ),
    }
    send = FunctionType(plain.__code__, names, "send", plain.__defaults__)
    return type(f"Kept{plugin.__name__}", (plugin,), {"send": send})
