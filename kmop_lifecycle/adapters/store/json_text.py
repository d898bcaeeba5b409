"""How values stand in the JSON columns: written in one way, read quickly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic_core import from_json

__all__ = ["as_json", "from_json", "to_json"]


def _plain(value: object) -> object:
    """Spell what JSON has no word for; sets sorted, so that equal values are equal texts."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


# One for all: `json.dumps` would make one for every value.
_JSON = json.JSONEncoder(default=_plain, ensure_ascii=False, separators=(",", ":"))


def to_json(value: object) -> str:
    """Write JSON as every JSON column keeps it."""
    return _JSON.encode(value)


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a database would give back."""
    copy: dict[str, Any] = from_json(to_json(dict(values)))
    return copy
