"""A date that can explain itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Derived:
    """One date with its derivation: start fact + rule (+ paused days) = result.

    `name` is the date's own name (`visit_from`, `valid_until`), `fact` the name of the start
    fact (`applied_on`, `valid_from`, …), `length` the rule's value as it stands in the
    rule book (`4w`), `plus_days` what the rule adds beyond it (1 for "the day after").
    """

    name: str
    on: date
    fact: str
    start: date
    rule: str
    rule_from: date
    source: str
    length: str
    plus_days: int = 0
    paused_days: int = 0
