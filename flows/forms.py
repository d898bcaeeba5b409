"""The forms that people fill in: what the UI asks, in which order, with which example.

A form only collects; what is right is decided behind it, in one place for all doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.rulebook import Kind


def ask(position: int, description: str, default: Any = ..., **more: Any) -> Any:  # noqa: ANN401 - as Field
    """Describe one field; without a position the UI shows fields in an order of its own."""
    return Field(
        default, description=description, json_schema_extra={"position": position}, **more
    )


class Form(BaseModel):
    """A group of fields; each has its own name as title, also where the UI would name its type."""

    model_config = ConfigDict(
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize()
    )


class Language(StrEnum):
    """The languages that notices are written in."""

    NL = "nl"
    FR = "fr"
    EN = "en"


class ContactForm(Form):
    """The person to write to."""

    name: str = ask(0, "Whom to greet", examples=["Jo Maes"])
    email: str = ask(1, "Where notices go", examples=["jo@acme.example"])
    language: Language = ask(2, "Language of the notices", Language.NL)
    channels: list[str] = ask(3, "Further Apprise addresses, such as a Slack webhook", [])


class FurtherContactForm(ContactForm):
    """Another person of the provider, for when the first cannot be reached."""

    role: Literal["general", "audit", "finance"] = ask(4, "What this person is for", "general")


class ServicesForm(Form):
    """The services asked for, each with its themes; at least one theme in all."""

    training: list[str] = ask(0, "Themes of training (opleiding)", [], examples=[["innovatie"]])
    advice: list[str] = ask(1, "Themes of advice (advies)", [], examples=[["cybersecurity"]])


class ExemptionForm(Form):
    """The certificate behind an audit with exemption; leave empty for other kinds."""

    scheme: Literal["", "iso9001", "qfor"] = ask(0, "Which certificate", "")
    number: str = ask(1, "Its number", "")
    valid_until: date | None = ask(2, "Its last day", None)


class ApplicationForm(Form):
    """An application, as the provider makes it."""

    name: str = ask(0, "Legal name", examples=["Acme BV"])
    enterprise_number: str = ask(1, "Ten digits; dots and BE may stay", examples=["0566.988.259"])
    iban: str = ask(2, "Bank account", examples=["BE68 5390 0754 7034"])
    bic: str = ask(3, "Only for accounts outside Belgium", "")
    establishment_units: list[str] = ask(4, "Numbers of the establishment units", [])
    services: ServicesForm = ask(5, "Services and themes", ServicesForm())
    kind: Kind = ask(6, "Audit kind; `follow_up` is opened by the calendar", Kind.BASIC)
    renews: str = ask(7, "For a renewal: the case it renews", "", examples=["2021-000042"])
    bureau: str = ask(8, "Appointed audit bureau", examples=["Vinçotte"])
    contact: ContactForm = ask(9, "Contact person")
    exemption: ExemptionForm = ask(10, "For the kind `exemption`", ExemptionForm())
    active_since: date | None = ask(11, "For a starter: start of the activity", None)
    kmop_files: int = ask(12, "KMOP files since the last audit", 0, ge=0)
    years_of_history: int = ask(13, "Years of history", 0, ge=0)
    sites: int = ask(14, "Sites", 1, ge=1)
    business_units: int = ask(15, "Business units", 1, ge=1)
    declaration_signed_on: date | None = ask(16, "Declaration on honour", None)
    knowledge_test_passed_on: date | None = ask(17, "Knowledge test", None)
    quote_accepted_on: date | None = ask(18, "Quote accepted", None)
    contacts: list[FurtherContactForm] = ask(19, "Further people, if any", [])


class MeasureForm(Form):
    """One corrective measure."""

    what: str = ask(0, "What must be put right")
    due: date | None = ask(1, "By when; empty: the latest date allowed", None)


class NumbersForm(Form):
    """The registration numbers that the authority gives."""

    training: str = ask(0, "Training", "", examples=["DV.O123456"])
    advice: str = ask(1, "Advice", "", examples=["DV.A123456"])


class Details(Form):
    """What the step is told; each step reads only its own fields and refuses the others."""

    reason: str = ask(0, "Why (no personal data: runs stay visible for 90 days)", "")
    decided_on: date | None = ask(1, "register, extend, refuse: date of the decision", None)
    numbers: NumbersForm = ask(2, "register, extend: the numbers given", NumbersForm())
    verdict: Verdict | None = ask(3, "give_verdict: the committee's word", None)
    measures: list[MeasureForm] = ask(4, "give_verdict: measures of a corrective verdict", [])
    visit_on: date | None = ask(5, "plan_visit: day of the visit", None)
    auditor: str = ask(6, "plan_visit, start_visit: the auditor's user name", "")
    scores: str = ask(7, "close_visit: `all T`, or `all T except {E1: GT}`", "")
    report_approved_on: date | None = ask(8, "close_visit: approved by the provider", None)
    hours: float | None = ask(9, "finish_report: hours spent", None, ge=0)
    report: str = ask(10, "finish_report: reference of the report", "", examples=["R-2026-001"])
    answers: list[str] = ask(11, "submit_evidence: one answer per measure, in their order", [])
    declaration_signed_on: date | None = ask(12, "confirm_prepared: declaration", None)
    knowledge_test_passed_on: date | None = ask(13, "confirm_prepared: knowledge test", None)
    quote_accepted_on: date | None = ask(14, "confirm_prepared, change_kind: quote", None)
    kind: Kind | None = ask(15, "change_kind: the new kind", None)
    exemption: ExemptionForm = ask(16, "confirm_prepared, change_kind", ExemptionForm())
    active_since: date | None = ask(17, "change_kind to starter: start of the activity", None)
    bureau: str = ask(18, "confirm_prepared: another bureau", "")
    review_on: date | None = ask(19, "suspend: when to look again", None)
    heard_on: date | None = ask(20, "revoke: when the provider was heard", None)
    lodged_on: date | None = ask(21, "uphold_appeal: when it was lodged", None)


def filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was filled in: a form sends its empty fields too, and empty is not a value."""
    pruned = {
        key: filled(value) if isinstance(value, Mapping) else value for key, value in raw.items()
    }
    return {key: value for key, value in pruned.items() if value not in (None, "", [], {})}
