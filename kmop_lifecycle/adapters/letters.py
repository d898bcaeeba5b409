"""A message becomes a letter: what goes over the line to a mail server, byte for byte.

Apprise would derive the plain text from the HTML and give each letter a new identity. Here the
text is the template's, and the same notice to the same reader keeps its identity: should it come
twice, a mailbox that looks for that shows it once.
"""

from __future__ import annotations

import hashlib
import re
from base64 import encodebytes
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import policy
from email.generator import BytesGenerator
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, formataddr, make_msgid
from io import BytesIO

from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.service.ports import Message

REFERENCE = "X-KMOP-Notice"  # which notices a message tells of
_OWN_HEADER = re.compile(r"(?i)(X-|List-|Auto-Submitted$)[A-Za-z-]*")
_WIDTH = 78


class _Plain(policy.Compat32):
    """Write a short line as it is: the header machinery takes half of a letter's time."""

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}{self.linesep}"
        if len(line) <= _WIDTH and line.isascii():
            return line.encode()
        return super().fold_binary(name, value)


_POLICY = _Plain(linesep="\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The submission server and who we are there."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    mode: str = "starttls"  # insecure, starttls or ssl
    sender_address: str
    sender_name: str = ""
    reply_to: str = ""
    timeout_seconds: float = 15
    messages_per_line: int = 100  # then a new connection; many servers take no more


def letter(message: Message, server: MailServer, to: str) -> bytes:
    """Return a message to one mailbox: plain text, HTML, and its calendar file if it has one."""
    told = MIMEMultipart("alternative")
    told.attach(_part("plain", _lines(message.text)))
    told.attach(_part("html", _lines(message.html)))
    whole = told
    if message.calendar:
        whole = MIMEMultipart("mixed")
        whole.attach(told)
        calendar = _part("calendar", message.calendar)
        calendar.add_header("Content-Disposition", "attachment", filename="kmop.ics")
        whole.attach(calendar)
    _bounded(whole)
    for name, value in _head(message, server, to).items():
        whole[name] = value
    room = BytesIO()
    BytesGenerator(room, mangle_from_=False, policy=_POLICY).flatten(whole)
    return room.getvalue()


def one_line(text: str) -> str:
    """Return a text without line breaks: no value brings a header along."""
    return " ".join(text.split())


def _lines(text: str) -> bytes:
    """Return a text with the line ends of mail (RFC 2045): base64 keeps what it is given."""
    return "\r\n".join(text.splitlines()).encode()


def _head(message: Message, server: MailServer, to: str) -> Mapping[str, str]:
    given, subject = message.headers or {}, one_line(message.subject)
    head = {
        "Subject": subject if subject.isascii() else Header(subject, "utf-8").encode(),
        "From": formataddr((server.sender_name, server.sender_address), charset="utf-8"),
        "To": to,
        "Date": format_datetime(SystemClock().now()),
        "Message-ID": _identity(given.get(REFERENCE, ""), server.sender_address, to),
    }
    if server.reply_to:
        head["Reply-To"] = server.reply_to
    # An identity or a recipient is not for a message to set.
    own = {k: one_line(v) for k, v in given.items() if _OWN_HEADER.fullmatch(k)}
    return head | own


def _identity(reference: str, sender: str, to: str) -> str:
    domain = sender.rpartition("@")[2]
    if not reference:
        return make_msgid(domain=domain)
    return f"<{hashlib.sha256(f'{reference} {to}'.encode()).hexdigest()[:40]}@{domain}>"


def _part(subtype: str, content: bytes) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8")
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(content).decode())
    return part


def _bounded(whole: MIMEMultipart) -> None:
    """Name the boundaries: the generator would search all parts for words that are free.

    All parts are in base64, so a boundary with an underscore stands in none of them.
    """
    parts = [part for part in whole.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_kmop_{number}")
