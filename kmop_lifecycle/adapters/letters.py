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
from email.charset import BASE64, Charset
from email.header import Header
from email.utils import format_datetime, formataddr, make_msgid

from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.service.ports import Message

REFERENCE = "X-KMOP-Notice"  # which notices a message tells of
_WIDTH = 76
_OWN_HEADER = re.compile(r"(?i)(X-|List-|Auto-Submitted$)[A-Za-z-]*")
_FOREIGN = Charset("utf-8")
_FOREIGN.header_encoding = BASE64  # the other way goes letter by letter
# No line of base64 holds an underscore, so no part can end another.
_PART = """\
--=_told
Content-Type: text/{kind}; charset="utf-8"
Content-Transfer-Encoding: base64

"""
_TOLD = f"""\
Content-Type: multipart/alternative; boundary="=_told"

{_PART.format(kind="plain")}{{text}}\
{_PART.format(kind="html")}{{html}}\
--=_told--
"""
_WITH_CALENDAR = """\
Content-Type: multipart/mixed; boundary="=_all"

--=_all
{told}
--=_all
Content-Type: text/calendar; charset="utf-8"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="kmop.ics"

{calendar}\
--=_all--
"""


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
    """Return a message to one mailbox: plain text, HTML, and its calendar file if it has one.

    The skeleton is always the same and every part is in base64, so it is filled in, not built: the
    e-mail package's generator would take as long as all of the writing and sending.
    """
    told = _TOLD.format(text=_base64(_lines(message.text)), html=_base64(_lines(message.html)))
    if message.calendar:
        told = _WITH_CALENDAR.format(told=told, calendar=_base64(message.calendar))
    head = "".join(f"{name}: {value}\n" for name, value in _head(message, server, to).items())
    return f"{head}MIME-Version: 1.0\n{told}".replace("\n", "\r\n").encode("ascii")


def one_line(text: str) -> str:
    """Return a text without line breaks: no value brings a header along."""
    return " ".join(text.split())


def _lines(text: str) -> bytes:
    """Return a text with the line ends of mail (RFC 2045): base64 keeps what it is given."""
    return "\r\n".join(text.splitlines()).encode()


def _head(message: Message, server: MailServer, to: str) -> Mapping[str, str]:
    given, subject = message.headers or {}, one_line(message.subject)
    head = {
        "Subject": _header("Subject", subject),
        "From": formataddr((server.sender_name, server.sender_address), charset="utf-8"),
        "To": to,
        "Date": format_datetime(SystemClock().now()),
        "Message-ID": _identity(given.get(REFERENCE, ""), server.sender_address, to),
    }
    if server.reply_to:
        head["Reply-To"] = server.reply_to
    # An identity or a recipient is not for a message to set.
    own = {k: one_line(v) for k, v in given.items() if _OWN_HEADER.fullmatch(k)}
    return head | {name: _header(name, value) for name, value in own.items()}


def _header(name: str, value: str) -> str:
    """Fold and encode a value that may be long or foreign, or hold what nobody sees."""
    if value.isascii() and value.isprintable() and len(name) + len(value) < _WIDTH:
        return value
    return Header(value, _FOREIGN, header_name=name).encode()


def _identity(reference: str, sender: str, to: str) -> str:
    domain = sender.rpartition("@")[2]
    if not reference:
        return make_msgid(domain=domain)
    return f"<{hashlib.sha256(f'{reference} {to}'.encode()).hexdigest()[:40]}@{domain}>"


def _base64(content: bytes) -> str:
    return encodebytes(content).decode("ascii")
