"""What became of an attempt, judged by the exception or the status that it ended with."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import FrameType

from kmop_lifecycle.adapters.overhearing import STATUS, Heard
from kmop_lifecycle.service.ports import Outcome

_RETRY_STATUS = frozenset({408, 425, 429})
_REFUSED_MESSAGE = frozenset({400, 413, 415, 422})
_AUTHENTICATION_NEEDED = 530
_TOO_LARGE = 552
_CLOSING = 421
_UNKNOWN_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # a line that broke, not a wrong certificate
_REQUESTS = "requests"
_TALK = ("login", "mail", "rcpt", "data")
_ABOUT_US = re.compile(
    r"(?i)\brelay|sender address rejected|client host|helo command rejected|blocked using"
)
_ABOUT_ADDRESS = re.compile(r"5\.[12]\.")  # RFC 3463: the mailbox or its name, not the message


def judge(heard: Sequence[Heard]) -> Outcome:
    """Say what became of an attempt that Apprise called a failure."""
    errors = [one.error for one in heard if one.error is not None]
    if errors:
        return judge_error(errors[-1])
    codes = [(code, one.wait) for one in heard for code in STATUS.findall(one.line)]
    if codes:
        code, wait = codes[-1]
        return replace(_by_status(int(code)), wait=wait)
    return Outcome("ambiguous", "no reason given")


def _by_status(code: int) -> Outcome:
    """Judge the answer of a webhook; its body may hold anything and is not kept."""
    if code < 300:  # noqa: PLR2004  # a page, where the service says a word
        return Outcome("configuration", f"HTTP {code} without the answer of this service")
    if code < 400:  # noqa: PLR2004
        return Outcome("configuration", f"HTTP {code}, a redirect, not followed")
    if code in _RETRY_STATUS or code >= 500:  # noqa: PLR2004
        return Outcome("retry", f"HTTP {code}")
    return Outcome("unfit" if code in _REFUSED_MESSAGE else "configuration", f"HTTP {code}")


def judge_error(error: BaseException) -> Outcome:
    """Say what became of an attempt that ended with this error."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return Outcome(_by_recipient(code, text), _spoken(code, text))
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome(_by_response(error), _spoken(error.smtp_code, error.smtp_error))
    unfit = _unfit(error)
    if unfit:
        return Outcome("configuration", unfit)
    if _handed_over(error):
        lost = "the connection was lost after the message was handed over"
        return Outcome("ambiguous", lost, silent=True)
    return _by_connection(error)


def _unfit(error: BaseException) -> str:
    """Say why these settings and this mail server can never come together, if so."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the mail server lacks what the settings ask for"
    if type(error) is smtplib.SMTPException:  # as smtplib says it of no common way to log in
        return "the mail server offers no way to log in"
    if not isinstance(error, OSError) and step_of(error) == "login":
        return "the user name or password cannot be sent"
    return ""


def _by_recipient(code: int, text: bytes | str) -> str:
    if _temporary(code):
        return "retry"
    # What is about us would kill every address in turn; many servers say it only here.
    if code == _AUTHENTICATION_NEEDED or _ABOUT_US.search(_text(text)):
        return "configuration"
    return "dead"


def _by_response(error: smtplib.SMTPResponseException) -> str:
    code = error.smtp_code
    if isinstance(error, smtplib.SMTPDataError):
        if code == _CLOSING and _frame_of("data", error) is None:
            return "ambiguous"  # the answer to the text, which may already be in the mailbox
        if _temporary(code):
            return "retry"
        return "dead" if _ABOUT_ADDRESS.match(_text(error.smtp_error)) else "unfit"
    if _temporary(code) or code == -1:  # -1: the greeting could not be read
        return "retry"
    if isinstance(error, smtplib.SMTPSenderRefused) and code == _TOO_LARGE:
        return "unfit"
    return "configuration"  # our sender, our password, our name is refused


def _by_connection(error: BaseException) -> Outcome:
    """Judge what went wrong before a message was handed over, by its cause."""
    chain = list(_chain(error))
    requested = type(error).__module__.startswith(_REQUESTS)
    unresolved = [one for one in chain if isinstance(one, socket.gaierror)]
    if unresolved:
        return _by_name(unresolved[0])
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return Outcome("retry", "connection refused", silent=True)
    if any(isinstance(one, ssl.SSLError) and not isinstance(one, _CUT) for one in chain):
        return Outcome("configuration", "no trusted TLS connection")
    if requested:
        return _by_request({type(one).__name__ for one in chain}, type(error).__name__)
    if isinstance(error, OSError):  # as are time-outs and SMTPServerDisconnected
        lost = "the connection was lost before the message was handed over"
        return Outcome("retry", lost, silent=True)
    name, formless = type(error).__name__, isinstance(error, TypeError | ValueError)
    unfit = Outcome("unfit", f"the message cannot be put into form ({name})")
    return unfit if formless else Outcome("retry", f"unforeseen {name}")


def _by_name(error: socket.gaierror) -> Outcome:
    """Tell a name that nobody knows from name servers that are away for a moment."""
    if error.errno in _UNKNOWN_NAME:
        return Outcome("configuration", "the server's name is unknown")
    return Outcome("retry", "the server's name cannot be looked up now", silent=True)


def _by_request(kinds: set[str], name: str) -> Outcome:
    """Judge a web request that got no answer; without a connection nothing was handed over."""
    if kinds & {"ConnectTimeout", "NewConnectionError"}:
        return Outcome("retry", "no connection", silent=True)
    if kinds & {"ReadTimeout", "ConnectionError", "ChunkedEncodingError", "SSLEOFError"}:
        lost = "the connection was lost while waiting for the answer"
        return Outcome("ambiguous", lost, silent=True)
    return Outcome("configuration", name)


def _handed_over(error: BaseException) -> bool:
    """Tell whether smtplib had begun to send the text: from then on the server may have it."""
    frame = _frame_of("data", error)
    return frame is not None and "code" in frame.f_locals  # the answer to the command DATA


def step_of(error: BaseException) -> str:
    """Return the step of a talk with a mail server in which an error came up; "" for no step."""
    return next((step for step in _TALK if _frame_of(step, error) is not None), "")


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
