"""What a scenario says, and what came of it (specification §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import Trigger


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One step of a scenario file; `line` is where it stands."""

    line: int
    on: date
    do: Trigger
    case: str
    by: Actor
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    refused: str = ""
    warnings: tuple[str, ...] | None = None  # None: not checked


@dataclass(frozen=True, slots=True)
class ScenarioCheck:
    """One check of a scenario file: what is expected of a case on a day."""

    line: int
    on: date
    case: str
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario file."""

    name: str
    steps: tuple[ScenarioStep, ...]
    checks: tuple[ScenarioCheck, ...]

    def days(self) -> list[date]:
        """Return the days on which something is written down, in order."""
        return sorted({s.on for s in self.steps} | {c.on for c in self.checks})


@dataclass(slots=True)
class ReplayReport:
    """What a scenario came to, in the specification's own words."""

    scenario: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)  # expectations not met, in words

    @property
    def ok(self) -> bool:
        """Whether every expectation and every check held."""
        return not self.surprises and all(check["ok"] for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values (specification §7)."""
        return {
            "scenario": self.scenario,
            "ok": self.ok,
            "steps": self.steps,
            "transitions": self.transitions,
            "notices": self.notices,
            "checks": self.checks,
        }
