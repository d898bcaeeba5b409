"""The written form of the norm: requirements, indicators and what each kind need not show."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from kmop_lifecycle.adapters.rulebook_words import Form, Part, Text, no_twins
from kmop_lifecycle.domain.rulebook import Indicator, Kind, Norm


class NamesPart(Part):
    """A name in the three languages of the notices."""

    nl: Text
    fr: Text
    en: Text

    def by_language(self) -> dict[str, str]:
        return {"nl": self.nl, "fr": self.fr, "en": self.en}


class IndicatorPart(NamesPart):
    code: Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,2}$")]
    requirement: int


class NormForm(Form):
    illustrative: bool
    requirements: dict[str, NamesPart]
    indicator: list[IndicatorPart] = Field(min_length=1)
    exempt: dict[Annotated[Kind, Field(strict=False)], list[str]]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        no_twins([indicator.code for indicator in self.indicator])
        for indicator in self.indicator:
            if str(indicator.requirement) not in self.requirements:
                msg = (
                    f"indicator {indicator.code} belongs to requirement {indicator.requirement}: "
                    f"write one of {', '.join(self.requirements)}"
                )
                raise ValueError(msg)
        if absent := [kind.value for kind in Kind if kind not in self.exempt]:
            msg = f"exempt lacks the kinds {', '.join(absent)}: write [] where nothing is exempt"
            raise ValueError(msg)
        for kind in self.exempt:
            if len(self._exempt(kind)) == len(self.indicator):
                msg = f"exempt leaves {kind} without any indicator: take some out"
                raise ValueError(msg)
        return self

    def _exempt(self, kind: Kind) -> frozenset[str]:
        """Return the codes that a kind need not show, `E*` spelled out."""
        found: set[str] = set()
        for word in self.exempt[kind]:
            codes = {i.code for i in self.indicator if word in (i.code, f"{i.code[0]}*")}
            if not codes:
                msg = f"exempt for {kind} names {word!r}: write a code such as 'E3', or 'E*'"
                raise ValueError(msg)
            found |= codes
        return frozenset(found)

    def value(self) -> Norm:
        return Norm(
            illustrative=self.illustrative,
            requirements={key: names.by_language() for key, names in self.requirements.items()},
            indicators=tuple(
                Indicator(i.code, i.requirement, i.by_language()) for i in self.indicator
            ),
            exempt={kind: self._exempt(kind) for kind in self.exempt},
        )
