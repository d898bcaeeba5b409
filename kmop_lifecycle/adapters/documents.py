"""Reads applications written as JSON or YAML: one table of fields, or a list of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

import yaml

from kmop_lifecycle.domain.errors import BadInput

_LARGEST = 5_000_000  # bytes
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses what a reader of the file would not see coming."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="a reference (*)", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _table(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    """Build a table; of a field given twice, one value would silently be lost."""
    table: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if not isinstance(key_node, yaml.ScalarNode) or key in table:
            problem = f"the field {key[:40]!r} is given twice or is not a word"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        table[key] = loader.construct_object(value_node, deep=True)
    return table


def whole_number(_: yaml.SafeLoader, node: yaml.ScalarNode) -> int | str:
    """Read whole numbers only: YAML takes 0403012261 as octal and 12:30 as seconds."""
    return int(node.value) if _WHOLE.fullmatch(node.value) else str(node.value)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _table)
_Loader.add_constructor("tag:yaml.org,2002:int", whole_number)


def read_document(path: Path) -> list[dict[str, Any]]:
    """Return the applications of a .json, .yaml or .yml file; BadInput names file and line."""
    if path.suffix.lower() not in {".json", ".yaml", ".yml"}:
        raise BadInput(f"{path.name} is not a document", hint="give a .json, .yaml or .yml file")
    text = _text(path)
    document = _json(path, text) if path.suffix.lower() == ".json" else _yaml(path, text)
    items = document if isinstance(document, list) else [document]
    for n, item in enumerate(items, 1):
        if not isinstance(item, dict):
            _refuse(
                path, f"item {n} is not a table of fields", "write fields such as name: Acme BV"
            )
    if not items:
        _refuse(path, "holds no application", "write one application, or a list of them")
    return items


def _text(path: Path) -> str:
    """Read the file as UTF-8, with or without BOM."""
    try:
        if path.stat().st_size > _LARGEST:
            _refuse(path, f"is larger than {_LARGEST} bytes", "divide it, or write a .csv file")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror}", "give the path of a file")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        _refuse(path, f"line {line} is not UTF-8", "save the file as UTF-8")


def _json(path: Path, text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Parse JSON, without the numbers and doubled fields that only Python lets pass."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        _refuse(path, f"line {error.lineno}: {error.msg}", "correct the JSON there")
    except (ValueError, RecursionError) as error:
        _refuse(path, str(error), "correct the JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            msg = f"the field {key[:40]!r} is given twice"
            raise ValueError(msg)
        table[key] = value
    return table


def _no_constant(word: str) -> NoReturn:
    msg = f"{word} is not a value"
    raise ValueError(msg)


def _yaml(path: Path, text: str) -> Any:  # noqa: ANN401 - any YAML value
    """Parse YAML; ISO dates become dates."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _refuse(path, f"line {line}: {error.problem}", "correct the YAML there")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        _refuse(path, f"is not YAML: {' '.join(str(error).split())}", "correct the YAML")


def _refuse(path: Path, reason: str, hint: str) -> NoReturn:
    raise BadInput(f"{path.name}: {reason}", hint=hint) from None
