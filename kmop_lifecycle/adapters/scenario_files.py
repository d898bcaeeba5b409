"""Read scenario files (specification §7); what is wrong is named with its line."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from kmop_lifecycle.adapters.documents import whole_number
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.commands import SHAPES, Reason
from kmop_lifecycle.domain.decide import OPENING, trigger_named
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.inputs import UnknownField, read
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.scenario import Scenario, ScenarioCheck, ScenarioStep

_TOP = {"scenario", "steps", "checks"}
_STEP = {"on", "do", "case", "by", "data", "key", "refused", "warnings"}
_LISTS = {"overdue", "window", "lead", "sent", "sent_bureau", "sent_authority"}
_CHECKED = _LISTS | {
    "state", "registered", "valid_from", "valid_until", "kind", "hours", "price_excl",
    "price_incl", "measures_due", "paused_days",
}  # fmt: skip
_LARGEST = 5_000_000  # bytes
_MOST = 1_000_000  # values of a file, references followed
_LINE = "__line__"


class _Loader(yaml.SafeLoader):
    """A safe loader whose tables remember their line and refuse a key given twice."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            _unfolded(node, {})
        return node


def _unfolded(node: yaml.Node, sizes: dict[yaml.Node, int]) -> int:
    """Count values with references followed: a few references to references never end."""
    if node in sizes:
        if not sizes[node]:
            raise yaml.MarkedYAMLError(problem="it holds itself", problem_mark=node.start_mark)
        return sizes[node]
    sizes[node] = 0  # not finished
    size = 1
    if isinstance(node, yaml.SequenceNode):
        size += sum(_unfolded(item, sizes) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        size += sum(_unfolded(item, sizes) for pair in node.value for item in pair)
    if size > _MOST:
        problem = f"references unfold to more than {_MOST} values"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
    sizes[node] = size
    return size


def _table(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    own = [key.value for key, _ in node.value if key.value != "<<"]
    for key_node, _ in node.value:
        if key_node.value != "<<" and own.count(key_node.value) > 1:
            raise BadInput(f"line {_line(key_node)}: {key_node.value!r} is given twice")
    loader.flatten_mapping(node)
    table: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool | date | None):
            raise BadInput(f"line {_line(key_node)}: a list cannot be a field's name")
        table[key] = loader.construct_object(value_node, deep=True)
    table[_LINE] = _line(node)
    return table


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


# YAML 1.1 reads `on`, `no` and `yes` as truth values; a scenario's `on:` is a word.
_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != _BOOL]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _table)
_Loader.add_constructor("tag:yaml.org,2002:int", whole_number)


def load_scenario(path: Path) -> Scenario:
    """Return a scenario file's steps and checks; `BadInput` names file, line and reason."""
    try:
        return _scenario(_document(path))
    except BadInput as wrong:
        raise BadInput(f"{path.name}, {wrong}", hint=wrong.hint) from None


def _document(path: Path) -> dict[Any, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput(f"line 1: the file is larger than {_LARGEST} bytes")
        text = path.read_text(encoding="utf-8-sig")
        document = yaml.load(text, _Loader)  # noqa: S506  # derived from the safe loader
    except OSError as error:
        raise BadInput(f"line 1: cannot be read: {error.strerror}", hint=str(path)) from None
    except UnicodeDecodeError:
        raise BadInput("line 1: is not UTF-8 text", hint="save it as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"line {line}: {error.problem}", hint="see a YAML reference") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput(f"line 1: is not YAML: {type(error).__name__}") from None
    if not isinstance(document, dict):
        raise BadInput("line 1: is not a scenario", hint="begin with scenario:, steps:, checks:")
    return document


def _scenario(document: dict[Any, Any]) -> Scenario:
    _known(document, _TOP)
    steps, checks = (_rows(document, name) for name in ("steps", "checks"))
    return Scenario(
        name=str(document.get("scenario", "")),
        steps=tuple(sorted((_step(row) for row in steps), key=lambda step: step.on)),
        checks=tuple(sorted((_check(row) for row in checks), key=lambda check: check.on)),
    )


def _rows(document: dict[Any, Any], name: str) -> list[dict[Any, Any]]:
    rows = document.get(name) or []
    if not isinstance(rows, list):
        raise BadInput(f"line {document[_LINE]}: {name} is not a list")
    for row in rows:
        if not isinstance(row, dict):
            raise BadInput(
                f"line {document[_LINE]}: {name} has an item that is not a table: {row!r}"
            )
    return rows


def _known(row: dict[Any, Any], names: set[str]) -> None:
    for key in row:
        if key != _LINE and key not in names:
            raise BadInput(
                f"line {row[_LINE]}: {key!r} is not a field here",
                hint=f"known: {', '.join(sorted(names))}",
            )


def _day(row: dict[Any, Any]) -> date:
    day = row.get("on")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise BadInput(f"line {row[_LINE]}: on: {day!r} is not a date", hint="such as 2026-01-05")
    return day


def _clean(value: Any) -> Any:  # noqa: ANN401  # any YAML value
    """Drop the line marks inside data."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if key != _LINE}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _word(row: dict[Any, Any], name: str, *, needed: bool = True) -> str:
    value = row.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value):
        raise BadInput(f"line {row[_LINE]}: {name}: {value!r} is not a word")
    return str(value)


def _step(row: dict[Any, Any]) -> ScenarioStep:
    _known(row, _STEP)
    line, warnings = row[_LINE], row.get("warnings")
    if warnings is not None and not isinstance(warnings, list):
        raise BadInput(f"line {line}: warnings: {warnings!r} is not a list of codes")
    data = row.get("data")
    if data is not None and not isinstance(data, dict):
        raise BadInput(f"line {line}: data: {data!r} is not a table")
    try:
        trigger, actor = trigger_named(_word(row, "do")), Actor.parse(_word(row, "by"))
        _readable(trigger, _clean(data or {}))
    except BadInput as wrong:
        text = str(wrong) if str(wrong).startswith("line ") else f"line {line}: {wrong}"
        raise BadInput(text, hint=wrong.hint) from None
    return ScenarioStep(
        line=line,
        on=_day(row),
        do=trigger,
        case=_word(row, "case"),
        by=actor,
        data=_clean(data or {}),
        key=_word(row, "key", needed=False),
        refused=_word(row, "refused", needed=False),
        warnings=None if warnings is None else tuple(map(str, warnings)),
    )


def _readable(trigger: Trigger, data: dict[str, Any]) -> None:
    """Refuse data that no day could make right; an application's values are judged on its day."""
    try:
        read(SHAPES.get(trigger, Reason), data)
    except UnknownField:
        raise
    except BadInput:
        if trigger not in OPENING:
            raise


def _expected(row: dict[Any, Any], name: str) -> Any:  # noqa: ANN401  # as the check says
    value = row[name]
    if name in _LISTS and not isinstance(value, list):
        raise BadInput(f"line {row[_LINE]}: {name}: {value!r} is not a list")
    if isinstance(value, list):
        return [item.isoformat() if isinstance(item, date) else item for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _check(row: dict[Any, Any]) -> ScenarioCheck:
    _known(row, _CHECKED | {"on", "case"})
    expected = {name: _expected(row, name) for name in row if name in _CHECKED}
    return ScenarioCheck(row[_LINE], _day(row), _word(row, "case"), expected)
