"""A run that died in silence: what the alarm waits for."""

from __future__ import annotations

import pytest
from prefect.events.schemas.automations import EventTrigger

from flows import automations


@pytest.fixture
def trigger() -> EventTrigger:
    found = automations._no_heartbeat().trigger
    assert isinstance(found, EventTrigger)
    return found


def test_a_run_is_waited_for_from_its_start_on_not_from_its_first_heartbeat(
    trigger: EventTrigger,
) -> None:
    assert {"prefect.flow-run.Running", "prefect.flow-run.heartbeat"} == trigger.after
