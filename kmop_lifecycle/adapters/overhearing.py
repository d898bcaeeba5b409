"""What a transport says is overheard in memory and never shown to a log handler.

Apprise 1.13 answers one boolean for everything; the reason stands only in its log, which may hold
tokens and addresses too. Its warnings are enough: each names the status, or is written while the
exception is handled; its DEBUG lines would print every payload. The exception behind a log line is
still being handled while the line is written, so it is kept with it: judging an exception is safer
than judging its wording. So is the web answer that the line is about, which Apprise keeps to
itself.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from types import FrameType

from kmop_lifecycle.adapters.clock import SystemClock

# Both print addresses and paths that hold tokens.
_TALKATIVE = ("apprise", "urllib3.connectionpool")
STATUS = re.compile(r"\berror=(\d{3})\b")  # as Apprise writes the status of a web answer
_FRAMES = 12  # from a log line to whoever wrote it
_LONGEST = timedelta(days=1)  # whatever the other side asks for


@dataclass(frozen=True, slots=True)
class Heard:
    """One log line, the exception then being handled, and how long the web answer says to wait."""

    line: str
    error: BaseException | None
    wait: timedelta | None = None


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
        error, line = None if error is _before.get() else error, record.getMessage()
        wait = _wait_asked(sys._getframe()) if STATUS.search(line) else None  # noqa: SLF001
        ears.append(Heard(line, error, wait))
        return False


_EAVESDROPPER = _Eavesdropper()


@contextmanager
def overheard() -> Iterator[list[Heard]]:
    """Collect what the transport says in this block, in this thread; nothing reaches a handler."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.addFilter(_EAVESDROPPER)  # once, however often it is added
        logger.disabled = False  # a logging configuration read later may have switched it off
    for name in _TALKATIVE:
        if (own := logging.getLogger(name)).level != logging.WARNING:
            own.setLevel(logging.WARNING)  # not each time: it empties every logger's cache
    heard: list[Heard] = []
    listening, before = _ears.set(heard), _before.set(sys.exc_info()[1])
    try:
        yield heard
    finally:
        _before.reset(before)
        _ears.reset(listening)


def _wait_asked(frame: FrameType | None) -> timedelta | None:
    """Return what the web answer in hand says of `Retry-After`, in seconds or as a date.

    Apprise keeps the answer to itself: it is a variable of whoever writes the log line.
    """
    for _ in range(_FRAMES):
        if frame is None:
            return None
        for value in frame.f_locals.values():
            if type(value).__module__ == "requests.models" and type(value).__name__ == "Response":
                return _seconds(value.headers.get("Retry-After", ""))
        frame = frame.f_back
    return None


def _seconds(said: str) -> timedelta | None:
    if (digits := said.strip()).isdecimal():
        return min(timedelta(seconds=int(digits[:9])), _LONGEST)
    try:
        moment = parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware - SystemClock().now(), timedelta()), _LONGEST)
