"""How single values of the rule book are written, shared by all its forms."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
)

from kmop_lifecycle.domain.calendar import Period, Rung

T = TypeVar("T")


def spelled(read: Callable[[str], T], expected: str) -> Callable[[object], T]:
    """Return a validator that reads text and refuses everything else by naming the right form."""

    def validate(value: object) -> T:
        if not isinstance(value, str):
            msg = f"write text such as {expected}"
            raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors
        return read(value)

    return validate


def _length(text: str) -> Period:
    """Read a length of time; one of no days bounds nothing."""
    period = Period.parse(text)
    if period.count == 0:
        msg = "write a length of at least one day, such as '4w'"
        raise ValueError(msg)
    return period


def _enterprise(text: str) -> str:
    """Check the number's own check digits; the rule book writes it without dots."""
    if not re.fullmatch(r"[01]\d{9}", text) or int(text[8:]) != 97 - int(text[:8]) % 97:
        msg = "write a valid enterprise number of ten digits, such as '0403019261'"
        raise ValueError(msg)
    return text


def _email(text: str) -> str:
    """Check that notices could go there."""
    if text and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", text):
        msg = "write one e-mail address, such as 'kmop@bureau.example'"
        raise ValueError(msg)
    return text


def _decimal(value: object) -> object:
    """Take whole numbers as decimals; tomllib already reads fractions as such."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def all_or(read: Callable[[str], T]) -> Callable[[object], T | None]:
    """Return a validator for which the word "all" means None."""

    def validate(value: object) -> T | None:
        return None if value == "all" else spelled(read, "'all' or '-3m'")(value)

    return validate


def any_or_list(value: object) -> frozenset[str] | None:
    """Read "any" as None, or a list of themes, written as applications are compared with them."""
    if value == "any":
        return None
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        for word in value:
            if not word or word != " ".join(word.casefold().split()):
                msg = f"theme {word!r}: write it in small letters, without spare spaces"
                raise ValueError(msg)
        return frozenset(value)
    msg = "write 'any' or a list of themes"
    raise ValueError(msg)


def no_twins(names: list[str]) -> None:
    """Refuse a list in which one name, in whatever case, stands twice."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            msg = f"{name!r} is listed twice: keep one"
            raise ValueError(msg)
        seen.add(name.casefold())


Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(.*\S)?$")]
Length = Annotated[Period, PlainValidator(spelled(_length, "'4w'"))]
RungText = Annotated[Rung, PlainValidator(spelled(Rung.parse, "'-6m'"))]
FirstRung = Annotated[Rung | None, PlainValidator(all_or(Rung.parse))]
ThemeList = Annotated[frozenset[str] | None, PlainValidator(any_or_list)]
EnterpriseNumber = Annotated[str, PlainValidator(spelled(_enterprise, "'0403019261'"))]
MayBeEmail = Annotated[str, AfterValidator(_email)]
Percent = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=1000)]


class Part(BaseModel):
    """A table of the rule book: no unknown keys, no silent conversions."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )


class Form(Part, ABC):
    """One version of one rule: its dates, its source, and what the subclass adds."""

    start: date = Field(alias="from")
    until: date | None = None
    source: Text

    @abstractmethod
    def value(self) -> Any:  # noqa: ANN401 - each rule has its own type of value
        """Return the domain's record."""
