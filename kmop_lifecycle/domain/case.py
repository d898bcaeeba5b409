"""What a case is: frozen values, no behaviour beyond reading themselves.

Names, addresses and bank data are not here: they live in a `Party`, apart from the history, so
that they can be erased without breaking any proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from kmop_lifecycle.domain.lifecycle import REGISTERED, Role, State, Trigger
from kmop_lifecycle.domain.parts import (
    SYSTEM,
    Actor,
    Audit,
    Exemption,
    Measure,
    Pause,
    Registration,
    Rejection,
    Successor,
    Suspension,
)
from kmop_lifecycle.domain.rulebook import Kind, Service

__all__ = [
    "SYSTEM", "Actor", "Audit", "Case", "Change", "Concern", "Contact", "Due", "Event",
    "Exemption", "Measure", "Neighbour", "Notice", "Party", "Pause", "Registration", "Rejection",
    "Successor", "Suspension",
]  # fmt: skip


@dataclass(frozen=True)  # without slots: see `changed`
class Case:
    """One audit cycle of one provider and the registration that comes of it."""

    number: str
    enterprise: str  # ten digits
    kind: Kind
    services: Mapping[Service, tuple[str, ...]]  # service → themes
    bureau: str
    applied_on: date
    rules_on: date  # the rule book's date that this case keeps
    state: State
    version: int  # number of history rows
    last_on: date  # effective date of the latest event
    first_time: bool = True
    active_since: date | None = None
    kmop_files: int = 0
    years_of_history: int = 0
    sites: int = 1
    business_units: int = 1
    channels: int = 0  # how many further channels the provider's contact chose beside e-mail
    declaration_signed_on: date | None = None
    knowledge_test_passed_on: date | None = None
    quote_accepted_on: date | None = None
    exemption: Exemption | None = None
    pauses: tuple[Pause, ...] = ()
    waived: bool = False
    audits: tuple[Audit, ...] = (Audit(),)
    registration: Registration | None = None
    suspension: Suspension | None = None
    rejection: Rejection | None = None
    audit_requested_on: date | None = None
    ended_on: date | None = None
    renews: str | None = None
    adopted: bool = False
    involved: frozenset[str] = frozenset()  # names of everybody who acted
    provider_side: frozenset[str] = frozenset()  # those who acted as provider
    successor: Successor | None = None

    @property
    def audit(self) -> Audit:
        """The audit under way: the last one."""
        return self.audits[-1]

    @property
    def paused(self) -> bool:
        """Whether a pause is open."""
        return bool(self.pauses) and self.pauses[-1].until is None

    def paused_days(self, today: date) -> int:
        """Return all paused days up to today."""
        return sum(pause.days(today) for pause in self.pauses)

    @property
    def starter_running(self) -> bool:
        """Whether this is a starter's first registration, not yet extended."""
        return self.registration is not None and self.registration.two_year_on is not None

    def registered(self, day: date) -> bool:
        """Whether the provider may claim the label on this day."""
        held = self.registration
        return (
            self.state in REGISTERED
            and held is not None
            and held.valid_from <= day <= held.valid_until
        )


class Concern(StrEnum):
    """What a person is there for."""

    GENERAL = "general"
    AUDIT = "audit"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person to write to."""

    name: str = ""
    email: str = ""
    language: str = "nl"
    channels: tuple[str, ...] = ()  # further Apprise addresses; "" where one was taken away
    role: Concern = Concern.GENERAL
    muted: tuple[str, ...] = ()  # ladders this person does not want


@dataclass(frozen=True, slots=True)
class Party:
    """The personal side of a provider: erased or changed without touching the history."""

    enterprise: str
    name: str
    iban: str = ""
    bic: str = ""
    establishment_units: tuple[str, ...] = ()
    contact: Contact = field(default_factory=Contact)
    contacts: tuple[Contact, ...] = ()  # further people, beside the main one


@dataclass(frozen=True, slots=True)
class Event:
    """One history row: what happened, as data; `facts` are JSON values."""

    case: str
    seq: int
    trigger: Trigger
    source: State | None
    to: State
    by: Actor
    on: date  # effective date
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    rules: str = ""  # fingerprint of the rule book that judged it


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one role, due from `due_on` on; a row long before it is a mail.

    Unique on (case, ladder, anchor, anchor_on, rung, role, channel).
    """

    case: str
    ladder: str
    anchor: str
    anchor_on: date
    rung: str
    role: Role
    recipient: str  # `provider`, `bureau:DNV`, `auditor:an`, `authority`: never an address
    channel: str  # `email`, or `channel:N`, the provider's N-th further channel
    due_on: date
    moot: bool = False  # recorded, never sent: a newer rung took its place

    @property
    def key(self) -> tuple[str, str, str, str, str, str, str]:
        """What makes it unique."""
        day = self.anchor_on.isoformat()
        return (
            self.case, self.ladder, self.anchor, day, self.rung, self.recipient, self.channel,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Due:
    """The next date on which a case wants to be looked at, and for what."""

    kind: str  # a clock trigger, or `ladder:anchor`
    on: date


@dataclass(frozen=True, slots=True)
class Change:
    """What one decision writes, in one transaction."""

    before: Case | None
    after: Case
    event: Event
    notices: tuple[Notice, ...] = ()
    party: Party | None = None  # set when a case opens


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another case of the same enterprise, as far as a new application must know it."""

    number: str
    kind: Kind
    services: frozenset[Service]
    state: State
    renews: str | None = None
    renewed_by: str | None = None
    registration: Registration | None = None
    ended_on: date | None = None

    @classmethod
    def of(cls, case: Case) -> Neighbour:
        """Return what others of the enterprise must know of a case."""
        return cls(
            number=case.number,
            kind=case.kind,
            services=frozenset(case.services),
            state=case.state,
            renews=case.renews,
            renewed_by=case.successor.number if case.successor else None,
            registration=case.registration,
            ended_on=case.ended_on,
        )
