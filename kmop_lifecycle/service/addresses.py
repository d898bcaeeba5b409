"""What an address is counted, shut and waited for under; never the address itself."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

MAIL = "mail"
_KINDS = {"mailto": MAIL, "mailtos": MAIL, "jsons": "json", "xmls": "xml", "forms": "form"}


def kind(address: str) -> str:
    """Return the kind of channel of an address, such as mail, slack or json."""
    scheme = urlsplit(address).scheme.lower() if "://" in address else MAIL
    return _KINDS.get(scheme, scheme)


def digest(address: str) -> str:
    """Return what an address is counted under."""
    return hashlib.sha256(address.lower().encode()).hexdigest()


def other_side(address: str) -> str:
    """Return who answers there: one server takes all mail, each web host answers for itself."""
    if kind(address) == MAIL:
        return MAIL
    return f"{kind(address)} {digest(urlsplit(address).netloc)}"
