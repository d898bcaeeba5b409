"""How values stand in the JSON columns: written and read by one quick library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic_core
from pydantic_core import from_json

__all__ = ["as_json", "from_json", "to_json"]


def to_json(value: object) -> str:
    """Write JSON as every JSON column keeps it: days as text; a set is to be sorted before."""
    try:
        return pydantic_core.to_json(value).decode()
    except pydantic_core.PydanticSerializationError as error:
        if "surrogates not allowed" in str(error):  # half a character, as drivers refuse it too
            raise UnicodeEncodeError("utf-8", "", 0, 0, "surrogates not allowed") from None
        raise TypeError(f"no JSON value: {error}") from None


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a database would give back."""
    copy: dict[str, Any] = from_json(to_json(dict(values)))
    return copy
