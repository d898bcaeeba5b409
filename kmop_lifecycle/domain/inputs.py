"""Read untrusted data into typed values; a misfit is named by place, value and way out.

Every door (command line, flow form, scenario file, import) passes here, so that a form with its
checks switched off gains nothing.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from functools import cache, partial
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from kmop_lifecycle.domain.errors import BadInput

D = TypeVar("D")
Reader = Callable[[object, str], Any]  # takes a value and its place
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
    known, required = _fields(shape)  # type: ignore[arg-type]  # a class is hashable
    for key in raw:
        if key not in known:
            raise _unknown(where, key, known)
    values = {
        name: reader(raw[name], f"{where}.{name}")
        for name, reader in known.items()
        if raw.get(name) is not None
    }
    if missing := [name for name in required if name not in values]:
        raise BadInput(f"{where}.{missing[0]} is missing", hint=f"give {', '.join(missing)}")
    return shape(**values)


def _unknown(where: str, key: object, known: Mapping[str, object]) -> UnknownField:
    near = get_close_matches(str(key), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
    return UnknownField(f"{where} has no field {str(key)[:80]!r}", hint=hint)


@cache
def _fields(shape: Any) -> tuple[dict[str, Reader], list[str]]:  # noqa: ANN401  # a dataclass
    """Return what reads each field, and which must be there: a class never changes."""
    hints = get_type_hints(shape)
    required = [
        one.name
        for one in fields(shape)
        if one.default is MISSING and one.default_factory is MISSING
    ]
    return {one.name: _reader(hints[one.name]) for one in fields(shape)}, required


def _misfit(where: str, value: object, expected: str) -> BadInput:
    private = not PRIVATE.isdisjoint(where.split("."))
    shown = "the value" if private else repr(value)[:80]
    return BadInput(f"{where}: {shown} is not {expected}", hint=f"write {expected}")


def _reader(kind: Any) -> Reader:  # noqa: ANN401  # any type
    """Return what reads values of a type."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _either([_reader(one) for one in inside if one is not types.NoneType])
    if origin is tuple:
        return partial(_list, _reader(inside[0]))
    if origin is not None:
        return partial(_table, _reader(inside[0]), _reader(inside[1]))
    if is_dataclass(kind):
        return partial(read, kind)  # type: ignore[arg-type]  # a class, not a value of it
    if issubclass(kind, Enum):
        return partial(_choice, kind)
    return _PLAIN[kind]


def _either(readers: Sequence[Reader]) -> Reader:
    if len(readers) == 1:
        return readers[0]
    text, table = readers  # the table wins when it is one
    return lambda value, where: (table if isinstance(value, Mapping) else text)(value, where)


def _list(item: Reader, value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST:
        raise _misfit(where, value, f"a list of at most {_MOST} items")
    return tuple(item(one, f"{where}.{n}") for n, one in enumerate(value, 1))


def _table(name: Reader, item: Reader, value: object, where: str) -> dict[Any, Any]:
    if not isinstance(value, Mapping) or len(value) > _MOST:
        raise _misfit(where, value, "a table")
    return {name(key, where): item(one, f"{where}.{key}") for key, one in value.items()}


def _choice(kind: type[Enum], value: object, where: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise _misfit(where, value, "one of " + ", ".join(str(k.value) for k in kind)) from None


def _whole(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9:
        return value
    raise _misfit(where, value, "a whole number")


def _number(value: object, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10**6:
        return float(value)
    raise _misfit(where, value, "a number")


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


_PLAIN: Mapping[Any, Reader] = {date: read_day, str: _text, int: _whole, float: _number}
