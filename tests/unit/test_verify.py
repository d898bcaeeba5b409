"""Verify finds what was changed behind the gate's back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.stories import JOURNEYS, applied, certified


@pytest.mark.parametrize("state", list(State))
def test_what_came_through_the_gate_is_whole(state):
    office = Office()
    office.live(JOURNEYS[state]())
    seen = []
    report = verify(office.house, progress=seen.append)

    assert report.as_json() == {"cases": 1, "events": report.events, "breaches": []}
    assert seen == [1]


class _Tampered:
    """A store in which one thing reads differently from what was written."""

    def __init__(self, store, **lies):
        self._store, self._lies = store, lies

    def __call__(self, *, reading=False):
        return _Lying(self._store(reading=reading), self._lies)


class _Lying:
    def __init__(self, uow, lies):
        self._uow, self._lies = uow, lies

    def __enter__(self):
        self._uow.__enter__()
        return self

    def __exit__(self, *exc):
        return self._uow.__exit__(*exc)

    def __getattr__(self, name):
        truth = getattr(self._uow, name)
        lie = self._lies.get(name)
        return (lambda *args: lie(truth(*args))) if lie else truth


def _found(story, **lies):
    office = Office()
    office.live(story)
    house = replace(office.house, store=_Tampered(office.house.store, **lies))
    return " ".join(verify(house).breaches)


def _event(rows, place, **changes):
    rows[place] = replace(rows[place], event=replace(rows[place].event, **changes))
    return rows


def test_a_state_changed_in_the_table_is_found():
    assert "differs from what its history" in _found(
        applied(), get=lambda case: replace(case, state=State.CERTIFIED)
    )


def test_a_missing_history_row_is_found():
    found = _found(certified(), history=lambda rows: rows[:2] + rows[3:])

    assert "has sequence 4" in found
    assert "starts from onsite_audit" in found


def test_an_empty_history_is_found():
    assert "no history" in _found(applied(), history=lambda rows: [])


def test_a_step_the_page_does_not_know_is_found():
    found = _found(certified(), history=lambda rows: _event(rows, 1, to=State.CERTIFIED))

    assert "the page has no confirm_prepared from applied" in found


def test_a_certificate_without_its_steps_is_found():
    found = _found(
        certified(),
        history=lambda rows: [r for r in rows if r.event.trigger != Trigger.GIVE_VERDICT],
    )

    assert "registered without give_verdict" in found


def test_one_person_in_two_roles_is_found():
    by = Actor.parse("authority:an")
    found = _found(certified(), history=lambda rows: _event(rows, -1, by=by))

    assert "not by different people" in found


def test_a_forgotten_date_is_found():
    assert "the sweep does not know of lapse" in _found(applied(), dues=lambda dues: [])
