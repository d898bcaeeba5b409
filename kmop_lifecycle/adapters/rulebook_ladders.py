"""The written form of the reminder ladders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from kmop_lifecycle.adapters.rulebook_words import FirstRung, Form, Part, RungText, no_twins
from kmop_lifecycle.domain.calendar import Rung
from kmop_lifecycle.domain.lifecycle import Role, State
from kmop_lifecycle.domain.rulebook import Ladder

LADDERS: Mapping[str, tuple[str, ...]] = {  # a ladder's name → the dates it may stand on
    "preparation": ("applied_on",),
    "visit": ("visit_on",),
    "waiting": ("waiting_overdue_on",),
    "lead_time": ("lead_heads_up_on", "lead_overdue_on"),
    "measures": ("measures_due",),
    "evidence": ("evidence_until",),
    "follow_up": ("two_year_on",),
    "renewal": ("valid_until",),
    "review": ("suspension_review_on", "condition_due"),
}
_ANCHOR = date(2024, 3, 31)  # any day: rungs in different units are compared by where they fall
READERS = (Role.PROVIDER, Role.BUREAU, Role.AUDITOR, Role.AUTHORITY)  # who has an address


class LadderForm(Part):
    name: str
    anchor: str
    states: list[Annotated[State, Field(strict=False)]] = Field(min_length=1)
    rungs: list[RungText] = Field(min_length=1)
    to: dict[Annotated[Role, Field(strict=False)], FirstRung] = Field(min_length=1)
    repeat: RungText | None = None
    when_requested: list[RungText] | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        anchors = LADDERS.get(self.name)
        if anchors is None:
            msg = f"ladder {self.name!r} is unknown: write one of {', '.join(LADDERS)}"
            raise ValueError(msg)
        if self.anchor not in anchors:
            msg = (
                f"ladder {self.name} cannot stand on {self.anchor!r}: write {' or '.join(anchors)}"
            )
            raise ValueError(msg)
        if strangers := [role.value for role in self.to if role not in READERS]:
            msg = f"ladder {self.name} cannot write to {strangers[0]}: write {', '.join(READERS)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _climbing(self) -> Self:
        for lower, higher in pairwise(self.rungs):
            if lower.on(_ANCHOR) >= higher.on(_ANCHOR):
                msg = f"ladder {self.name}: rung {lower} does not come before {higher}: sort them"
                raise ValueError(msg)
        firsts = [rung for rung in self.to.values() if rung is not None]
        for rung in (*firsts, *(self.when_requested or ())):
            if rung not in self.rungs:
                msg = f"ladder {self.name} has no rung {rung}: write one of its own rungs"
                raise ValueError(msg)
        if self.repeat is not None and self.repeat.on(_ANCHOR) <= _ANCHOR:
            msg = f"ladder {self.name} cannot repeat at {self.repeat}: write a step such as '+1w'"
            raise ValueError(msg)
        return self

    def value(self) -> Ladder:
        left: tuple[Rung, ...] | None = None
        if self.when_requested is not None:
            left = tuple(self.when_requested)
        return Ladder(
            name=self.name,
            anchor=self.anchor,
            states=frozenset(self.states),
            rungs=tuple(self.rungs),
            to=self.to,
            repeat=self.repeat,
            when_requested=left,
        )


class LaddersForm(Form):
    ladder: list[LadderForm]

    @model_validator(mode="after")
    def _one_ladder_per_anchor(self) -> Self:
        no_twins([f"{ladder.name} on {ladder.anchor}" for ladder in self.ladder])
        return self

    def value(self) -> tuple[Ladder, ...]:
        return tuple(ladder.value() for ladder in self.ladder)
