"""What people ask for: one dataclass of fields per trigger (specification §5, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kmop_lifecycle.domain.case import Contact, Exemption
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service

T = Trigger


class Verdict(StrEnum):
    """What the certification committee may say on the norm."""

    PASS = "pass"  # noqa: S105  # a verdict, no password
    CONDITIONAL = "conditional"
    CORRECTIVE = "corrective"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Reason:
    """Nothing but a reason, which some steps demand."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """A firm asks for registration of one or two services."""

    name: str = ""
    enterprise_number: str = ""
    iban: str = ""
    bic: str = ""
    establishment_units: tuple[str, ...] = ()
    services: Mapping[Service, tuple[str, ...]] = field(default_factory=dict)
    kind: Kind = Kind.BASIC
    renews: str = ""
    active_since: date | None = None
    kmop_files: int = 0
    years_of_history: int = 0
    sites: int = 1
    business_units: int = 1
    exemption: Exemption | None = None
    declaration_signed_on: date | None = None
    knowledge_test_passed_on: date | None = None
    quote_accepted_on: date | None = None
    bureau: str = ""
    contact: Contact = field(default_factory=Contact)
    contacts: tuple[Contact, ...] = ()  # further people, beside the main one


@dataclass(frozen=True, slots=True)
class Adoption(Application):
    """A registration that began before this system."""

    valid_from: date | None = None
    valid_until: date | None = None
    numbers: Mapping[Service, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Papers:
    """What must be there before an audit: declaration, knowledge test, quote, evidence."""

    declaration_signed_on: date | None = None
    knowledge_test_passed_on: date | None = None
    quote_accepted_on: date | None = None
    exemption: Exemption | None = None
    bureau: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """When the auditor comes, and who."""

    visit_on: date
    auditor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitStart:
    """Who holds the visit when it is not the one who reports it."""

    auditor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitReport:
    """The scores of part 1 and the provider's approval of the visit report."""

    scores: str | Mapping[str, str] = ""
    report_approved_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OfficeReport:
    """Part 2 is done."""

    hours: float
    report: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MeasureAsked:
    """One corrective measure; without `due` it gets the latest date allowed."""

    what: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """The committee's word."""

    verdict: Verdict
    reason: str = ""
    measures: tuple[MeasureAsked, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The authority's word; without `decided_on` it is the effective date."""

    decided_on: date | None = None
    reason: str = ""
    numbers: Mapping[Service, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer to each measure, in their order."""

    answers: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Appeal:
    """When the appeal was lodged; without it, on the effective date."""

    lodged_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Suspending:
    """Why, and when to look again: at the latest when the rule book says."""

    reason: str = ""
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Revoking:
    """Why, and when the provider was heard."""

    reason: str = ""
    heard_on: date | None = None


@dataclass(frozen=True, slots=True)
class KindChange:
    """Another audit kind, with the evidence it asks for and the new quote's acceptance."""

    kind: Kind
    exemption: Exemption | None = None
    active_since: date | None = None
    quote_accepted_on: date | None = None
    reason: str = ""


SHAPES: Mapping[Trigger, type] = {
    T.SUBMIT: Application,
    T.ADOPT: Adoption,
    T.CONFIRM_PREPARED: Papers,
    T.PLAN_VISIT: Plan,
    T.START_VISIT: VisitStart,
    T.CLOSE_VISIT: VisitReport,
    T.FINISH_REPORT: OfficeReport,
    T.GIVE_VERDICT: VerdictGiven,
    T.REGISTER: Decision,
    T.EXTEND: Decision,
    T.REFUSE: Decision,
    T.SUBMIT_EVIDENCE: Evidence,
    T.UPHOLD_APPEAL: Appeal,
    T.SUSPEND: Suspending,
    T.REVOKE: Revoking,
    T.CHANGE_KIND: KindChange,
}
"""Which fields a trigger takes; the others take a reason at most."""
