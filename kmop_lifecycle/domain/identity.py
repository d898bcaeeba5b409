"""Who a firm is: its enterprise number and its IBAN, checked by their own digits."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum import iban as iban_number
from stdnum.be import vat as enterprise_number
from stdnum.exceptions import ValidationError

from kmop_lifecycle.domain.attempt import Attempt, refuse
from kmop_lifecycle.domain.errors import Code

_ENTERPRISE = re.compile(r"[01]\d{9}", re.ASCII)  # stdnum also takes the old nine digits
_ENTERPRISE_NOISE = re.compile(r"^\s*BE|[\s.]")


@lru_cache(maxsize=1_024)  # one application asks for its own four times
def compact_enterprise(text: str) -> str:
    """Return the ten digits of an enterprise number; ValueError when it is not one."""
    digits = _ENTERPRISE_NOISE.sub("", text.upper())
    if not _ENTERPRISE.fullmatch(digits) or not enterprise_number.is_valid(digits):
        msg = "not an enterprise number"
        raise ValueError(msg)
    return digits


def enterprise_number_valid(attempt: Attempt) -> str | None:
    """Ten digits, first 0 or 1, last two = 97 - first eight mod 97."""
    given = attempt.application.enterprise_number
    try:
        compact_enterprise(given)
    except ValueError:
        raise refuse(
            Code.INVALID_ENTERPRISE_NUMBER,
            f"data.enterprise_number: {given[:30]!r} is not a Belgian enterprise number",
            "ten digits, first 0 or 1, last two 97 minus the first eight modulo 97; "
            "'BE', dots and spaces are fine",
        ) from None
    return None


def iban_valid(attempt: Attempt) -> str | None:
    """An IBAN with right length and check digits; its value never appears in a message.

    A bank code that the library does not know is no reason to refuse: banks come and go.
    """
    try:
        number = iban_number.validate(attempt.application.iban, check_country=False)
    except ValidationError:
        number = ""
    national = number[4:]
    belgian = number.startswith("BE")
    if not number or (belgian and int(national[-2:]) != (int(national[:-2]) % 97 or 97)):
        raise refuse(
            Code.INVALID_IBAN,
            "data.iban is not a valid IBAN",
            "check it against a bank statement: BE and fourteen digits for a Belgian account",
        )
    return None
