"""Many applications at once, each through the one gate, with a report on every row."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor, Change
from kmop_lifecycle.domain.errors import BadInput, Code, LifecycleError, Refused
from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.inputs import PRIVATE
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.admission import admit
from kmop_lifecycle.service.answers import digest
from kmop_lifecycle.service.fire import Watch
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import UnitOfWork

_CHUNK = 500  # rows looked up and written together; where each stands alone, a transaction
_COLUMN = re.compile(r"column (\w+): (?:'(.*)' )?")  # as the reader of sheets says it
_FIELD = re.compile(r"data\.([A-Za-z_.0-9]*[A-Za-z_0-9])")
_MEANT = {  # which field a refusal is about that names none
    Code.DUPLICATE_CASE: "enterprise_number",
    Code.APPLICANT_IS_BUREAU: "name",
    Code.IN_FUTURE: "applied_on",
    Code.OUT_OF_ORDER: "applied_on",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a file: where it stands and what it says."""

    line: int
    trigger: Trigger  # `submit`, or `adopt` for what began before this system
    data: Mapping[str, Any]
    on: date | None = None  # effective date
    problem: BadInput | None = None  # the row could not even be read


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one row was not taken; `value` stays empty for personal data."""

    line: int
    field: str
    value: str
    code: str
    reason: str
    hint: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "code": self.code,
            "reason": self.reason,
            "hint": self.hint,
        }


@dataclass(slots=True)
class IntakeReport:
    """What became of a file's rows."""

    dry_run: bool = False
    rows: int = 0
    opened: list[tuple[int, str]] = field(default_factory=list)  # line, case
    repeated: list[tuple[int, str]] = field(default_factory=list)  # taken in before
    warnings: list[tuple[int, str]] = field(default_factory=list)  # line, code
    problems: list[Problem] = field(default_factory=list)
    written: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values; a number that was not written down is none."""
        return {
            "dry_run": self.dry_run,
            "written": self.written,
            "rows": self.rows,
            "opened": [
                {"line": line, "case": case if self.written else None}
                for line, case in self.opened
            ],
            "repeated": [{"line": line, "case": case} for line, case in self.repeated],
            "warnings": [{"line": line, "code": code} for line, code in self.warnings],
            "problems": [problem.as_json() for problem in self.problems],
        }


def intake(
    house: House,
    entries: Iterable[Entry],
    by: Actor,
    *,
    on: date | None = None,
    partial: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    watch: Watch | None = None,
    progress: Callable[[int], None] | None = None,
) -> IntakeReport:
    """Open a case per row: an application, or a registration that began earlier.

    All or nothing is one transaction; `partial` takes what is right, some rows at a time. A row's
    key is its own content, so that the same file taken in twice writes nothing new. `quiet` tells
    nobody: what is due until today is on record as never sent, later reminders come as always.
    What is wrong with a row stands in the report; what is wrong with the database is raised.
    """
    report = IntakeReport(dry_run)
    asked = functools.partial(_command, by=by, on=on, quiet=quiet)
    rows = iter(entries)
    while chunk := list(islice(rows, _CHUNK)) if partial else list(rows):
        before = len(report.opened)
        changes: list[Change] = []
        with house.store() as uow:
            for start in range(0, len(chunk), _CHUNK):
                some = chunk[start : start + _CHUNK]
                made = _taken(house, uow, some, asked, report)
                changes += made if watch else ()  # ten thousand are not kept for nobody
                if progress:
                    progress(len(some))
            keep = not dry_run and (partial or not report.problems)
            if keep and len(report.opened) > before:
                uow.commit()
                report.written = True
        if watch and keep:
            for change in changes:
                watch(change)
    return report


def _taken(
    house: House,
    uow: UnitOfWork,
    entries: Sequence[Entry],
    asked: Callable[[Entry], Command],
    report: IntakeReport,
) -> list[Change]:
    """Take rows through the gate; a row that is refused leaves the transaction as it was."""
    report.rows += len(entries)
    readable = [entry for entry in entries if entry.problem is None]
    outcomes = iter(admit(house, uow, [asked(entry) for entry in readable]))
    changes: list[Change] = []
    for entry in entries:
        outcome = entry.problem or next(outcomes)
        if isinstance(outcome, LifecycleError):
            report.problems.append(_problem(entry, outcome))
            continue
        answered = outcome.answered
        place = (entry.line, answered.case)
        (report.repeated if outcome.change is None else report.opened).append(place)
        report.warnings += [(entry.line, code) for code in answered.warnings]
        changes += () if outcome.change is None else (outcome.change,)
    return changes


def _command(entry: Entry, by: Actor, on: date | None, *, quiet: bool) -> Command:
    key = f"row:{digest([entry.trigger, plain(entry.data), plain(entry.on)])}"
    day = entry.on or on
    return Command(entry.trigger, by, on=day, data=entry.data, key=key, quiet=quiet)


def _problem(entry: Entry, refusal: LifecycleError) -> Problem:
    """Name field and value; the value of personal data is never shown."""
    if entry.problem is not None and (cell := _COLUMN.search(refusal.message)):
        place, value = cell[1], cell[2] or ""
    else:
        named = _FIELD.search(refusal.message)
        meant = _MEANT.get(refusal.refusal, "") if isinstance(refusal, Refused) else ""
        place = named[1] if named else meant
        private = not PRIVATE.isdisjoint(place.split("."))
        value = "" if private else _value(entry.data, place)
    return Problem(entry.line, place, value, refusal.code, refusal.message, refusal.hint)


def _value(data: Mapping[str, Any], place: str) -> str:
    """Follow `services.training` into the row."""
    found: Any = data
    for part in place.split("."):
        if isinstance(found, list) and part.isdigit() and 0 < int(part) <= len(found):
            found = found[int(part) - 1]
        elif isinstance(found, Mapping) and part in found:
            found = found[part]
        else:
            return ""
    return str(plain(found))[:80]
