"""One line to the mail server carries many letters."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from time import monotonic

from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.outcomes import step_of

_IDLE_SECONDS = 10  # a line silent for longer may be half open, and asking would take a time-out
_LINES = 4  # as many as may be kept at once
_BROKEN = (OSError, smtplib.SMTPException)
_PERMANENT = 500


@cache
def trust() -> ssl.SSLContext:
    """Load the certificates that this machine trusts, once per process: it takes 27 ms."""
    return ssl.create_default_context()


class _Kept:
    """A line between two letters."""

    def __init__(self, smtp: smtplib.SMTP, carried: int) -> None:
        self.smtp, self.carried = smtp, carried
        self._since, self._process = monotonic(), os.getpid()

    def usable(self) -> bool:
        """Tell whether the line is ours and was used a moment ago."""
        return self._ours() and monotonic() - self._since <= _IDLE_SECONDS

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
    """The lines to one mail server, each for so many letters."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._free: deque[_Kept] = deque()

    def carry(self, to: str, letter: bytes) -> None:
        """Hand one letter over; what smtplib raises comes from a line that is fresh or was asked.

        Whether a kept line still answers shows when the sender is named: until then nothing was
        handed over, and a new line may take the letter.
        """
        while (kept := self._take()) is not None:
            try:
                kept.smtp.sendmail(self._server.sender_address, [to], letter)
            except _BROKEN as error:
                kept.hang_up()
                if not _tired(error):
                    raise
            else:
                self._give(kept.smtp, kept.carried + 1)
                return
        with _fresh(self._dial()) as smtp:
            self._prepare(smtp)
            smtp.sendmail(self._server.sender_address, [to], letter)
            self._give(smtp, 1)

    def close(self) -> None:
        """Hang up all that is kept."""
        while (kept := self._pop()) is not None:
            kept.hang_up()

    def _take(self) -> _Kept | None:
        while (kept := self._pop()) is not None:
            if kept.usable():
                return kept
            kept.hang_up()
        return None

    def _pop(self) -> _Kept | None:
        try:  # to look first and pop then would let another sender in between
            return self._free.pop()
        except IndexError:
            return None

    def _give(self, smtp: smtplib.SMTP, carried: int) -> None:
        """Keep a line for the next letter, unless it has carried enough."""
        kept = _Kept(smtp, carried)
        if carried < self._server.messages_per_line and len(self._free) < _LINES:
            self._free.append(kept)
        else:
            kept.hang_up()

    def _dial(self) -> smtplib.SMTP:
        at, wait = (self._server.host, self._server.port), self._server.timeout_seconds
        if self._server.mode == "ssl":
            return smtplib.SMTP_SSL(*at, timeout=wait, context=trust())
        return smtplib.SMTP(*at, timeout=wait)

    def _prepare(self, smtp: smtplib.SMTP) -> None:
        """Secure a new line and log in, as the settings say."""
        if self._server.mode == "starttls":
            smtp.starttls(context=trust())
        if self._server.user and self._server.password:
            smtp.login(self._server.user, self._server.password)


@contextmanager
def _fresh(smtp: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """Take leave of a new line when something goes wrong on it; a broken one answers at once."""
    try:
        yield smtp
    except BaseException:
        with suppress(*_BROKEN):
            smtp.quit()
        raise


def _tired(error: BaseException) -> bool:
    """Tell whether a kept line was refused or lost before anything was handed over.

    Some servers take only so many letters over one line, or hang up on a silent one.
    """
    if isinstance(error, smtplib.SMTPSenderRefused):
        return error.smtp_code < _PERMANENT
    return step_of(error) == "mail"
