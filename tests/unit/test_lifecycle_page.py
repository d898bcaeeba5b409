"""The page is whole: every state can be reached and left, every condition and date exists."""

from __future__ import annotations

from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.guards import GUARDS
from kmop_lifecycle.domain.lifecycle import (
    AUDITING,
    CLOCK,
    ENDED,
    RUNNING,
    STEPS,
    Role,
    State,
    Trigger,
)
from tests.stories import ROOT


def _ways() -> set[tuple[State | None, State]]:
    ways: set[tuple[State | None, State]] = set()
    for step in STEPS:
        for source in step.sources or {None}:
            if step.to is not None:
                ways.add((source, step.to))
    return ways


def test_the_page_fits_on_one_page():
    text = (ROOT / "kmop_lifecycle" / "domain" / "lifecycle.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 150


def test_every_state_can_be_reached_from_an_application():
    reached: set[State | None] = {None}
    while found := {to for source, to in _ways() if source in reached} - reached:
        reached |= found

    assert reached == {None, *State}


def test_every_state_but_the_final_ones_has_a_way_out():
    assert {source for source, _ in _ways()} - {None} == set(State) - ENDED


def test_every_trigger_has_a_row():
    assert {step.trigger for step in STEPS} == set(Trigger)


def test_every_condition_on_the_page_exists_and_says_what_it_is():
    assert {name for step in STEPS for name in step.only_if} == set(GUARDS)
    assert all(guard.__doc__ for guard in GUARDS.values())


def test_what_the_clock_fires_is_a_step_of_the_system_on_a_known_date():
    for trigger, name in CLOCK:
        assert name in DATES
        assert all(Role.SYSTEM in step.by for step in STEPS if step.trigger is trigger)


def test_the_clock_never_suspends_or_revokes():
    assert not {Trigger.SUSPEND, Trigger.REVOKE} & {trigger for trigger, _ in CLOCK}


def test_verdicts_and_decisions_are_never_the_administrators():
    for step in STEPS:
        if step.trigger in (Trigger.GIVE_VERDICT, Trigger.REGISTER, Trigger.EXTEND):
            assert Role.ADMIN not in step.by


def test_an_admin_may_fire_what_a_bureau_or_the_clock_may():
    for step in STEPS:
        if {Role.BUREAU, Role.SYSTEM} & set(step.by) and step.trigger is not Trigger.REFUSE:
            assert Role.ADMIN in step.by


def test_the_named_groups_of_states_do_not_overlap():
    assert not AUDITING & RUNNING
    assert not ENDED & (AUDITING | RUNNING)
    assert AUDITING | RUNNING | ENDED | {State.REJECTED} == set(State)
