"""`kmop rules` reads the rule book aloud, and checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.adapters.rulebook_files import problems
from kmop_lifecycle.cli.options import AsJson, AsOf, By
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_fields, put_json, visible
from kmop_lifecycle.domain.calendar import Period, Rung
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import ConfigurationError, NotFound
from kmop_lifecycle.domain.rulebook import Rule, RuleBook
from kmop_lifecycle.settings import load_settings

app = new_group("Read and check the rule book.")


@app.command(epilog=example("kmop rules check"))
def check(*, as_json: AsJson = False) -> None:
    """Check the whole rule book and name everything that is wrong with it."""
    folder = load_settings().config_dir / "rulebook"
    found = problems(folder)
    if as_json:
        put_json({"ok": not found, "problems": found})
    else:
        for problem in found:
            put(visible(problem))
        put(f"{len(found)} problems" if found else "the rule book holds together")
    if found:
        raise typer.Exit(ConfigurationError.exit_code)


@app.command(epilog=example("kmop rules accept --by admin:els --reason 'a typing error'"))
def accept(
    *,
    by: By = "admin:operator",
    reason: Annotated[str, typer.Option(help="Why running cases shall follow the change.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a changed rule book on record: running cases follow the change from now on."""
    accepted = bootstrap.accept_changed_rules(Actor.parse(by), reason)
    if as_json:
        put_json({"accepted": accepted})
        return
    for key in accepted:
        put(visible(key))
    put(f"{len(accepted)} versions accepted" if accepted else "nothing was changed")


@app.command(epilog=example("kmop rules show waiting --on 2026-03-01"))
def show(
    rule: Annotated[str, typer.Argument(help="One rule [default: all].")] = "",
    *,
    on: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show which version of each rule holds on a day, with its source."""
    book = bootstrap.rule_book()
    day = on or SystemClock().today()
    shown = {name: _version(one, day) for name, one in _asked(book, rule).items()}
    if as_json:
        put_json({"on": day.isoformat(), "fingerprint": book.fingerprint, "rules": shown})
        return
    for name, version in shown.items():
        until = version["until"] or "further notice"
        put(f"{name}: from {version['from']} until {until}; {version['source']}")
        value = version["value"]
        table = value if isinstance(value, Mapping) else {"value": value}
        for key, item in table.items():
            if isinstance(item, list):
                put_fields([(f"  {key}", _line(each)) for each in item] or [(f"  {key}", "none")])
            else:
                put_fields([(f"  {key}", _line(item))])


def _asked(book: RuleBook, name: str) -> dict[str, Rule[Any]]:
    rules: dict[str, Rule[Any]] = {
        field.name: value
        for field in fields(book)
        if isinstance(value := getattr(book, field.name), Rule)
    }
    if name and name not in rules:
        raise NotFound(f"there is no rule {name[:40]!r}", hint=f"one of {', '.join(rules)}")
    return {name: rules[name]} if name else rules


def _version(rule: Rule[Any], day: date) -> dict[str, Any]:
    version = rule.on(day)
    return {
        "from": version.start.isoformat(),
        "until": version.until.isoformat() if version.until else None,
        "source": version.source,
        "value": _readable(version.value),
    }


def _readable(value: Any) -> Any:  # noqa: ANN401  # any rule's value
    """Return a value as the rule book writes it, in JSON values."""
    if isinstance(value, Period | Rung | Decimal | date | Enum):
        return str(value)
    if is_dataclass(value):
        return {field.name: _readable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _readable(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(_readable(item) for item in value)
    return [_readable(item) for item in value] if isinstance(value, tuple) else value


def _line(value: object) -> str:
    """Write a value in one line; in a table of limits, a name alone has none."""
    if isinstance(value, Mapping):
        items = value.items()
        return ", ".join(str(k) if v is None else f"{k} {_line(v)}" for k, v in items) or "none"
    if isinstance(value, list):
        return " ".join(map(_line, value)) or "none"
    return "any" if value is None else str(value)
