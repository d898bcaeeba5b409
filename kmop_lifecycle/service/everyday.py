"""What the people of the example portfolio do of themselves, day by day, through the one gate.

Each case has its own luck, drawn from its number, so that the same portfolio always lives the same
life: most are registered, some are late, paused, corrected, suspended, forgotten.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import Any

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.calendar import months_later
from kmop_lifecycle.domain.case import Actor, Case, Party
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.decide import project
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind
from kmop_lifecycle.service.fire import fire
from kmop_lifecycle.service.house import House

T, S = Trigger, State
_AUDITORS = ("an.peeters", "jan.claes", "lies.smet", "tom.dewit", "eva.maes")
_COMMITTEE = ("bo.hermans", "kim.aerts")
Act = tuple[Trigger, Role, str, dict[str, Any]]  # what, as whom, with which data


def luck(case: Case, about: str) -> int:
    """Return this case's luck in one matter: 0 to 99, always the same."""
    return zlib.crc32(f"{case.number}{about}".encode()) % 100


def _some(names: tuple[str, ...], case: Case) -> str:
    return names[luck(case, "who") % len(names)]


def _applied(case: Case, today: date) -> Act | None:
    chance = luck(case, "papers")
    if chance < 4:  # noqa: PLR2004  # in a hundred: never heard of again, lapses
        return None
    if chance < 7:  # noqa: PLR2004
        return T.WITHDRAW, Role.PROVIDER, "provider", {"reason": "other plans"}
    if case.paused:
        return T.RESUME, Role.BUREAU, "planner", {}
    if chance < 12 and not case.pauses:  # noqa: PLR2004
        return T.PAUSE, Role.BUREAU, "planner", {"reason": "asked by the provider"}
    day = today.isoformat()
    papers = {"declaration_signed_on": day, "knowledge_test_passed_on": day}
    return T.CONFIRM_PREPARED, Role.BUREAU, "planner", papers | {"quote_accepted_on": day}


def _prepared(case: Case, today: date) -> Act | None:
    proof = case.exemption
    planned = case.audit.visit_on
    if planned is None:
        opens = case.applied_on + timedelta(weeks=4)
        visit = max(today, opens) + timedelta(days=luck(case, "visit") // 3)
        if proof and case.kind is Kind.EXEMPTION and proof.valid_until < visit:
            change = {"kind": "basic", "quote_accepted_on": today.isoformat()}
            return T.CHANGE_KIND, Role.BUREAU, "planner", change
        plan = {"visit_on": visit.isoformat(), "auditor": _some(_AUDITORS, case)}
        return T.PLAN_VISIT, Role.BUREAU, "planner", plan
    if today < planned:
        return None
    return T.START_VISIT, Role.AUDITOR, case.audit.auditor, {}


def _close(case: Case, today: date) -> Act:
    first = "A1" if not case.starter_running else "E1"
    letters = {0: f"all T except {{{first}: GT}}", 1: "all V"}.get(
        luck(case, "scores") // 12, "all T"
    )
    data = {"scores": letters, "report_approved_on": today.isoformat()}
    return T.CLOSE_VISIT, Role.AUDITOR, _auditor(case), data


def _auditor(case: Case) -> str:
    return case.audit.auditor or min(case.audit.auditors, default=_AUDITORS[0])


def _office(case: Case, today: date) -> Act | None:
    audit = case.audit
    if audit.finished_on is None:
        report = {"hours": 16, "report": f"R-{case.number}"}
        return T.FINISH_REPORT, Role.AUDITOR, _auditor(case), report
    if not audit.verdict:
        return T.GIVE_VERDICT, Role.COMMITTEE, _some(_COMMITTEE, case), _verdict(case)
    decided = {"decided_on": today.isoformat()}
    return T.REGISTER, Role.AUTHORITY, "vlaio", decided


def _verdict(case: Case) -> dict[str, Any]:
    repairable = "G" in "".join(case.audit.scores.values())
    answered = any(measure.answer for measure in case.audit.measures)
    if repairable and not answered:
        return {"verdict": "corrective", "measures": [{"what": "show the way of working"}]}
    if luck(case, "verdict") < 3:  # noqa: PLR2004
        return {"verdict": "fail", "reason": "not shown in practice"}
    if luck(case, "verdict") < 8:  # noqa: PLR2004
        return {"verdict": "conditional", "reason": "one point to be watched"}
    return {"verdict": "pass", "reason": "evidence accepted" if answered else ""}


def _corrective(case: Case, today: date) -> Act | None:  # noqa: ARG001
    if luck(case, "measures") < 25:  # noqa: PLR2004  # forgotten: lapses
        return None
    answers = ["done, see annex" for _ in case.audit.measures]
    return T.SUBMIT_EVIDENCE, Role.BUREAU, "planner", {"answers": answers}


def _certified(case: Case, today: date) -> Act | None:  # noqa: ARG001
    if luck(case, "inspection") < 2 and case.last_on == (  # noqa: PLR2004
        case.registration.decided_on if case.registration else None
    ):
        return T.SUSPEND, Role.AUTHORITY, "vlaio", {"reason": "findings of an inspection"}
    return None


def _follow_up(case: Case, today: date) -> Act | None:
    if luck(case, "follow-up") < 15:  # noqa: PLR2004  # forgotten: ends after two years
        return None
    if case.audit_requested_on is None:
        return T.REQUEST_AUDIT, Role.PROVIDER, "provider", {}
    return _second_audit(case, today)


def _second_audit(case: Case, today: date) -> Act | None:
    audit = case.audit
    if audit.measures_open:
        return _corrective(case, today)
    if audit.started_on is None:
        return T.START_VISIT, Role.AUDITOR, _some(_AUDITORS, case), {}
    if audit.closed_on is None:
        return _close(case, today)
    if audit.verdict == "pass":
        return T.EXTEND, Role.AUTHORITY, "vlaio", {"decided_on": today.isoformat()}
    return None if audit.verdict else _office(case, today)


def _suspended(case: Case, today: date) -> Act | None:  # noqa: ARG001
    return T.LIFT, Role.AUTHORITY, "vlaio", {"reason": "findings were repaired"}


_NEXT: Mapping[State, tuple[Callable[[Case, date], Act | None], int]] = {
    # what they do, and after how many days at the earliest
    S.APPLIED: (_applied, 8),
    S.PREPARED: (_prepared, 2),
    S.ONSITE_AUDIT: (_close, 1),
    S.OFFICE_AUDIT: (_office, 9),
    S.CORRECTIVE_ACTION: (_corrective, 60),
    S.CERTIFIED: (_certified, 90),
    S.FOLLOW_UP: (_follow_up, 14),
    S.SUSPENDED: (_suspended, 75),
}


def _renewal(case: Case, party: Party | None, today: date) -> dict[str, Any] | None:
    """Return the application that renews a case, when it is time and the provider remembers."""
    held = case.registration
    if held is None or held.two_year_on or case.successor or party is None:
        return None
    if case.state is not S.CERTIFIED or luck(case, "renewal") < 20:  # noqa: PLR2004
        return None
    if today < months_later(held.valid_until, -7):
        return None
    themes = {s: (t if s == "training" else ("cybersecurity",)) for s, t in case.services.items()}
    fields: dict[str, Any] = plain(party) | {
        "enterprise_number": case.enterprise,
        "services": plain(themes),
        "kind": "renewal",
        "renews": case.number,
        "kmop_files": case.kmop_files + 40,
        "bureau": case.bureau,
    }
    del fields["enterprise"]
    return fields


@dataclass(slots=True)
class Everyday:
    """The life of a portfolio: whose turn comes on which day."""

    house: House
    agenda: list[tuple[date, str]] = field(default_factory=list)
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by code

    def meet(self, number: str, today: date) -> None:
        """Take a new case into the agenda."""
        with self.house.store(reading=True) as uow:
            self._plan(uow.get(number), today)

    def live(self, today: date) -> None:
        """Do everything that people do on this day."""
        while self.agenda and self.agenda[0][0] <= today:
            _, number = heappop(self.agenda)
            self._act(number, today)

    def _act(self, number: str, today: date) -> None:
        with self.house.store(reading=True) as uow:
            case = project(uow.get(number), self.house.rules, today)
            party = uow.party(case.enterprise) if case.state is S.CERTIFIED else None
        if case.state not in _NEXT:
            return
        renewal = _renewal(case, party, today)
        if renewal:
            self._fire(Command(T.SUBMIT, Actor(Role.PROVIDER, "provider"), data=renewal), today)
            return
        act = _NEXT[case.state][0](case, today)
        if act:
            trigger, role, name, data = act
            data = {key: value for key, value in data.items() if value}
            self._fire(Command(trigger, Actor(role, name), number, today, data), today)
        else:
            self._plan(case, today)

    def _fire(self, command: Command, today: date) -> None:
        try:
            answered = fire(self.house, command)
        except LifecycleError as refusal:
            self.refused[refusal.code] += 1
            if command.case:
                heappush(self.agenda, (today + timedelta(days=30), command.case))
            return
        self.done += 1
        self.meet(answered.case, today)

    def _plan(self, case: Case, today: date) -> None:
        if case.state not in _NEXT:
            return
        wait = _NEXT[case.state][1]
        day = today + timedelta(days=wait + luck(case, str(case.version)) * wait // 60)
        planned = DATES["visit_on"](case, self.house.rules, today)
        if planned is not None and case.state is S.PREPARED:
            day = max(planned.on, today + timedelta(days=1))
        heappush(self.agenda, (day, case.number))
