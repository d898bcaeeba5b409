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
from types import FrameType

from kmop_lifecycle.service.ports import Outcome

# Both print addresses and paths that hold tokens.
_TALKATIVE = ("apprise", "urllib3.connectionpool")
_STATUS = re.compile(r"\berror=(\d{3})\b")
_RETRY_STATUS = frozenset({408, 425, 429})
_REFUSED_MESSAGE = frozenset({400, 413, 415, 422})
_AUTHENTICATION_NEEDED = 530
_TOO_LARGE = 552
_CLOSING = 421
_UNKNOWN_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # a line that broke, not a wrong certificate
_REQUESTS = "requests"


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
    if code < 300:  # noqa: PLR2004  # a page, where the service says a word
        return Outcome("configuration", f"HTTP {code} without the answer of this service")
    if code < 400:  # noqa: PLR2004
        return Outcome("configuration", f"HTTP {code}, a redirect, not followed")
    if code in _RETRY_STATUS or code >= 500:  # noqa: PLR2004
        return Outcome("retry", f"HTTP {code}")
    return Outcome("dead" if code in _REFUSED_MESSAGE else "configuration", f"HTTP {code}")


def _by_error(error: BaseException) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return Outcome(_by_recipient(code, text), _spoken(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome(_by_response(error), _spoken(error.smtp_code, error.smtp_error))
    unfit = _unfit(error)
    if unfit:
        return Outcome("configuration", unfit)
    if _handed_over(error):
        return Outcome("ambiguous", "the connection was lost after the message was handed over")
    return _by_connection(error)


def _unfit(error: BaseException) -> str:
    """Say why these settings and this mail server can never come together, if so."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the mail server lacks what the settings ask for"
    if type(error) is smtplib.SMTPException:  # as smtplib says it of no common way to log in
        return "the mail server offers no way to log in"
    if not isinstance(error, OSError) and _frame_of("login", error) is not None:
        return "the user name or password cannot be sent"
    return ""


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
        if code == _CLOSING and _frame_of("data", error) is None:
            return "ambiguous"  # the answer to the text, which may already be in the mailbox
        return "retry" if _temporary(code) else "dead"
    if _temporary(code) or code == -1:  # -1: the greeting could not be read
        return "retry"
    if isinstance(error, smtplib.SMTPSenderRefused) and code == _TOO_LARGE:
        return "dead"
    return "configuration"  # our sender, our password, our name is refused


def _by_connection(error: BaseException) -> Outcome:
    """Judge what went wrong before a message was handed over, by its cause."""
    chain = list(_chain(error))
    requested = type(error).__module__.startswith(_REQUESTS)
    unresolved = [one for one in chain if isinstance(one, socket.gaierror)]
    if unresolved:
        return _by_name(unresolved[0])
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return Outcome("retry", "connection refused")
    if any(isinstance(one, ssl.SSLError) and not isinstance(one, _CUT) for one in chain):
        return Outcome("configuration", "no trusted TLS connection")
    if requested:
        return _by_request({type(one).__name__ for one in chain}, type(error).__name__)
    if isinstance(error, OSError):  # as are time-outs and SMTPServerDisconnected
        return Outcome("retry", "the connection was lost before the message was handed over")
    return Outcome("dead", f"the message cannot be put into form ({type(error).__name__})")


def _by_name(error: socket.gaierror) -> Outcome:
    """Tell a name that nobody knows from name servers that are away for a moment."""
    if error.errno in _UNKNOWN_NAME:
        return Outcome("configuration", "the server's name is unknown")
    return Outcome("retry", "the server's name cannot be looked up now")


def _by_request(kinds: set[str], name: str) -> Outcome:
    """Judge a web request that got no answer; without a connection nothing was handed over."""
    if kinds & {"ConnectTimeout", "NewConnectionError"}:
        return Outcome("retry", "no connection")
    if kinds & {"ReadTimeout", "ConnectionError", "ChunkedEncodingError", "SSLEOFError"}:
        return Outcome("ambiguous", "the connection was lost while waiting for the answer")
    return Outcome("configuration", name)


def _handed_over(error: BaseException) -> bool:
    """Tell whether smtplib had begun to send the text: from then on the server may have it."""
    frame = _frame_of("data", error)
    return frame is not None and "code" in frame.f_locals  # the answer to the command DATA


def _frame_of(step: str, error: BaseException) -> FrameType | None:
    """Return where smtplib was in one of its steps when an error came up."""
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        if code.co_name == step and code.co_filename == smtplib.__file__:
            return at.tb_frame
        at = at.tb_next
    return None


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
