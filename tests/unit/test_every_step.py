"""State by trigger by role, completely: what the page does not list is refused with its code."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor, Case
from kmop_lifecycle.domain.decide import OPENING, decide
from kmop_lifecycle.domain.errors import BadInput, Code, Refused
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.machine import move, rows
from tests.stories import application, in_state, shipped_rules

DATA = {
    Trigger.PLAN_VISIT: {"visit_on": "2099-01-01"},
    Trigger.FINISH_REPORT: {"hours": 8, "report": "R"},
    Trigger.GIVE_VERDICT: {"verdict": "pass"},
    Trigger.CHANGE_KIND: {"kind": "basic"},
}


@cache
def _standing(state: State) -> tuple[Case, date]:
    story = in_state(state)
    return story.now, story.today


def _code(state: State | None, trigger: Trigger, role: Role) -> str:
    """Return how a step is answered: a refusal code, or `done`."""
    case, today = _standing(state) if state else (None, date(2026, 1, 5))
    data = application() if trigger in OPENING else DATA.get(trigger, {})
    command = Command(trigger, Actor(role, "someone.new"), data=data)
    try:
        change = decide(command, case, shipped_rules(), today, number="2026-000001")
    except Refused as refusal:
        return refusal.code
    except BadInput:
        return "bad_input"
    assert change.after.state in State
    return "done"


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("trigger", list(Trigger))
def test_a_step_not_on_the_page_is_refused_whoever_asks(state, trigger):
    answers = {role: _code(state, trigger, role) for role in Role}

    if not rows(trigger, state):
        assert set(answers.values()) == {Code.STEP_NOT_ALLOWED}
        return
    may = rows(trigger, state)[0].by
    for role, answer in answers.items():
        assert (answer == Code.ROLE_NOT_ALLOWED) == (role not in may)
        assert role not in may or answer != Code.ROLE_NOT_ALLOWED


@pytest.mark.parametrize("state", list(State))
def test_the_machine_leads_where_the_page_says(state):
    for trigger in Trigger:
        for step in rows(trigger, state):
            assert move(trigger, state, step.route) is (step.to or state)


def test_a_route_the_page_does_not_know_is_an_error_of_the_program():
    with pytest.raises(LookupError):
        move(Trigger.GIVE_VERDICT, State.OFFICE_AUDIT, "sideways")
