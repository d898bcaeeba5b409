"""One registration per enterprise and service at a time, whatever way a case took."""

from __future__ import annotations

from datetime import date

import pytest

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor, Neighbour, Registration
from kmop_lifecycle.domain.decide import decide
from kmop_lifecycle.domain.errors import Refused
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import Service
from tests.stories import judged


def _neighbour(state=State.CERTIFIED, until="2028-06-30", services=("training",), **more):
    held = Registration(date(2023, 7, 1), date.fromisoformat(until), date(2023, 7, 1))
    named = frozenset(map(Service, services))
    values = {"number": "2026-000009", "kind": "basic", "services": named, "state": state}
    return Neighbour(**values | {"registration": held} | more)


def _registered_beside(*neighbours):
    story = judged()
    command = Command(Trigger.REGISTER, Actor.parse("authority:v"), on=date(2026, 3, 16))
    return decide(command, story.now, story.rules, date(2026, 3, 16), neighbours=neighbours)


def test_no_registration_begins_beside_another_of_the_same_service():
    with pytest.raises(Refused) as told:
        _registered_beside(_neighbour())
    assert told.value.code == "duplicate_case"
    assert "2026-000009" in str(told.value)


@pytest.mark.parametrize(
    "neighbour",
    [
        _neighbour(services=("advice",)),
        _neighbour(until="2026-03-15"),
        _neighbour(state=State.REVOKED),
        _neighbour(registration=None, state=State.OFFICE_AUDIT),
        _neighbour(number="2026-000001"),
    ],
)
def test_a_registration_begins_where_no_other_of_its_service_runs(neighbour):
    assert _registered_beside(neighbour).after.state is State.CERTIFIED
