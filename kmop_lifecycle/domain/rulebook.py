"""The rule book: every number and list of the scheme, effective-dated and with its source.

`config/rulebook/*.toml` fills it; nothing here holds a value. A case keeps the version in force on
its application date (`Case.rules_on`), so that a new rule never silently changes a running case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from kmop_lifecycle.domain.calendar import Period, Rung
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.domain.lifecycle import Role, State

V = TypeVar("V")


class Service(StrEnum):
    """What a provider may be registered for; each registration is for one."""

    TRAINING = "training"  # opleiding, numbers DV.O######
    ADVICE = "advice"  # advies, numbers DV.A######


class Kind(StrEnum):
    """The audit kinds; one per case, `follow_up` only as the starter's second audit."""

    BASIC = "basic"
    EXEMPTION = "exemption"
    STARTER = "starter"
    FOLLOW_UP = "follow_up"
    RENEWAL = "renewal"


class Mode(StrEnum):
    """What happens at a bound."""

    BLOCK = "block"  # the step is refused
    ESCALATE = "escalate"  # allowed, flagged, and the bureau is told again and again
    WARN = "warn"  # allowed and flagged
    OFF = "off"  # nothing


@dataclass(frozen=True, slots=True)
class Version(Generic[V]):
    """One version of one rule, valid from `start` to `until` inclusive."""

    rule: str
    start: date
    until: date | None
    source: str
    value: V


@dataclass(frozen=True, slots=True)
class Rule(Generic[V]):
    """All versions of one rule, oldest first, without gap or overlap."""

    name: str
    versions: tuple[Version[V], ...]

    def on(self, day: date) -> Version[V]:
        """Return the version in force on a day; a day before the first version is an error."""
        for version in reversed(self.versions):
            if version.start <= day and (version.until is None or day <= version.until):
                return version
        first = self.versions[0].start
        raise ConfigurationError(
            f"rule {self.name!r} has no version for {day}: its first begins {first}",
            hint=f"add a version of {self.name!r} to the rule book",
        )


@dataclass(frozen=True, slots=True)
class Window:
    """Two bounds counted from the application: not before, not after."""

    min: Period
    max: Period
    min_mode: Mode
    max_mode: Mode


@dataclass(frozen=True, slots=True)
class Term:
    """One length of time."""

    length: Period
    mode: Mode = Mode.BLOCK


@dataclass(frozen=True, slots=True)
class Rate:
    """Price of an audit hour in cents, excluding VAT; some bureaus have their own."""

    cents: int
    vat_percent: Decimal
    bureaus: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FilesStep:
    """From this number of KMOP files on, so many hours more."""

    above: int
    hours: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The time grid: hours by kind and size."""

    base: Mapping[Kind, int]
    second_service: int
    extra_site: int
    extra_business_unit: int
    files: tuple[FilesStep, ...]
    onsite_percent: int


@dataclass(frozen=True, slots=True)
class Bureau:
    """An appointed audit bureau; `formerly` are older names of the same house."""

    name: str
    formerly: tuple[str, ...] = ()
    email: str = ""
    enterprise_number: str = ""


@dataclass(frozen=True, slots=True)
class Auditor:
    """What is known of an auditor; who is not listed is taken on the bureau's word."""

    name: str
    services: frozenset[Service]
    until: date | None = None
    conflicts: frozenset[str] = frozenset()  # enterprise numbers
    email: str = ""


@dataclass(frozen=True, slots=True)
class Themes:
    """Which themes may be applied for; `None` means any text."""

    services: Mapping[Service, frozenset[str] | None]
    part_of: Mapping[str, str]  # sub-theme → the theme that includes it
    announced: frozenset[Service] = frozenset()  # applying earlier outside this list warns


@dataclass(frozen=True, slots=True)
class Starter:
    """Who counts as a starter: younger than, and fewer files than."""

    active_less_than: Period
    files_less_than: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of the norm; `name` by language."""

    code: str
    requirement: int
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Norm:
    """Requirements and indicators, and which a kind need not show."""

    illustrative: bool
    requirements: Mapping[str, Mapping[str, str]]
    indicators: tuple[Indicator, ...]
    exempt: Mapping[Kind, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Reminders around one anchor date."""

    name: str
    anchor: str  # one of `ladders.ANCHOR_NAMES`
    states: frozenset[State]
    rungs: tuple[Rung, ...]
    to: Mapping[Role, Rung | None]  # role → the first rung it receives; None: all
    repeat: Rung | None = None  # after the last rung, again and again at this step
    when_requested: tuple[Rung, ...] | None = None  # what is left once a decision is asked for


@dataclass(frozen=True, slots=True)
class Session:
    """An optional information session."""

    on: date
    place: str
    organiser: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules by name."""

    waiting: Rule[Window]
    lead_time: Rule[Window]
    validity: Rule[Term]
    starter_validity: Rule[Term]
    follow_up_opens: Rule[Term]
    declaration: Rule[Term]
    lapse: Rule[Term]
    corrective: Rule[Term]
    condition: Rule[Term]
    suspension_review: Rule[Term]
    appeal_bureau: Rule[Term]
    appeal_authority: Rule[Term]
    starter: Rule[Starter]
    rates: Rule[Rate]
    hours: Rule[Hours]
    bureaus: Rule[tuple[Bureau, ...]]
    auditors: Rule[tuple[Auditor, ...]]
    themes: Rule[Themes]
    norm: Rule[Norm]
    ladders: Rule[tuple[Ladder, ...]]
    sessions: Rule[tuple[Session, ...]]
    fingerprint: str = ""
