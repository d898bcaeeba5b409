"""The reminder ladders: which stand for a case, at which date, with which rungs, to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from kmop_lifecycle.domain.calendar import Period, Rung
from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.clocks.auditing import measure_dues
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import AUDITING, Role, State
from kmop_lifecycle.domain.rulebook import Ladder, Mode, RuleBook
from kmop_lifecycle.domain.turn import papers_missing

Key = tuple[str, str, str, str, str, str, str]  # what makes a notice unique, as `Notice.key`


@dataclass(frozen=True, slots=True)
class Instance:
    """One ladder standing at one anchor date of one case."""

    ladder: Ladder
    anchor: Derived
    case: Case

    def rungs(self, until: date) -> Iterator[Rung]:
        """Yield the rungs that apply, in order: all due on or before a day, and one more."""
        requested = _requested(self.case, self.ladder) and self.ladder.when_requested is not None
        wanted = (self.ladder.when_requested or ()) if requested else self.ladder.rungs
        for rung in wanted:
            if _wanted(rung, self.case, self.ladder):
                yield rung
        if self.ladder.repeat is not None:
            yield from self._repeated(until)

    def _repeated(self, until: date) -> Iterator[Rung]:
        step = self.ladder.repeat
        times = 0
        while step is not None:
            times += 1
            rung = _again(step.period.count * times, step.period.unit)
            yield rung
            if rung.on(self.anchor.on) > until:
                return

    def roles(self, rung: Rung) -> Iterator[Role]:
        """Yield who receives a rung: each role from its first rung on."""
        for role, first in self.ladder.to.items():
            if first is None or rung.on(self.anchor.on) >= first.on(self.anchor.on):
                yield role

    def holds(self, rung: Rung, today: date) -> bool:
        """Tell whether a rung still says something true: no "in 3 days" after the day."""
        return rung.sign >= 0 or today <= self.anchor.on

    def notices(self, rung: Rung) -> Iterator[Notice]:
        """Yield the rows of one rung: one per recipient and channel."""
        for role in self.roles(rung):
            for recipient, channel in addressees(self.case, role):
                yield Notice(
                    case=self.case.number,
                    ladder=self.ladder.name,
                    anchor=self.ladder.anchor,
                    anchor_on=self.anchor.on,
                    rung=rung.name,
                    role=role,
                    recipient=recipient,
                    channel=channel,
                    due_on=rung.on(self.anchor.on),
                )

    def keys(self, until: date) -> Iterator[tuple[date, Key]]:
        """Yield the keys of all rows of its rungs, each with its day: `notices` without rows."""
        on, name, anchor = self.anchor.on, self.ladder.name, self.ladder.anchor
        case, day = self.case.number, on.isoformat()
        told = [
            (date.min if first is None else first.on(on), addressees(self.case, role))
            for role, first in self.ladder.to.items()
        ]
        for rung in self.rungs(until):
            due = rung.on(on)
            for begin, pairs in told:
                if due >= begin:
                    for recipient, channel in pairs:
                        yield due, (case, name, anchor, day, rung.name, recipient, channel)


@lru_cache(maxsize=1_024)
def _again(count: int, unit: str) -> Rung:
    period = Period(count, unit)
    return Rung(f"+{period}", 1, period)


def _requested(case: Case, ladder: Ladder) -> bool:
    """Tell whether a decision is outstanding: follow-up audit asked for, or renewal under way."""
    after = case.successor
    asked = ladder.anchor == "two_year_on" and case.audit_requested_on is not None
    return asked or (after is not None and after.state in AUDITING)


def _wanted(rung: Rung, case: Case, ladder: Ladder) -> bool:
    if ladder.name == "preparation" and rung.name == "+25d":
        return case.declaration_signed_on is None
    if ladder.name == "preparation" and rung.name == "+2w":
        return bool(papers_missing(case))
    if ladder.name in ("follow_up", "renewal") and rung.sign > 0:
        return case.state is State.EXPIRED  # "ended" is said when it has ended
    return True


def addressees(case: Case, role: Role) -> list[tuple[str, str]]:
    """Return (recipient, channel) pairs of a role; no auditor, no row."""
    if role is Role.PROVIDER:
        further = [("provider", f"channel:{n}") for n in range(1, case.channels + 1)]
        return [("provider", "email"), *further]
    if role is Role.AUDITOR:
        names = [case.audit.auditor] if case.audit.auditor else sorted(case.audit.auditors)
        return [(f"auditor:{name}", "email") for name in names]
    if role is Role.BUREAU:
        return [(f"bureau:{case.bureau}", "email")]
    return [(str(role), "email")]


def _applied_on(case: Case, rules: RuleBook, today: date) -> Derived | None:
    version = rules.declaration.on(case.rules_on)
    return Derived(
        "applied_on", case.applied_on, "applied_on", case.applied_on, version.rule, version.start,
        version.source, "0d",
    )  # fmt: skip


def _five_year(case: Case, rules: RuleBook, today: date) -> Derived | None:
    return None if case.starter_running else DATES["valid_until"](case, rules, today)


def _evidence_before_visit(case: Case, rules: RuleBook, today: date) -> Derived | None:
    until, planned = DATES["evidence_until"](case, rules, today), case.audit.visit_on
    if until is None or (planned is not None and planned <= until.on):
        return None
    return until


def _escalated(name: str) -> Callable[[Case, RuleBook, date], Derived | None]:
    """A clock of the bureau is silent while the provider pauses, or when the book says so."""

    def anchor(case: Case, rules: RuleBook, today: date) -> Derived | None:
        window = (rules.waiting if name.startswith("waiting") else rules.lead_time).on(
            case.rules_on
        )
        silent = window.value.max_mode is not Mode.ESCALATE
        return None if case.paused or silent else DATES[name](case, rules, today)

    return anchor


ANCHORS: Mapping[str, Callable[[Case, RuleBook, date], Derived | None]] = {
    "applied_on": _applied_on,
    "visit_on": DATES["visit_on"],
    "waiting_overdue_on": _escalated("waiting_overdue_on"),
    "lead_heads_up_on": _escalated("lead_heads_up_on"),
    "lead_overdue_on": _escalated("lead_overdue_on"),
    "evidence_until": _evidence_before_visit,
    "two_year_on": DATES["two_year_on"],
    "valid_until": _five_year,
    "suspension_review_on": DATES["suspension_review_on"],
    "condition_due": DATES["condition_due"],
}
_EACH_MEASURE = "measures_due"  # stands once at each due date
ANCHOR_NAMES = frozenset({*ANCHORS, _EACH_MEASURE})
_RUNS_OUT = frozenset({"two_year_on", "valid_until"})  # stops when a renewal is registered


def instances(case: Case, rules: RuleBook, today: date) -> Iterator[Instance]:
    """Yield the ladders that stand for a case on a day."""
    renewed = case.successor is not None and case.successor.registered
    for ladder in rules.ladders.on(case.rules_on).value:
        if case.state not in ladder.states or (renewed and ladder.anchor in _RUNS_OUT):
            continue
        for anchor in _anchors(ladder.anchor, case, rules, today):
            yield Instance(ladder, anchor, case)


def _anchors(name: str, case: Case, rules: RuleBook, today: date) -> tuple[Derived, ...]:
    if name == _EACH_MEASURE:
        return measure_dues(case, rules)
    anchor = ANCHORS[name](case, rules, today)
    return () if anchor is None else (anchor,)
