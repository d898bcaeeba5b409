"""What an address is counted, shut and waited for under; never the address itself."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

MAIL = "mail"
_KINDS = {"mailto": MAIL, "mailtos": MAIL, "jsons": "json", "xmls": "xml", "forms": "form"}


def kind(address: str) -> str:
    """Return the kind of channel of an address, such as mail, slack or json."""
    scheme = _split(address)[0] if "://" in address else MAIL
    return _KINDS.get(scheme, scheme)


def digest(address: str) -> str:
    """Return what an address is counted under."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


def other_side(address: str) -> str:
    """Return who answers there: one server takes all mail, each web host answers for itself."""
    if kind(address) == MAIL:
        return MAIL
    return f"{kind(address)} {digest(_split(address)[1])}"


def _split(address: str) -> tuple[str, str]:
    """Return scheme and host; what is no address must not hold up those that are."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket without its other half
        known = re.match(r"[a-z][a-z0-9+.-]*(?=://)", address.lower())
        return known[0] if known else "", ""
    return parts.scheme.lower(), parts.netloc
