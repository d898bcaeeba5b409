"""What of the rule book is on record, so that nobody changes a rule that running cases keep.

A version that is in force never changes and none is slipped in before today; a version to come may
still be corrected. Lists of people and meetings, addresses and wordings judge no case: they may
change at any time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.rulebook import Rule, RuleBook, Version

GONE = "gone"  # what stands on record of a version taken out with a reason
_FREE_RULES = frozenset({"auditors", "sessions"})
_FREE_FIELDS: Mapping[str, frozenset[str]] = {
    "bureaus": frozenset({"email"}),
    "norm": frozenset({"name", "requirements"}),
}


def _without(value: Any, names: frozenset[str]) -> Any:  # noqa: ANN401  # JSON values
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    return [_without(item, names) for item in value] if isinstance(value, list) else value


def _versions(book: RuleBook) -> Iterator[Version[Any]]:
    for field in fields(book):
        rule = getattr(book, field.name)
        if isinstance(rule, Rule) and field.name not in _FREE_RULES:
            yield from rule.versions


def _key(version: Version[Any]) -> str:
    return f"{version.rule}@{version.start}"


def digests(book: RuleBook) -> dict[str, str]:
    """Return a digest of what each version says, by `rule@from-date`."""
    found = {}
    for version in _versions(book):
        said = _without(plain(version.value), _FREE_FIELDS.get(version.rule, frozenset()))
        text = json.dumps(said, sort_keys=True, default=str)
        found[_key(version)] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found


def changed(book: RuleBook, kept: Mapping[str, str], today: date) -> list[str]:
    """Return what differs from the record among the versions in force: `rule@from-date` each."""
    now = digests(book)
    begun = {key for key in {*now, *kept} if date.fromisoformat(key.partition("@")[2]) <= today}
    recorded = {key.partition("@")[0] for key in kept}
    return sorted(
        key
        for key in begun
        if key.partition("@")[0] in recorded and now.get(key, GONE) != kept.get(key)
    )
