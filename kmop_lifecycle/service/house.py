"""What every use case is handed: the wired house."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.ports import Clock, Notifier, OpenUnitOfWork, Postbook, Renderer


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken on at once; the settings say how much in a real house."""

    sweep_chunk: int = 1_000  # cases per transaction: how long others wait for SQLite's write lock
    parts: int = 1  # of one sweep, side by side, where the store has many writers
    part_cases: int = 50_000  # due in each of them at least
    deliveries: int = 10**9  # notices in one round
    senders: int = 1  # at once; each has one message in hand that a kill would leave in doubt
    lease: timedelta = timedelta(minutes=10)  # then another sender may have what this one took
    per_address: int = 10**9  # messages to one address on one day
    usual_cases: int = 10**9  # a sweep that would touch more than this many cases
    usual_percent: int = 100  # and more than this share of all cases stops and asks
    usual_days: int = 10**9  # so does one that comes so many days after the last


@dataclass(frozen=True, slots=True)
class House:
    """Store, rules, clock and the way out, put together by `bootstrap`."""

    store: OpenUnitOfWork
    rules: RuleBook
    clock: Clock
    notifier: Notifier
    renderer: Renderer
    postbook: Postbook
    limits: Limits = field(default_factory=Limits)
