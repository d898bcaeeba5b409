"""Play a scenario on an empty store, through the same gate and sweep as production."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Protocol

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Event
from kmop_lifecycle.domain.decide import OPENING
from kmop_lifecycle.domain.errors import BadInput, LifecycleError, NotFound
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.fire import fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.queries import on_day
from kmop_lifecycle.service.scenario import ReplayReport, Scenario, ScenarioCheck, ScenarioStep
from kmop_lifecycle.service.sweep import sweep

_SENT = {"sent": Role.PROVIDER, "sent_bureau": Role.BUREAU, "sent_authority": Role.AUTHORITY}


class Turnable(Protocol):
    """A clock whose day the player sets."""

    def set(self, day: date) -> None:
        """Make it this day."""


class _Player:
    """The state of one play: house, clock, names of cases, what was seen."""

    def __init__(self, scenario: Scenario, house: House, clock: Turnable) -> None:
        self.scenario = scenario
        self.house = house
        self.clock = clock
        self.numbers: dict[str, str] = {}
        self.report = ReplayReport(scenario.name)
        self._told: dict[str, int] = {}  # rows of the ledger already seen, by case
        self._born: dict[int, date] = {}  # the day on which each was written, by its id
        self._today = date.min
        self._fresh: dict[str, list[tuple[Role, str]]] = {}  # created today, by alias

    def play(self) -> ReplayReport:
        """Go through the days on which anything is due."""
        planned = self.scenario.days()
        today = planned[0] if planned else None
        while today is not None:
            self._day(today)
            today = self._next(today, planned)
        self._outcomes()
        return self.report

    def _next(self, today: date, planned: list[date]) -> date | None:
        coming = next((day for day in planned if day > today), None)
        if coming is None:
            return None
        with self.house.store(reading=True) as uow:
            due = uow.next_due_on()
        return coming if due is None else min(coming, max(due, today + timedelta(days=1)))

    def _day(self, today: date) -> None:
        self.clock.set(today)
        self._today, self._fresh = today, {}
        sweep(self.house, today, watch=self._watch)
        deliver(self.house)
        for step in (s for s in self.scenario.steps if s.on == today):
            self._step(step)
        self._look()
        deliver(self.house)
        for check in (c for c in self.scenario.checks if c.on == today):
            self._check(check, today)

    def _alias(self, number: str) -> str:
        return next((alias for alias, known in self.numbers.items() if known == number), number)

    def _watch(self, event: Event) -> None:
        self.report.transitions.append(
            {
                "on": event.on.isoformat(),
                "case": event.case,
                "trigger": str(event.trigger),
                "from": str(event.source) if event.source else None,
                "to": str(event.to),
                "by": str(event.by),
            }
        )

    def _command(self, step: ScenarioStep) -> Command:
        data = dict(step.data)
        if data.get("renews") in self.numbers:
            data["renews"] = self.numbers[data["renews"]]
        case = None if step.do in OPENING else self.numbers.get(step.case)
        if case is None and step.do not in OPENING:
            opened = [s.on for s in self.scenario.steps if s.case == step.case and s.do in OPENING]
            if not opened or opened[0] > step.on:
                raise BadInput(
                    f"line {step.line}: case {step.case!r} does not exist on {step.on}",
                    hint="a case begins with submit or adopt",
                )
            raise NotFound(f"case {step.case!r} was never opened: its submit was refused")
        return Command(step.do, step.by, case, step.on, data, step.key)

    def _step(self, step: ScenarioStep) -> None:
        result, code, warnings, state = "done", None, [], None
        try:
            answered = fire(
                self.house, self._command(step), lambda change: self._watch(change.event)
            )
        except BadInput as wrong:
            raise _at_line(step, wrong) from None
        except LifecycleError as refusal:
            result, code = "refused", refusal.code
            state = self._state(step.case)
            reason = str(refusal)
        else:
            self.numbers.setdefault(step.case, answered.case)
            if step.do in OPENING:
                self.numbers[step.case] = answered.case
            result = "repeated" if answered.repeated else "done"
            warnings, state, reason = list(answered.warnings), str(answered.state), ""
        self.report.steps.append(
            {
                "on": step.on.isoformat(),
                "case": step.case,
                "do": str(step.do),
                "by": str(step.by),
                "result": result,
                "code": code,
                "warnings": warnings,
                "state": state,
            }
        )
        self._compare(step, code or "", reason, warnings)

    def _state(self, alias: str) -> str | None:
        if alias not in self.numbers:
            return None
        with self.house.store(reading=True) as uow:
            return str(uow.get(self.numbers[alias]).state)

    def _compare(self, step: ScenarioStep, code: str, reason: str, warnings: list[str]) -> None:
        where = f"line {step.line}: {step.on} {step.do} of case {step.case!r}"
        if code != step.refused:
            got = f"was refused: {code} ({reason})" if code else "was not refused"
            want = f"expected {step.refused}" if step.refused else "expected to be done"
            self.report.surprises.append(f"{where} {got}; {want}")
        if step.warnings is not None and sorted(step.warnings) != sorted(warnings):
            self.report.surprises.append(
                f"{where} warned {warnings}; expected {list(step.warnings)}"
            )

    def _look(self) -> None:
        """See which rows of the ledger are new today, without the steps' own and the moot."""
        with self.house.store(reading=True) as uow:
            for alias, number in self.numbers.items():
                rows = uow.deliveries(number)
                new = rows[self._told.get(number, 0) :]
                self._told[number] = len(rows)
                self._born |= {row.id: self._today for row in new}
                self._fresh[alias] = [
                    (row.notice.role, f"{row.notice.ladder}:{row.notice.rung}")
                    for row in new
                    if row.notice.ladder != "step" and not row.notice.moot
                ]

    def _check(self, check: ScenarioCheck, today: date) -> None:
        actual: dict[str, Any] = {}
        if check.case in self.numbers:
            with self.house.store(reading=True) as uow:
                case = uow.get(self.numbers[check.case])
            seen = on_day(case, self.house.rules, today)
            fresh = self._fresh.get(check.case, [])
            for name, role in _SENT.items():
                seen[name] = sorted({rung for to, rung in fresh if to is role})
            actual = {name: seen[name] for name in check.expected}
        expected = dict(check.expected)
        ok = bool(actual) and all(_same(actual[name], expected[name]) for name in expected)
        self.report.checks.append(
            {
                "on": today.isoformat(),
                "case": check.case,
                "expected": expected,
                "actual": actual,
                "ok": ok,
            }
        )

    def _outcomes(self) -> None:
        with self.house.store(reading=True) as uow:
            for alias, number in self.numbers.items():
                for row in uow.deliveries(number):
                    self.report.notices.append(
                        {
                            "on": self._born[row.id].isoformat(),
                            "case": alias,
                            "ladder": row.notice.ladder,
                            "rung": row.notice.rung,
                            "to": str(row.notice.role),
                            "outcome": row.status,
                        }
                    )
        self.report.notices.sort(key=lambda row: row["on"])
        for transition in self.report.transitions:
            transition["case"] = self._alias(transition["case"])


def _at_line(step: ScenarioStep, wrong: BadInput) -> BadInput:
    text = str(wrong)
    prefix = "" if text.startswith("line ") else f"line {step.line}: "
    return BadInput(prefix + text, hint=wrong.hint)


def _same(actual: object, expected: object) -> bool:
    if isinstance(actual, list) and isinstance(expected, list) and None not in actual:
        return sorted(map(str, actual)) == sorted(map(str, expected))
    return actual == expected


def replay(scenario: Scenario, house: House, clock: Turnable) -> ReplayReport:
    """Play a scenario from its first day to its last; each day: sweep, steps, checks.

    Days on which nothing is due are skipped. `BadInput` with the line when the file is wrong.
    """
    return _Player(scenario, house, clock).play()


__all__ = ["ReplayReport", "Scenario", "ScenarioCheck", "ScenarioStep", "replay"]
