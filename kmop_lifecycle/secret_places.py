"""Where a secret lies: in its setting, or in the file or variable that the setting names.

`file:/run/secrets/smtp` is a file's text without its last line end, `env:NAME` a variable's value;
anything else is the secret itself. What is wrong is said with the setting's name and the place,
never with the value.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kmop_lifecycle.domain.errors import ConfigurationError

SECRETS = (("database_url",), ("mail", "smtp_password"))
_FILE, _VARIABLE, _BLOCK = "file:", "env:", "prefect:"
_LARGEST = 16 * 1024  # bytes; whoever names a larger file has named the wrong one
_HINT = "write file:/ABSOLUTE/PATH or env:NAME, or the value itself"


def with_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with each reference replaced by what lies there."""
    result = dict(values)
    for path, value in _given(values):
        section: dict[str, Any] = result
        for name in path[:-1]:
            section[name] = dict(section[name])
            section = section[name]
        section[path[-1]] = _fetched(".".join(path), value)
    return result


def secret_files(values: Mapping[str, Any]) -> list[Path]:
    """Return the files that settings refer to."""
    return [Path(v.removeprefix(_FILE)) for _, v in _given(values) if v.startswith(_FILE)]


def _given(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for path in SECRETS:
        value: object = values
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value.startswith((_FILE, _VARIABLE, _BLOCK)):
            yield path, value


def _fetched(setting: str, reference: str) -> str:
    kind, _, place = reference.partition(":")
    match f"{kind}:":
        case "env:":
            text = os.environ.get(place, "")
        case "file:":
            text = _text_of(setting, Path(place))
        case _:
            raise _wrong(setting, "a block of Prefect cannot be read from here")
    if not text:
        raise _wrong(setting, f"{reference} is empty or is not there")
    return text


def _text_of(setting: str, file: Path) -> str:
    if not file.is_absolute():
        raise _wrong(setting, f"file:{file} is not an absolute path")
    try:
        with file.open("rb") as content:
            read = content.read(_LARGEST + 1)
        if len(read) > _LARGEST:
            raise _wrong(setting, f"file:{file} is too large for a secret")
        text = read.decode("utf-8")
    except OSError as error:
        raise _wrong(setting, f"file:{file} cannot be read: {error.strerror}") from None
    except ValueError:  # its text may hold a piece of the secret
        raise _wrong(setting, f"file:{file} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if any(not sign.isprintable() for sign in text):
        raise _wrong(setting, f"file:{file} holds more than one line, or control characters")
    return text


def _wrong(setting: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"settings: {setting}: {reason}", hint=_HINT)
