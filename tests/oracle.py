"""What the specification says of one case, written a second time and from its text alone.

Nothing here comes from the product. Where the text leaves something open the answer is `ANY`.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

ANY = "any"  # the text does not say: both an answer and a refusal are right
DAY = timedelta(days=1)
AUDITING = ("applied", "prepared", "onsite_audit", "office_audit", "corrective_action")
RUNNING = ("certified", "follow_up", "suspended")
OFFICE, PREPARING = ("bureau", "admin"), ("applied", "prepared")
STEPS: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {  # trigger → states, roles
    "confirm_prepared": [(("applied",), OFFICE)],
    "plan_visit": [(("prepared", "follow_up"), OFFICE)],
    "start_visit": [(("prepared", "follow_up"), ("auditor", "admin"))],
    "close_visit": [(("onsite_audit", "follow_up"), ("auditor",))],
    "finish_report": [(("office_audit", "follow_up"), ("auditor",))],
    "give_verdict": [(("office_audit", "follow_up"), ("committee",))],
    "register": [(("office_audit",), ("authority",))],
    "refuse": [(("office_audit",), ("authority",)), (("applied",), ("authority", "bureau"))],
    "submit_evidence": [(("corrective_action", "follow_up"), OFFICE)],
    "order_reaudit": [(("corrective_action",), ("committee",))],
    "uphold_appeal": [(("rejected",), ("committee", "authority"))],
    "withdraw": [(AUDITING, ("provider", *OFFICE))],
    "request_audit": [(("follow_up",), ("provider", *OFFICE))],
    "extend": [(("follow_up",), ("authority",))],
    "suspend": [(("certified", "follow_up"), ("authority",))],
    "lift": [(("suspended",), ("authority",))],
    "revoke": [(RUNNING, ("authority",))],
    "relinquish": [(RUNNING, ("authority", "admin"))],
    "pause": [(PREPARING, OFFICE)],
    "resume": [(PREPARING, OFFICE)],
    "waive": [(PREPARING, ("admin",))],
    "change_kind": [(PREPARING, OFFICE)],
}
REASONED = ("refuse", "waive", "suspend", "lift", "revoke")
PROPOSED = {"all T": "pass", "all V": "pass", "all T except {K1: GT}": "corrective",
            "all T except {K1: BB}": "fail"}  # fmt: skip
LAST_DAY_OF_BUREAUS = date(2029, 1, 31)


def later(day: date, months: int) -> date:
    """Return the same date so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Told:
    """One case, as far as the text says something of it."""

    number: str
    enterprise: str
    services: frozenset[str]
    kind: str
    applied: date
    state: str = "applied"
    last: date = date.min
    first_time: bool = True
    adopted: bool = False
    exempt_until: date | None = None
    declared: bool = False
    waived: bool = False
    pauses: list[list[date | None]] = field(default_factory=list)
    visit: date | None = None
    started: bool = False
    closed: bool = False
    finished: bool = False
    scores: str = ""
    verdict: str = ""
    due: date | None = None  # of the one measure
    planned_auditor: str = ""
    auditors: set[str] = field(default_factory=set)
    committee: set[str] = field(default_factory=set)
    provider_side: set[str] = field(default_factory=set)
    involved: set[str] = field(default_factory=set)
    requested: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    two_year: date | None = None
    ended: date | None = None
    before: str = ""  # suspended or rejected from there
    review: date | None = None
    condition: date | None = None
    rejected: date | None = None
    by_authority: bool = False
    renews: str = ""
    events: int = 1

    # -- the clock

    def paused(self, today: date) -> int:
        return sum(max(0, ((until or today) - since).days) for since, until in self.pauses)

    @property
    def pausing(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def moves_on(self, today: date) -> tuple[date, str] | None:
        """Return what time does next, and when."""
        if self.state in PREPARING:
            return later(self.applied, 12) + timedelta(days=1 + self.paused(today)), "withdrawn"
        if self.state == "corrective_action" and self.due:
            return self.due + DAY, "rejected"
        if self.state == "certified" and self.two_year:
            return min(
                (later(self.two_year, -6), "follow_up"), (self.valid_until + DAY, "expired")
            )
        if self.state in RUNNING and self.valid_until:
            return self.valid_until + DAY, "expired"
        return None

    def pass_time(self, today: date) -> None:
        while (step := self.moves_on(today)) and max(step[0], self.last) <= today:
            day = max(step[0], self.last)
            if step[1] == "follow_up":
                self.new_audit()
            if step[1] == "rejected":
                self.rejected, self.by_authority, self.before = day, False, self.state
            if step[1] in ("withdrawn", "expired"):
                self.ended = day
            self.state, self.last, self.events = step[1], day, self.events + 1
            self.close_pause(day)

    def close_pause(self, day: date) -> None:
        if self.pausing and self.state not in PREPARING:
            self.pauses[-1][1] = day

    def new_audit(self, *, keep: bool = False) -> None:
        self.visit, self.planned_auditor = None, ""
        self.started = self.closed = self.finished = False
        self.scores = self.verdict = ""
        self.due = None
        if not keep:
            self.auditors, self.committee = set(), set()

    # -- the guards, in the text's order

    def refusal(self, do: str, role: str, name: str, on: date, today: date, data: Any) -> str:
        """Return the code of the refusal, empty when the step is taken, or `ANY`."""
        rows = [roles for states, roles in STEPS[do] if self.state in states]
        if not rows:
            return "step_not_allowed"
        if role not in rows[0]:
            return "role_not_allowed"
        if on > today:
            return "in_future"
        if on < self.last:
            return "out_of_order"
        if do in REASONED and not data.get("reason"):
            return "reason_required"
        guard = getattr(self, f"may_{do}", None)
        return guard(name, on, data, role) if guard else ""

    def may_confirm_prepared(self, name, on, data, role) -> str:
        wanted = {"declaration_signed_on": "declaration_missing"}
        if self.first_time:
            wanted["knowledge_test_passed_on"] = "knowledge_test_missing"
        wanted["quote_accepted_on"] = "quote_not_accepted"
        known = {"declaration_signed_on"} if self.declared else set()
        return next((c for f, c in wanted.items() if f not in data and f not in known), "")

    def may_visit(self, auditor: str, day: date, *, starting: bool) -> str:
        if self.state == "prepared" and not self.waived:
            first = self.applied + timedelta(days=28 + self.paused(min(day, self.today)))
            if day < first:
                return "visit_too_early"
        if self.state == "follow_up" and self.started and not self.verdict:
            return "step_not_allowed"
        if self.state == "follow_up" and self.verdict == "corrective":
            return "step_not_allowed"
        if day > LAST_DAY_OF_BUREAUS:
            return "bureau_not_appointed"
        proof = self.exempt_until if self.kind == "exemption" and not self.two_year else None
        if starting and proof and proof < day:
            return "exemption_evidence_expired"
        return "auditor_conflict" if auditor in self.provider_side else ""

    today = date.min  # set before each question

    def may_plan_visit(self, name, on, data, role) -> str:
        return self.may_visit(
            data["auditor"], date.fromisoformat(data["visit_on"]), starting=False
        )

    def may_start_visit(self, name, on, data, role) -> str:
        return self.may_visit(
            name if role == "auditor" else self.planned_auditor, on, starting=True
        )

    def may_close_visit(self, name, on, data, role) -> str:
        if self.state == "follow_up" and (not self.started or self.closed):
            return "step_not_allowed"
        follow_up = self.two_year is not None
        return "indicator_not_applicable" if follow_up and "K1" in data["scores"] else ""

    def may_finish_report(self, name, on, data, role) -> str:
        if self.verdict or (self.state == "follow_up" and not self.closed):
            return ANY
        return ""

    def may_give_verdict(self, name, on, data, role) -> str:
        if self.verdict == "corrective":
            return "step_not_allowed"
        if not (self.closed and self.finished):
            return "report_not_final"
        if name in self.auditors | self.provider_side:
            return "four_eyes"
        proposed = PROPOSED[self.scores]
        return "reason_required" if data["verdict"] != proposed and not data["reason"] else ""

    def may_register(self, name, on, data, role) -> str:
        if self.verdict not in ("pass", "conditional"):
            return "verdict_missing"
        people = self.auditors | self.committee | self.provider_side
        return "four_eyes" if name in people else ""

    def may_extend(self, name, on, data, role) -> str:
        if self.verdict != "pass":
            return "verdict_missing"
        people = self.auditors | self.committee | self.provider_side
        return "four_eyes" if name in people else ""

    def may_submit_evidence(self, name, on, data, role) -> str:
        if self.state == "follow_up" and self.verdict != "corrective":
            return "step_not_allowed"
        return "term_lapsed" if self.due and self.due < on else ""

    def may_uphold_appeal(self, name, on, data, role) -> str:
        term = timedelta(days=60 if self.by_authority else 30)
        if on > self.rejected + term:
            return "term_lapsed"
        return "four_eyes" if name in self.involved else ""

    def may_pause(self, name, on, data, role) -> str:
        return "step_not_allowed" if self.pausing else ""

    def may_resume(self, name, on, data, role) -> str:
        return "" if self.pausing else "step_not_allowed"

    def may_change_kind(self, name, on, data, role) -> str:
        return "invalid_application" if self.kind == "renewal" else ""

    # -- what a step makes of the case

    def takes(self, do: str, role: str, name: str, on: date, data: Any) -> None:
        before = self.state
        getattr(self, f"do_{do}", lambda *_: None)(name, on, data, role)
        self.involved.add(name)
        if role == "provider":
            self.provider_side.add(name)
        if do in ("withdraw", "revoke", "relinquish"):
            self.state, self.ended = "revoked" if do == "revoke" else "withdrawn", on
        if self.state == "rejected" and before != "rejected":
            self.rejected, self.by_authority, self.before = on, role == "authority", before
        self.close_pause(on)
        self.last, self.events = on, self.events + 1

    def do_confirm_prepared(self, name, on, data, role) -> None:
        self.state, self.declared = "prepared", True

    def do_plan_visit(self, name, on, data, role) -> None:
        self.asked_again()
        self.visit = date.fromisoformat(data["visit_on"])
        self.planned_auditor = data["auditor"]

    def asked_again(self) -> None:
        if self.state == "follow_up":
            if self.verdict:
                self.new_audit(keep=True)
            self.requested = True

    def do_start_visit(self, name, on, data, role) -> None:
        planned = self.planned_auditor
        self.asked_again()
        self.started = True
        self.auditors |= {name if role == "auditor" else planned} - {""}
        self.state = "onsite_audit" if self.state == "prepared" else self.state

    def do_close_visit(self, name, on, data, role) -> None:
        self.closed, self.scores = True, data["scores"]
        self.auditors.add(name)
        self.state = "office_audit" if self.state == "onsite_audit" else self.state

    def do_finish_report(self, name, on, data, role) -> None:
        self.finished = True
        self.auditors.add(name)

    def do_give_verdict(self, name, on, data, role) -> None:
        self.verdict = data["verdict"]
        self.committee.add(name)
        if self.verdict == "corrective":
            self.due = min(later(on, 6), self.two_year or date.max)
        if self.state == "office_audit":
            self.state = {"corrective": "corrective_action", "fail": "rejected"}.get(
                self.verdict, "office_audit"
            )

    def do_register(self, name, on, data, role) -> None:
        start, self.valid_from = data.get("old end"), on
        self.valid_until = later(on, 60)
        if self.kind == "starter":
            self.two_year = self.valid_until = later(on, 24)
        if start is not None and on <= start:
            self.valid_from, self.valid_until = start + DAY, later(start, 60)
        if self.verdict == "conditional":
            self.condition = later(on, 12)
        self.state = "certified"

    def do_extend(self, name, on, data, role) -> None:
        self.valid_until, self.two_year = later(self.valid_from, 60), None
        self.state = "certified"

    def do_refuse(self, name, on, data, role) -> None:
        self.state = "rejected"

    def do_submit_evidence(self, name, on, data, role) -> None:
        self.verdict, self.due = "", None
        self.state = "office_audit" if self.state == "corrective_action" else self.state

    def do_order_reaudit(self, name, on, data, role) -> None:
        self.new_audit(keep=True)
        self.started, self.state = True, "onsite_audit"

    def do_uphold_appeal(self, name, on, data, role) -> None:
        self.state = "applied" if self.before == "applied" else "office_audit"
        if self.verdict in ("fail", "corrective"):
            self.verdict, self.due = "", None

    def do_request_audit(self, name, on, data, role) -> None:
        self.requested = True

    def do_suspend(self, name, on, data, role) -> None:
        self.before, self.state, self.review = self.state, "suspended", later(on, 6)

    def do_lift(self, name, on, data, role) -> None:
        self.state = self.before

    def do_pause(self, name, on, data, role) -> None:
        self.pauses.append([on, None])

    def do_resume(self, name, on, data, role) -> None:
        self.pauses[-1][1] = on

    def do_waive(self, name, on, data, role) -> None:
        self.waived = True

    def do_change_kind(self, name, on, data, role) -> None:
        self.kind = data["kind"]
