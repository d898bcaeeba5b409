"""Read untrusted data into typed values; a misfit is named by place, value and way out.

Every door (command line, flow form, scenario file, import) passes here, so that a form with its
checks switched off gains nothing.
"""

from __future__ import annotations

import re
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from kmop_lifecycle.domain.errors import BadInput

D = TypeVar("D")
# NUL, and halves of characters: no database has room for them.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST = 10_000  # characters of any text: a reason, an answer, a name
_MOST = 500  # items of any list
# These may be personal data: an error names their place, never their value.
PRIVATE = {
    "name", "iban", "bic", "email", "channels", "contact", "contacts", "establishment_units",
}  # fmt: skip


class UnknownField(BadInput):
    """A field that nothing reads: most likely misspelt."""


def read(shape: type[D], raw: object, where: str = "data") -> D:
    """Return `raw` as an instance of the dataclass `shape`; BadInput if it does not fit."""
    if not isinstance(raw, Mapping):
        raise _misfit(where, raw, "a table of fields")
    known = _fields(shape)  # type: ignore[arg-type]  # a class is hashable
    for key in raw:
        if key not in known:
            raise _unknown(where, key, known)
    hints = _hints(shape)  # type: ignore[arg-type]  # a class is hashable
    values = {
        name: _value(hints[name], raw[name], f"{where}.{name}")
        for name in known
        if raw.get(name) is not None
    }
    missing = [n for n, f in known.items() if n not in values and _required(f)]
    if missing:
        raise BadInput(f"{where}.{missing[0]} is missing", hint=f"give {', '.join(missing)}")
    return shape(**values)


def _unknown(where: str, key: object, known: Mapping[str, object]) -> UnknownField:
    near = get_close_matches(str(key), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
    return UnknownField(f"{where} has no field {str(key)[:80]!r}", hint=hint)


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


@cache
def _fields(shape: Any) -> dict[str, Field[Any]]:  # noqa: ANN401  # a dataclass
    return {field.name: field for field in fields(shape)}


@cache
def _hints(shape: Hashable) -> dict[str, Any]:
    return get_type_hints(shape)


def _misfit(where: str, value: object, expected: str) -> BadInput:
    private = not PRIVATE.isdisjoint(where.split("."))
    shown = "the value" if private else repr(value)[:80]
    return BadInput(f"{where}: {shown} is not {expected}", hint=f"write {expected}")


def _value(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401  # a reader of any type
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _either(get_args(kind), value, where)
    if origin is tuple:
        return _list(get_args(kind)[0], value, where)
    if origin is not None:
        return _table(get_args(kind), value, where)
    if is_dataclass(kind) and isinstance(kind, type):
        return read(kind, value, where)
    if issubclass(kind, Enum):
        return _choice(kind, value, where)
    return _plain(kind, value, where)


def _either(kinds: tuple[Any, ...], value: object, where: str) -> Any:  # noqa: ANN401
    wanted = [kind for kind in kinds if kind is not type(None)]
    if len(wanted) > 1:  # text or table: the table wins when it is one
        return _value(wanted[1] if isinstance(value, Mapping) else wanted[0], value, where)
    return _value(wanted[0], value, where)


def _list(kind: Any, value: object, where: str) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(value, list | tuple) or len(value) > _MOST:
        raise _misfit(where, value, f"a list of at most {_MOST} items")
    return tuple(_value(kind, item, f"{where}.{n}") for n, item in enumerate(value, 1))


def _table(kinds: tuple[Any, ...], value: object, where: str) -> dict[Any, Any]:
    if not isinstance(value, Mapping) or len(value) > _MOST:
        raise _misfit(where, value, "a table")
    return {
        _value(kinds[0], key, where): _value(kinds[1], item, f"{where}.{key}")
        for key, item in value.items()
    }


def _choice(kind: type[Enum], value: object, where: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise _misfit(where, value, "one of " + ", ".join(str(k.value) for k in kind)) from None


def _plain(kind: type, value: object, where: str) -> Any:  # noqa: ANN401
    if kind is date:
        return read_day(value, where)
    if kind is str:
        return _text(value, where)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if kind is int and whole and 0 <= value <= 10**9:  # type: ignore[operator]  # it is an int
        return value
    if kind is float and (whole or isinstance(value, float)) and 0 <= value <= 10**6:  # type: ignore[operator]  # a number
        return float(value)  # type: ignore[arg-type]  # a number
    raise _misfit(where, value, "a whole number" if kind is int else "a number")


def _text(value: object, where: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _misfit(where, value, "text")
    if len(value) > _LONGEST:
        raise BadInput(f"{where} is {len(value)} characters long", hint=f"at most {_LONGEST}")
    if _UNKEEPABLE.search(value):
        raise BadInput(f"{where} holds a character that is none", hint="write it as plain text")
    return value.strip()


def read_day(value: object, where: str) -> date:
    """Return a date as it came from outside; BadInput names the place."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _misfit(where, value, "a date such as 2026-03-16") from None
