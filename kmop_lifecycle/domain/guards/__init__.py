"""The conditions that the page names: each refuses with its code, warns, or lets pass.

A guard returns a warning code or None, and raises `Refused`. They are asked in the page's order;
the first that refuses gives the code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from kmop_lifecycle.domain import applying, identity
from kmop_lifecycle.domain.attempt import Attempt
from kmop_lifecycle.domain.guards import decisions, papers, scores, timing, verdicts, visits
from kmop_lifecycle.domain.lifecycle import STEPS

Guard = Callable[[Attempt], str | None]
_ROOMS: tuple[ModuleType, ...] = (
    applying, identity, papers, visits, scores, verdicts, decisions, timing,
)  # fmt: skip


def _named(name: str) -> Guard:
    """Return the one function of this name; a name the page made up fails on import."""
    found = [vars(room)[name] for room in _ROOMS if name in vars(room)]
    guard: Guard = found[0]
    return guard


GUARDS: Mapping[str, Guard] = {name: _named(name) for step in STEPS for name in step.only_if}
