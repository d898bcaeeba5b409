"""What the drop-downs offer: the rule book's lists as the forms are registered.

A drop-down is a help, not a rule: what is right is decided behind the form. After a change of the
rule book the forms are registered anew, with the next `kmop up` or `prefect deploy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.rulebook import RuleBook, Service, Version

Schema = Mapping[str, Any]


def bureau() -> Schema:
    """Offer the bureaus that are appointed or will be."""
    rules, today = _rules()
    versions = _from_now_on(rules.bureaus.versions, today) if rules else ()
    return _one_of(bureau.name for version in versions for bureau in version.value)


def themes(service: Service) -> Schema:
    """Offer the themes that may be applied for now or later, sub-themes with them."""
    rules, today = _rules()
    names: list[str] = []
    for version in _from_now_on(rules.themes.versions, today) if rules else ():
        allowed = version.value.services.get(service) or frozenset()
        parts = version.value.part_of.items()
        names += [*sorted(allowed), *(sub for sub, whole in parts if whole in allowed)]
    return {"items": {"type": "string", **_one_of(names)}}


def indicator() -> Schema:
    """Offer the indicators of the norm by code and Dutch name."""
    rules, today = _rules()
    norm = rules.norm.on(today).value if rules else None
    return _one_of(f"{one.code} {one.name['nl']}" for one in (norm.indicators if norm else ()))


@cache
def _rules() -> tuple[RuleBook | None, date]:
    """Return the rule book; a broken one leaves free text, and the run says what is broken."""
    today = bootstrap.today()
    try:
        return bootstrap.rule_book(), today
    except LifecycleError:
        return None, today


def _from_now_on(versions: Iterable[Version[Any]], today: date) -> list[Version[Any]]:
    return [version for version in versions if version.until is None or version.until >= today]


def _one_of(names: Iterable[str]) -> Schema:
    found = list(dict.fromkeys(names))
    return {"enum": found} if found else {}
