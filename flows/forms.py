"""The forms that people fill in: what the UI asks, in which order, with which example.

A form only collects; what is right is decided behind it, in one place for all doors. So the words
for a field go to the browser as JSON schema, and nothing here checks a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import MISSING, BaseModel, ConfigDict, Field, WithJsonSchema

from flows import choices
from kmop_lifecycle.domain.rulebook import Kind, Service

# What may stay empty is MISSING: the browser then sends nothing at all. An empty text would be
# refused as no date; `date | None` would be drawn as a switch in front of the picker.
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
KINDS = [kind.value for kind in Kind if kind is not Kind.FOLLOW_UP]  # the calendar opens that one
Letter = Literal["T sufficient", "V complete", "G partial", "B limited"]
T, _, G, _ = get_args(Letter)


def ask(position: int, description: str, default: Any = ..., **schema: Any) -> Any:  # noqa: ANN401 - as Field
    """Describe one field; without a position the UI shows fields in an order of its own."""
    extra = {**schema, "position": position}
    return Field(default, description=description, json_schema_extra=extra)


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

    training: list[str] = ask(
        0, "Themes of training (opleiding)", [], **choices.themes(Service.TRAINING)
    )
    advice: list[str] = ask(1, "Themes of advice (advies)", [], **choices.themes(Service.ADVICE))


class OldServicesForm(Form):
    """The services of a registration of before this system, with its themes as they were."""

    training: list[str] = ask(0, "Themes of training (opleiding)", [])
    advice: list[str] = ask(1, "Themes of advice (advies)", [])


class ExemptionForm(Form):
    """The certificate behind an audit with exemption; leave empty for other kinds."""

    scheme: Literal["", "iso9001", "qfor"] = ask(0, "Which certificate", "")
    number: str = ask(1, "Its number", "")
    valid_until: Day = ask(2, "Its last day", MISSING)


class NumbersForm(Form):
    """The registration numbers that the authority gives."""

    training: str = ask(0, "Training", "", examples=["DV.O123456"])
    advice: str = ask(1, "Advice", "", examples=["DV.A123456"])


class MeasureForm(Form):
    """One corrective measure."""

    what: str = ask(0, "What must be put right")
    due: Day = ask(1, "By when; empty: the latest date allowed", MISSING)


class ScoreForm(Form):
    """One indicator that scores otherwise than the rest."""

    indicator: str = ask(0, "Which indicator", **choices.indicator())
    conformity: Letter = ask(1, "Conformity (overeenstemming)", G)
    evidence: Letter = ask(2, "Evidence (aantoonbaarheid)", T)


class ScoresForm(Form):
    """Both scores of every applicable indicator."""

    every_indicator: Letter = ask(0, "The score of all applicable indicators", T)
    other_than: list[ScoreForm] = ask(1, "Indicators that score otherwise", [])

    @staticmethod
    def read(raw: Mapping[str, Any]) -> str:
        """Write what was chosen as a scenario does: `all T except {E1: GT}`."""
        whole = f"all {str(raw.get('every_indicator', T))[:1]}"
        others = ", ".join(map(ScoresForm._other, raw.get("other_than", ())))
        return f"{whole} except {{{others}}}" if others else whole

    @staticmethod
    def _other(one: Mapping[str, Any]) -> str:
        code = str(one.get("indicator", "")).partition(" ")[0]
        return f"{code}: {str(one.get('conformity', G))[:1]}{str(one.get('evidence', T))[:1]}"


class ApplicationForm(Form):
    """An application, as the provider makes it."""

    name: str = ask(0, "Legal name", examples=["Acme BV"])
    enterprise_number: str = ask(1, "Ten digits; dots and BE may stay", examples=["0566.988.259"])
    iban: str = ask(2, "Bank account", examples=["BE68 5390 0754 7034"])
    bic: str = ask(3, "Only for accounts outside Belgium", "")
    establishment_units: list[str] = ask(4, "Numbers of the establishment units", [])
    services: ServicesForm = ask(5, "Services and themes", ServicesForm())
    kind: str = ask(6, "Audit kind", Kind.BASIC.value, enum=KINDS)
    renews: str = ask(7, "For a renewal: the case it renews", "", examples=["2021-000042"])
    bureau: str = ask(8, "Appointed audit bureau", **choices.bureau())
    contact: ContactForm = ask(9, "Contact person")
    exemption: ExemptionForm = ask(10, "For the kind `exemption`", ExemptionForm())
    active_since: Day = ask(11, "For a starter: start of the activity", MISSING)
    kmop_files: int = ask(12, "KMOP files since the last audit", 0, minimum=0)
    years_of_history: int = ask(13, "Years of history", 0, minimum=0)
    sites: int = ask(14, "Sites", 1, minimum=1)
    business_units: int = ask(15, "Business units", 1, minimum=1)
    declaration_signed_on: Day = ask(16, "Declaration on honour", MISSING)
    knowledge_test_passed_on: Day = ask(17, "Knowledge test", MISSING)
    quote_accepted_on: Day = ask(18, "Quote accepted", MISSING)
    contacts: list[FurtherContactForm] = ask(19, "Further people, if any", [])


class AdoptionForm(ApplicationForm):
    """A registration that began before this system, as its letter says."""

    services: OldServicesForm = ask(5, "Services and themes", OldServicesForm())  # type: ignore[assignment] # as free as then
    bureau: str = ask(8, "Audit bureau of that time")
    valid_from: Day = ask(20, "First day of the validity")
    valid_until: Day = ask(21, "Last day of the validity")
    numbers: NumbersForm = ask(22, "The numbers given", NumbersForm())


def filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was filled in: a form sends its empty fields too, and empty is not a value."""
    pruned = {key: _pruned(value) for key, value in raw.items()}
    return {key: value for key, value in pruned.items() if value not in (None, "", [], {})}


def _pruned(value: object) -> object:
    if isinstance(value, Mapping):
        return filled(value)
    return [_pruned(one) for one in value] if isinstance(value, list) else value
