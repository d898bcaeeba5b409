"""What a transport said is overheard in memory, judged, and never shown to a log handler.

Apprise 1.13 answers one boolean for everything; the reason stands only in its DEBUG log, beside
tokens and addresses. The exception behind a log line is still being handled while the line is
written, so it is kept with it: judging an exception is safer than judging its wording.
"""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from kmop_lifecycle.service.ports import Outcome

# Both print addresses and paths that hold tokens.
_TALKATIVE = ("apprise", "urllib3.connectionpool")
_STATUS = re.compile(r"\berror=(\d{3})\b")
_RETRY_STATUS = frozenset({408, 425, 429})
_REFUSED_MESSAGE = frozenset({400, 413, 415, 422})
_AUTHENTICATION_NEEDED = 530
_TOO_LARGE = 552
_CLOSING = 421
_BY_CAUSE: tuple[tuple[type[BaseException], Outcome], ...] = (
    (ssl.SSLError, Outcome("configuration", "no trusted TLS connection")),
    (socket.gaierror, Outcome("configuration", "the server's name is unknown")),
    (ConnectionRefusedError, Outcome("retry", "connection refused")),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One log line and the exception that was being handled when it was written."""

    line: str
    error: BaseException | None


_ears: ContextVar[list[Heard] | None] = ContextVar("ears", default=None)
_before: ContextVar[BaseException | None] = ContextVar("before", default=None)


class _Eavesdropper(logging.Filter):
    """Keep a record for the call under way and stop it there."""

    def filter(self, record: logging.LogRecord) -> bool:
        ears = _ears.get()
        if ears is None:  # somebody else's record: as if DEBUG had never been switched on
            return record.levelno >= max(logging.INFO, logging.getLogger().level)
        error = sys.exc_info()[1]
        # What the caller was handling before this call says nothing about it.
        ears.append(Heard(record.getMessage(), None if error is _before.get() else error))
        return False


_EAVESDROPPER = _Eavesdropper()


@contextmanager
def overheard() -> Iterator[list[Heard]]:
    """Collect what the transport says in this block, in this thread; nothing reaches a handler."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.addFilter(_EAVESDROPPER)  # once, however often it is added
        logger.disabled = False  # a logging configuration read later may have switched it off
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    heard: list[Heard] = []
    listening, before = _ears.set(heard), _before.set(sys.exc_info()[1])
    try:
        yield heard
    finally:
        _before.reset(before)
        _ears.reset(listening)


def judge(heard: Sequence[Heard]) -> Outcome:
    """Say what became of an attempt that Apprise called a failure."""
    errors = [one.error for one in heard if one.error is not None]
    if errors:
        return _by_error(errors[-1])
    codes = [code for one in heard for code in _STATUS.findall(one.line)]
    if codes:
        return _by_status(int(codes[-1]))
    return Outcome("ambiguous", "no reason given")


def _by_status(code: int) -> Outcome:
    """Judge the answer of a webhook; its body may hold anything and is not kept."""
    if code in _RETRY_STATUS or code >= 500:  # noqa: PLR2004
        return Outcome("retry", f"HTTP {code}")
    return Outcome("dead" if code in _REFUSED_MESSAGE else "configuration", f"HTTP {code}")


def _by_error(error: BaseException) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return Outcome(_by_recipient(code, text), _spoken(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome(_by_response(error), _spoken(error.smtp_code, error.smtp_error))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome("configuration", "the mail server lacks what the settings ask for")
    if _data_had_begun(error):
        return Outcome("ambiguous", "the connection was lost after the message was handed over")
    return _by_connection(error)


def _by_recipient(code: int, text: bytes | str) -> str:
    if _temporary(code):
        return "retry"
    # "Relaying denied" or "authenticate first" is about us: it would kill every address in turn.
    if code == _AUTHENTICATION_NEEDED or re.search(r"(?i)\brelay", _text(text)):
        return "configuration"
    return "dead"


def _by_response(error: smtplib.SMTPResponseException) -> str:
    code = error.smtp_code
    if isinstance(error, smtplib.SMTPDataError):
        if code == _CLOSING:  # the message may already be in the mailbox
            return "ambiguous"
        return "retry" if _temporary(code) else "dead"
    if _temporary(code) or code == -1:  # -1: the greeting could not be read
        return "retry"
    if isinstance(error, smtplib.SMTPSenderRefused) and code == _TOO_LARGE:
        return "dead"
    return "configuration"  # our sender, our password, our name is refused


def _by_connection(error: BaseException) -> Outcome:
    """Judge what went wrong before a message was handed over, by its cause."""
    chain = list(_chain(error))
    for cause, outcome in _BY_CAUSE:
        if any(isinstance(one, cause) for one in chain):
            return outcome
    if type(error).__module__.startswith("requests"):
        return _by_request({type(one).__name__ for one in chain}, type(error).__name__)
    if isinstance(error, OSError):  # as are time-outs and SMTPServerDisconnected
        return Outcome("retry", "the connection was lost before the message was handed over")
    return Outcome("dead", f"the message cannot be put into form ({type(error).__name__})")


def _by_request(kinds: set[str], name: str) -> Outcome:
    """Judge a web request that got no answer; without a connection nothing was handed over."""
    if kinds & {"ConnectTimeout", "NewConnectionError"}:
        return Outcome("retry", "no connection")
    if kinds & {"ReadTimeout", "ConnectionError", "ChunkedEncodingError"}:
        return Outcome("ambiguous", "the connection was lost while waiting for the answer")
    return Outcome("configuration", name)


def _data_had_begun(error: BaseException) -> bool:
    """Tell whether smtplib was inside DATA: from there on the server may have taken it."""
    frame = error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        if code.co_name == "data" and code.co_filename == smtplib.__file__:
            return True
        frame = frame.tb_next
    return False


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from an error to what caused it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _temporary(code: int) -> bool:
    return 400 <= code < 500  # noqa: PLR2004


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def _spoken(code: int, answer: bytes | str) -> str:
    return f"SMTP {code} {_text(answer)}"
