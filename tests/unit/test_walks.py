"""Random walks: from any case by any steps, nobody's turn and no date happen only at an end."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor, Case, Event
from kmop_lifecycle.domain.clocks import next_clock
from kmop_lifecycle.domain.decide import catch_up, decide, dues, project
from kmop_lifecycle.domain.effects import fold
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import ENDED, RUNNING, Role, State, Trigger
from kmop_lifecycle.domain.machine import rows
from kmop_lifecycle.domain.reminders import owed
from kmop_lifecycle.service.queries import card
from tests.stories import adoption, application, shipped_rules

RULES = shipped_rules()
SCORES = st.sampled_from(["all T", "all V", "all T except {A1: GT}", "all T except {A1: BB}"])
VERDICTS = st.sampled_from(["pass", "conditional", "corrective", "fail"])


class Walk(RuleBasedStateMachine):
    """One case; people and clock do what they like, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date(2026, 1, 5)
        self.case: Case | None = None
        self.events: list[Event] = []
        self.ledger: set[tuple[str, ...]] = set()

    @initialize(
        kind=st.sampled_from(["basic", "exemption", "starter", "adopted", "adopted starter"]),
        two=st.booleans(),
    )
    def opens(self, kind, two):
        services = {"training": ["innovatie"]} | ({"advice": ["cybersecurity"]} if two else {})
        if kind.startswith("adopted"):
            until = "2027-06-30" if kind == "adopted" else "2024-06-30"
            fields = adoption(services=services, valid_until=until)
            fields["kind"] = "basic" if kind == "adopted" else "starter"
            self._take(Command(Trigger.ADOPT, Actor(Role.ADMIN, "root"), data=fields))
            return
        proof = {"scheme": "qfor", "number": "Q1", "valid_until": "2026-05-01"}
        fields = application(kind=kind, services=services, active_since="2025-01-01")
        if kind == "exemption":
            fields["exemption"] = proof
        self._take(Command(Trigger.SUBMIT, Actor(Role.PROVIDER, "acme"), data=fields))

    def _take(self, command: Command) -> None:
        before = self.case
        try:
            change = decide(command, before, RULES, self.today, number="2026-000001")
        except LifecycleError:
            assert self.case is before
            return
        self._keep(change)

    def _keep(self, change) -> None:
        assert change.event.seq == (self.case.version + 1 if self.case else 1)
        self.case = change.after
        self.events.append(change.event)
        self.ledger |= {notice.key for notice in change.notices}

    @rule(days=st.sampled_from([0, 1, 3, 7, 14, 28, 31, 60, 180, 365]))
    def time_passes(self, days):
        self.today += timedelta(days=days)
        for change in catch_up(self.case, RULES, self.today):
            self._keep(change)
        new = owed(self.case, RULES, self.today, self.ledger)
        assert not {notice.key for notice in new} & self.ledger
        self.ledger |= {notice.key for notice in new}
        assert owed(self.case, RULES, self.today, self.ledger) == []

    @rule(
        trigger=st.sampled_from(sorted(set(Trigger) - {Trigger.SUBMIT, Trigger.ADOPT})),
        name=st.sampled_from(["an", "bo", "cy", "acme"]),
        scores=SCORES,
        verdict=VERDICTS,
        reason=st.sampled_from(["", "because"]),
        ahead=st.integers(0, 60),
    )
    def somebody_acts(self, trigger, name, scores, verdict, reason, ahead):
        may = [step.by for step in rows(trigger, self.case.state)]
        role = may[0][0] if may else Role.ADMIN
        day = self.today.isoformat()
        data = {
            Trigger.CONFIRM_PREPARED: {
                "declaration_signed_on": day,
                "knowledge_test_passed_on": day,
                "quote_accepted_on": day,
            },
            Trigger.PLAN_VISIT: {"visit_on": self.today + timedelta(days=ahead), "auditor": "an"},
            Trigger.CLOSE_VISIT: {"scores": scores, "report_approved_on": day},
            Trigger.FINISH_REPORT: {"hours": 8, "report": "R-1"},
            Trigger.GIVE_VERDICT: {
                "verdict": verdict,
                "reason": reason,
                "measures": [{"what": "poll"}],
            },
            Trigger.SUBMIT_EVIDENCE: {"answers": ["done"]},
            Trigger.CHANGE_KIND: {"kind": "basic"},
            Trigger.REGISTER: {},
            Trigger.EXTEND: {},
            Trigger.UPHOLD_APPEAL: {},
        }.get(trigger, {"reason": reason})
        self._take(Command(trigger, Actor(role, name), self.case.number, data=data))

    @precondition(lambda self: self.case is not None)
    @invariant()
    def an_open_case_has_somebody_and_a_date(self):
        at = card(self.case, RULES, self.today)
        final = at.case.state in ENDED or (at.case.state is State.REJECTED and at.turn is None)
        assert final == (at.turn is None)
        assert final or at.next is not None
        if at.case.state in RUNNING:
            assert next_clock(at.case, RULES, self.today) is not None
        if not final:
            assert dues(at.case, RULES, self.today, self.ledger)

    @precondition(lambda self: self.case is not None)
    @invariant()
    def the_history_makes_the_case(self):
        assert fold(self.events) == self.case
        assert [event.seq for event in self.events] == list(range(1, len(self.events) + 1))

    @precondition(lambda self: self.case is not None)
    @invariant()
    def a_certificate_has_both_parts_a_verdict_and_a_decision_by_different_people(self):
        if self.case.registration is None or self.case.adopted:
            return
        first = {}
        for event in self.events:
            if event.trigger is Trigger.REGISTER:
                break
            first.setdefault(event.trigger, set()).add(event.by.name)
        auditors = first[Trigger.CLOSE_VISIT] | first[Trigger.FINISH_REPORT]
        decider = next(e.by.name for e in self.events if e.trigger is Trigger.REGISTER)
        verdicts = [e for e in self.events if e.trigger is Trigger.GIVE_VERDICT]
        assert decider not in auditors
        assert decider not in first[Trigger.GIVE_VERDICT]
        assert any(e.facts["verdict"] in ("pass", "conditional") for e in verdicts)

    @precondition(lambda self: self.case is not None)
    @invariant()
    def waiting_longer_and_looking_twice_give_the_same(self):
        later = self.today + timedelta(days=400)
        step_by_step = project(self.case, RULES, self.today + timedelta(days=200))
        assert project(step_by_step, RULES, later) == project(self.case, RULES, later)


TestWalk = Walk.TestCase
