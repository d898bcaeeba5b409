"""Reads the rule book from its TOML files and refuses whatever it could not stand by later."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kmop_lifecycle.adapters.rulebook_checks import impossible
from kmop_lifecycle.adapters.rulebook_forms import FORMS
from kmop_lifecycle.adapters.rulebook_words import Form
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.domain.rulebook import Rule, RuleBook, Version

EARLIEST = date(2000, 1, 1)  # older than any case, so that `Rule.on` always finds a version


@dataclass(slots=True)
class _Reading:
    """What was read so far, and everything that is wrong with it."""

    raw: dict[str, Any] = field(default_factory=dict)  # rule → its versions as written
    files: dict[str, str] = field(default_factory=dict)  # rule → the file it stands in
    rules: dict[str, Rule[Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def load_rulebook(folder: Path) -> RuleBook:
    """Return the rule book of a folder, or say in one line what is wrong with it."""
    reading = _read(folder)
    if reading.problems:
        first, more = reading.problems[0], len(reading.problems) - 1
        count = f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""
        raise ConfigurationError(
            f"rule book: {first}{count}", hint=f"correct the file in {folder}, then try again"
        )
    canonical = json.dumps(reading.raw, sort_keys=True, default=str, ensure_ascii=False)
    fingerprint = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    return _book(reading, fingerprint)


def problems(folder: Path) -> list[str]:
    """Return everything that is wrong with the rule book of a folder, one line each."""
    return _read(folder).problems


def _read(folder: Path) -> _Reading:
    """Read all files, then check rule by rule, then the rules against each other."""
    reading = _Reading()
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        reading.problems.append(f"{folder} holds no *.toml file: give the folder of the rule book")
        return reading
    for path in paths:
        _read_file(path, reading)
    for name, raw in reading.raw.items():
        _read_rule(name, raw, reading)
    if not reading.problems:
        absent = (name for name in FORMS if name not in reading.raw)
        reading.problems += [f"rule {name} is missing: write [[{name}]]" for name in absent]
    if not reading.problems:
        reading.problems += impossible(_book(reading), reading.files)
    return reading


def _book(reading: _Reading, fingerprint: str = "") -> RuleBook:
    """Bind the rules; `FORMS` has one for every field."""
    rules: dict[str, Any] = dict(reading.rules)
    return RuleBook(**rules, fingerprint=fingerprint)


def _read_file(path: Path, reading: _Reading) -> None:
    """Take over the rules of one file."""
    try:
        text = path.read_bytes().decode("utf-8")
        if text.startswith("\ufeff"):
            reading.problems.append(
                f"{path.name}: begins with a BOM: save it as UTF-8 without BOM"
            )
            return
        tables = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError as error:
        reading.problems.append(f"{path.name}: byte {error.start} is not UTF-8: save it as UTF-8")
        return
    except tomllib.TOMLDecodeError as error:
        reading.problems.append(f"{path.name}: not valid TOML: {_line(error)}")
        return
    except OSError as error:
        reading.problems.append(f"{path.name}: cannot be read: {error.strerror}")
        return
    for name, raw in tables.items():
        if name not in FORMS:
            reading.problems.append(
                f"{path.name}: rule {name!r} is unknown: write one of {', '.join(FORMS)}"
            )
        elif name in reading.files:
            reading.problems.append(
                f"{path.name}: rule {name} stands in {reading.files[name]} too: keep one"
            )
        else:
            reading.files[name] = path.name
            reading.raw[name] = raw


def _read_rule(name: str, raw: object, reading: _Reading) -> None:
    """Check the versions of one rule, each by its form and then as a row without gap."""
    file = reading.files[name]
    if not isinstance(raw, list) or not raw or not all(isinstance(v, dict) for v in raw):
        reading.problems.append(f"{file}: {name}: not a list of versions: write [[{name}]]")
        return
    versions: list[Version[Any]] = []
    for written in raw:
        try:
            form = FORMS[name].model_validate(written)
        except ValidationError as error:
            place = f"{file}: {name} from {written.get('from', '?')}"
            reading.problems += [f"{place}: {_say(e, FORMS[name])}" for e in error.errors()]
        else:
            versions.append(Version(name, form.start, form.until, form.source, form.value()))
    if len(versions) == len(raw):
        reading.problems += [f"{file}: {name}: {gap}" for gap in _breaks(versions)]
        reading.rules[name] = Rule(name, tuple(versions))


def _breaks(versions: Sequence[Version[Any]]) -> Iterator[str]:
    """Name every place where the versions do not follow each other day by day."""
    if versions[0].start > EARLIEST:
        yield (
            f"from = {versions[0].start}: nothing holds before it: "
            f"begin the first version at {EARLIEST}"
        )
    for version in versions:
        if version.until is not None and version.until < version.start:
            yield f"until = {version.until}: lies before from = {version.start}: swap them"
    for older, newer in pairwise(versions):
        yield from _seam(older, newer)
    if (end := versions[-1].until) is not None:
        yield f"until = {end}: nothing holds after it: leave until out or add a version"


def _seam(older: Version[Any], newer: Version[Any]) -> Iterator[str]:
    """Say why one version does not begin on the day after the other ends."""
    eve = newer.start - timedelta(days=1)
    if newer.start <= older.start:
        yield f"from = {newer.start}: stands after {older.start}: sort the versions by from"
    elif older.until is None or older.until > eve:
        yield f"from = {newer.start}: overlaps the version before: write until = {eve} there"
    elif older.until < eve:
        yield f"from = {newer.start}: leaves a gap after {older.until}: write until = {eve} there"


def _say(error: ErrorDetails, form: type[Form]) -> str:
    """Put one finding of pydantic in our words: key, value, expected form."""
    key = _key(error["loc"])
    match error["type"]:
        case "missing":
            return f"{key} is missing: {_line(error['msg'])}"
        case "extra_forbidden":
            known = ", ".join(f.alias or name for name, f in form.model_fields.items())
            return f"{key} is unknown" + ("" if len(error["loc"]) > 1 else f": write {known}")
    reason = _line(error["msg"].removeprefix("Value error, "))
    if not error["loc"]:
        return reason
    return f"{key} = {_short(error['input'])}: {reason}"


def _key(loc: tuple[int | str, ...]) -> str:
    """Write where it stands: `ladder 3 rungs 1`, counting from one."""
    words = (str(part + 1) if isinstance(part, int) else part for part in loc)
    return " ".join(word for word in words if word != "[key]")


def _short(value: object) -> str:
    """Show a value in one line."""
    text = str(value) if isinstance(value, int | Decimal | date) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - what fits a line


def _line(message: object) -> str:
    """Fold a message into one line."""
    return " ".join(str(message).split())
