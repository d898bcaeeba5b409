"""Which dates a notice gives reasons for: the one it asks to keep, else the one it counts from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kmop_lifecycle.adapters.notice_plan import entry_of
from kmop_lifecycle.adapters.words import TEMPLATES, read, word
from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.ladders import instances
from kmop_lifecycle.domain.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Reasons:
    """Called with case, notice and day, return the derivations that the notice shows."""

    rules: RuleBook
    where: Path = TEMPLATES

    def __call__(self, case: Case, notice: Notice, today: date) -> tuple[Derived, ...]:
        """Return one derivation at most: a mail explains the date it names, not all there are."""
        return tuple(self._wanted(case, notice, today))[:1]

    def _wanted(self, case: Case, notice: Notice, today: date) -> Iterator[Derived]:
        plan = read(self.where / "plan.toml")
        keep: list[str] = word(plan, "dates", entry_of(notice, case, plan))["keep"]
        for each in keep:
            name = each.removesuffix("-1d")
            if name == "anchor":
                yield from self._anchor(case, notice, today)
            elif (derived := DATES[name](case, self.rules, today)) is not None:
                yield derived
        if not keep and notice.ladder != "step":
            yield from self._anchor(case, notice, today)

    def _anchor(self, case: Case, notice: Notice, today: date) -> Iterator[Derived]:
        for instance in instances(case, self.rules, today):
            ladder = instance.ladder
            if ladder.name == notice.ladder and ladder.anchor == notice.anchor:
                yield instance.anchor
