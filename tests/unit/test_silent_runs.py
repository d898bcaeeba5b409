"""A run that died in silence: what the alarm waits for."""

from __future__ import annotations

import pytest
from prefect.events.schemas.automations import EventTrigger

from flows import automations
from flows.deploying import variables


@pytest.fixture
def trigger() -> EventTrigger:
    found = automations._no_heartbeat().trigger
    assert isinstance(found, EventTrigger)
    return found


def test_a_run_is_waited_for_from_its_start_on_not_from_its_first_heartbeat(
    trigger: EventTrigger,
) -> None:
    assert {"prefect.flow-run.Running", "prefect.flow-run.heartbeat"} == trigger.after


def test_three_signs_of_life_are_missed_before_a_run_counts_as_dead(
    trigger: EventTrigger,
) -> None:
    env = variables({})["env"]
    assert env["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == str(automations.HEARTBEAT)
    assert trigger.within.total_seconds() == 3 * automations.HEARTBEAT


def test_a_run_that_was_taken_and_never_began_is_given_longer() -> None:
    trigger = automations._never_begun().trigger
    assert isinstance(trigger, EventTrigger)
    assert trigger.after == {"prefect.flow-run.Pending"}
    assert "prefect.flow-run.*" in trigger.expect  # to begin is a sign of life
    assert trigger.within > automations.SILENT


def test_what_an_operator_has_added_to_a_deployment_stays() -> None:
    kept = {"image": "ours:1", "env": {"TZ": "Europe/Brussels"}}
    told = variables(kept)
    assert told["image"] == "ours:1"
    assert told["env"] == {**kept["env"], **variables(None)["env"]}
