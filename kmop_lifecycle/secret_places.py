"""Where a secret lies: in its setting, or in the file or variable that the setting names.

`file:/run/secrets/smtp` is a file's text without its last line end, `env:NAME` a variable's value,
`prefect:NAME` a Secret block of Prefect; anything else is the secret itself. Only a flow run reads
blocks: elsewhere such a reference stays as it is until somebody needs the value. What is wrong is
said with the setting's name and the place, never with the value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kmop_lifecycle.domain.errors import ConfigurationError

SECRETS = (("database_url",), ("database_password",), ("mail", "smtp_password"))
_FILE, _VARIABLE, _BLOCK = "file:", "env:", "prefect:"
_LARGEST = 16 * 1024  # bytes; whoever names a larger file has named the wrong one
_BLOCK_NAME = re.compile(r"[a-z0-9-]+")  # as Prefect allows them
_HINT = "write file:/ABSOLUTE/PATH, env:NAME or prefect:BLOCK, or the value itself"

Blocks = Callable[[str], object]
"""Return what a Secret block of that name holds; None when there is none."""


def with_secrets(values: Mapping[str, Any], blocks: Blocks | None = None) -> dict[str, Any]:
    """Return the settings with each reference replaced by what lies there.

    Without `blocks`, a reference to a block is checked and stays.
    """
    result = dict(values)
    for path, value in _given(values):
        section: dict[str, Any] = result
        for name in path[:-1]:
            section[name] = dict(section[name])
            section = section[name]
        section[path[-1]] = _fetched(".".join(path), value, blocks)
    return result


def is_unread(value: str) -> bool:
    """Tell whether this is still a reference to a block, so no secret to work with."""
    return value.startswith(_BLOCK)


def must_be_read(setting: str, value: str) -> None:
    """Refuse to work with a reference in the place of the secret."""
    if is_unread(value):
        raise ConfigurationError(
            f"settings: {setting}: {value} is a Secret block of Prefect: only a flow run reads it",
            hint="run this from Prefect, or write file:/ABSOLUTE/PATH or env:NAME",
        )


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


def _fetched(setting: str, reference: str, blocks: Blocks | None) -> str:
    kind, _, place = reference.partition(":")
    match f"{kind}:":
        case "env:":
            text = os.environ.get(place, "")
        case "file:":
            text = _text_of(setting, Path(place))
        case _:
            if not _BLOCK_NAME.fullmatch(place):
                raise _wrong(setting, f"{reference} names no block: a-z, 0-9 and - make a name")
            if blocks is None:
                return reference
            text = _text_in(setting, reference, blocks(place))
    if not text:
        raise _wrong(setting, f"{reference} is empty or is not there")
    if is_unread(text):
        raise _wrong(setting, f"{reference} holds a reference in its turn")
    return text


def _text_in(setting: str, reference: str, text: object) -> str:
    if text is None:
        raise ConfigurationError(
            f"settings: {setting}: Prefect has no Secret block for {reference}",
            hint="make it in Prefect's UI: Blocks, +, Secret; or name another one",
        )
    if not isinstance(text, str) or len(text) > _LARGEST or not text.isprintable():
        raise _wrong(setting, f"{reference} holds no secret of one printable line")
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
    if not text.isprintable():
        raise _wrong(setting, f"file:{file} holds more than one line, or control characters")
    return text


def _wrong(setting: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"settings: {setting}: {reason}", hint=_HINT)
