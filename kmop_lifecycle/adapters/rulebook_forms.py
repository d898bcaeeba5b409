"""The written form of every rule: which keys a version has and what each may hold.

`FORMS` holds one form per rule name; `value` turns a well-formed version into the domain's record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kmop_lifecycle.adapters.rulebook_ladders import LaddersForm
from kmop_lifecycle.adapters.rulebook_norm import NormForm
from kmop_lifecycle.adapters.rulebook_words import (
    Count,
    EnterpriseNumber,
    Form,
    Length,
    MayBeEmail,
    Part,
    Percent,
    Text,
    ThemeList,
    no_twins,
)
from kmop_lifecycle.domain.rulebook import (
    Auditor,
    Bureau,
    FilesStep,
    Hours,
    Kind,
    Mode,
    Rate,
    Service,
    Session,
    Starter,
    Term,
    Themes,
    Window,
)

ModeWord = Annotated[Mode, Field(strict=False)]
KindWord = Annotated[Kind, Field(strict=False)]
ServiceWord = Annotated[Service, Field(strict=False)]
SOME_DAY = date(2024, 3, 1)  # lengths in different units are compared by where they end


class WindowForm(Form):
    min: Length
    max: Length
    min_mode: ModeWord
    max_mode: ModeWord

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min.after(SOME_DAY) > self.max.after(SOME_DAY):
            msg = f"min {self.min} is longer than max {self.max}: swap or correct them"
            raise ValueError(msg)
        return self

    def value(self) -> Window:
        return Window(self.min, self.max, self.min_mode, self.max_mode)


class TermForm(Form):
    length: Length
    mode: ModeWord

    def value(self) -> Term:
        return Term(self.length, self.mode)


class EndForm(Form):
    """A length that counts as it stands: no mode can soften it."""

    length: Length
    mode: Literal["block"]

    def value(self) -> Term:
        return Term(self.length)


class StarterForm(Form):
    active_less_than: Length
    files_less_than: Count

    def value(self) -> Starter:
        return Starter(self.active_less_than, self.files_less_than)


class RateForm(Form):
    cents: int = Field(gt=0)
    vat_percent: Percent
    bureaus: dict[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)

    def value(self) -> Rate:
        return Rate(self.cents, self.vat_percent, self.bureaus)


class FilesPart(Part):
    above: int = Field(ge=0)
    hours: Count


class HoursForm(Form):
    base: dict[KindWord, Annotated[int, Field(gt=0, le=1000)]]
    second_service: Count
    extra_site: Count
    extra_business_unit: Count
    files: list[FilesPart]
    onsite_percent: int = Field(ge=0, le=100)

    @model_validator(mode="after")
    def _whole_grid(self) -> Self:
        if absent := [kind.value for kind in Kind if kind not in self.base]:
            msg = f"base lacks the kinds {', '.join(absent)}: write hours for every kind"
            raise ValueError(msg)
        steps = [step.above for step in self.files]
        if steps != sorted(set(steps)):
            msg = f"files steps {steps} do not rise: write each `above` greater than the last"
            raise ValueError(msg)
        return self

    def value(self) -> Hours:
        return Hours(
            base=self.base,
            second_service=self.second_service,
            extra_site=self.extra_site,
            extra_business_unit=self.extra_business_unit,
            files=tuple(FilesStep(step.above, step.hours) for step in self.files),
            onsite_percent=self.onsite_percent,
        )


class BureauPart(Part):
    name: Text
    formerly: list[Text] = Field(default_factory=list)
    email: MayBeEmail = ""
    enterprise_number: EnterpriseNumber = ""


class BureausForm(Form):
    bureau: list[BureauPart]

    @model_validator(mode="after")
    def _one_house_per_name(self) -> Self:
        no_twins([name for house in self.bureau for name in (house.name, *house.formerly)])
        return self

    def value(self) -> tuple[Bureau, ...]:
        return tuple(
            Bureau(b.name, tuple(b.formerly), b.email, b.enterprise_number) for b in self.bureau
        )


class AuditorPart(Part):
    name: Text
    services: list[ServiceWord] = Field(min_length=1)
    until: date | None = None
    conflicts: list[EnterpriseNumber] = Field(default_factory=list)
    email: MayBeEmail = ""


class AuditorsForm(Form):
    auditor: list[AuditorPart]

    @model_validator(mode="after")
    def _one_person_per_name(self) -> Self:
        no_twins([auditor.name for auditor in self.auditor])
        return self

    def value(self) -> tuple[Auditor, ...]:
        return tuple(
            Auditor(a.name, frozenset(a.services), a.until, frozenset(a.conflicts), a.email)
            for a in self.auditor
        )


class ThemesForm(Form):
    training: ThemeList
    advice: ThemeList
    part_of: dict[str, str] = Field(default_factory=dict)
    announced: list[ServiceWord] = Field(default_factory=list)

    @model_validator(mode="after")
    def _parts_have_a_whole(self) -> Self:
        known = (self.training or frozenset()) | (self.advice or frozenset())
        for part, whole in self.part_of.items():
            if whole not in known:
                msg = f"part_of says {part!r} belongs to {whole!r}, which no service lists"
                raise ValueError(msg)
        return self

    def value(self) -> Themes:
        lists = {Service.TRAINING: self.training, Service.ADVICE: self.advice}
        return Themes(lists, self.part_of, frozenset(self.announced))


class SessionPart(Part):
    on: date
    place: Text
    organiser: Text
    link: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""


class SessionsForm(Form):
    session: list[SessionPart]

    def value(self) -> tuple[Session, ...]:
        listed = (Session(s.on, s.place, s.organiser, s.link) for s in self.session)
        return tuple(sorted(listed, key=lambda session: session.on))


FORMS: Mapping[str, type[Form]] = {
    "waiting": WindowForm,
    "lead_time": WindowForm,
    "validity": EndForm,
    "starter_validity": EndForm,
    "follow_up_opens": EndForm,
    "declaration": TermForm,
    "lapse": TermForm,
    "corrective": TermForm,
    "condition": TermForm,
    "suspension_review": TermForm,
    "appeal_bureau": TermForm,
    "appeal_authority": TermForm,
    "starter": StarterForm,
    "rates": RateForm,
    "hours": HoursForm,
    "bureaus": BureausForm,
    "auditors": AuditorsForm,
    "themes": ThemesForm,
    "norm": NormForm,
    "ladders": LaddersForm,
    "sessions": SessionsForm,
}
