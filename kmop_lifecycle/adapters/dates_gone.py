"""Which dates a step has ended, so that the mail about it takes them out of the calendars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from kmop_lifecycle.adapters.words import TEMPLATES, read
from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.clocks import DATES, all_dates
from kmop_lifecycle.domain.lifecycle import ENDED, STEPS, State, Trigger
from kmop_lifecycle.domain.rulebook import RuleBook

_DAY = timedelta(days=1)
# What these end is no longer told by the case: its entry is taken out on the day of the step.
_UNTOLD = frozenset({Trigger.EXTEND, Trigger.LIFT, Trigger.ORDER_REAUDIT, Trigger.UPHOLD_APPEAL})
_SHIFT = "-1d"  # an entry on the day before the date itself has a name of its own


@dataclass(frozen=True, slots=True)
class Gone:
    """A date that no longer holds; its day as far as the case still tells it."""

    name: str
    on: date


@dataclass(frozen=True, slots=True)
class DatesGone:
    """Called with a case after a step, and the notice of it, return the dates it ended."""

    rules: RuleBook
    where: Path = TEMPLATES

    def __call__(self, case: Case, notice: Notice, today: date) -> tuple[Gone, ...]:
        """Return nothing for a reminder: it ends no date."""
        if notice.ladder != "step":
            return ()
        names = read(self.where / "plan.toml")["ends"].get(notice.rung, ())
        return tuple(self._ended(names, case, notice, today)) if names else ()

    def _ended(
        self, names: Iterable[str], case: Case, notice: Notice, today: date
    ) -> Iterator[Gone]:
        dates = () if case.state in ENDED else all_dates(case, self.rules, today)
        holding = {derived.name for derived in dates}
        for name in names:
            if name.removesuffix(_SHIFT) in holding:
                continue
            day = self._stood_on(name, case, notice, today)
            if day is None and notice.rung in _UNTOLD:
                day = notice.anchor_on
            if (
                day is not None and day >= notice.anchor_on
            ):  # what had passed was kept or missed, not taken away
                yield Gone(name, day)

    def _stood_on(self, name: str, case: Case, notice: Notice, today: date) -> date | None:
        """Look at the case as if it still stood where the step may have come from."""
        for state in _sources(notice.rung):
            before = _undone(case, state)
            found = DATES[name.removesuffix(_SHIFT)](before, self.rules, today)
            if found is not None:
                return found.on - _DAY if name.endswith(_SHIFT) else found.on
        return None


def _sources(trigger: str) -> Iterator[State]:
    for step in STEPS:
        if step.trigger == trigger:
            yield from sorted(step.sources)


def _undone(case: Case, state: State) -> Case:
    """Take back what hides a date once it is done: signature, visit begun, measures answered."""
    audit = replace(case.audit, started_on=None)
    if audit.measures:
        audit = replace(audit, verdict="corrective", verdict_on=audit.verdict_on or case.last_on)
    return replace(
        case, state=state, declaration_signed_on=None, audits=(*case.audits[:-1], audit)
    )
