"""What every use case is handed: the wired house."""

from __future__ import annotations

from dataclasses import dataclass

from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.ports import Clock, Notifier, OpenUnitOfWork, Postbook, Renderer


@dataclass(frozen=True, slots=True)
class House:
    """Store, rules, clock and the way out, put together by `bootstrap`."""

    store: OpenUnitOfWork
    rules: RuleBook
    clock: Clock
    notifier: Notifier
    renderer: Renderer
    postbook: Postbook
