"""Runs that await a person: as many as wanted, none twice, none stale."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import StateType

from flows import guides
from kmop_lifecycle.service.overview import one_case
from tests.fakes import Office
from tests.stories import prepared, visiting


@dataclass
class FakePrefect:
    """Keeps runs as Prefect's server would, as far as guides ask for it."""

    runs: list[Any] = field(default_factory=list)

    async def read_deployment_by_name(self, name):
        return SimpleNamespace(id=name)

    async def read_flow_runs(self, *, flow_filter, flow_run_filter, limit, offset):
        state, tags = flow_run_filter.state, flow_run_filter.tags
        found = [
            run
            for run in self.runs
            if (state is None or run.state.type in state.type.any_)
            and (tags is None or set(tags.all_) <= set(run.tags))
        ]
        return found[offset : offset + limit]

    async def create_flow_run_from_deployment(
        self, deployment, *, parameters, name, tags, idempotency_key
    ):
        known = next((run for run in self.runs if run.key == idempotency_key), None)
        if known:
            return known
        state = SimpleNamespace(type=StateType.PAUSED, name="Suspended")
        run = SimpleNamespace(
            id=uuid4(),
            key=idempotency_key,
            name=name,
            tags=tags,
            parameters=parameters,
            state=state,
        )
        self.runs.append(run)
        return run

    async def set_flow_run_state(self, run_id, state, *, force):
        next(run for run in self.runs if run.id == run_id).state = state

    def waiting(self):
        return [run.name for run in self.runs if run.state.type is StateType.PAUSED]


@pytest.fixture
def prefect():
    return FakePrefect()


@pytest.fixture
def standing():
    """Return how the case of a story stands."""

    def of(story):
        office = Office()
        return one_case(office.house, office.live(story), office.clock.day)

    return of


def reconciled(prefect, *awaiting, most=40):
    """Reconcile with a house in which these cases are all that is open."""

    def stands(numbers):
        return {one.number: one for one in awaiting if one.number in numbers}

    return asyncio.run(guides.reconcile(prefect, awaiting[:most], most, stands))


def test_what_is_missing_is_opened_once(prefect, standing):
    case = standing(prepared())
    assert reconciled(prefect, case) == (0, 1)
    assert reconciled(prefect, case) == (0, 0)
    assert prefect.waiting() == ["2026-000001 awaits plan_visit"]
    assert {"case:2026-000001", "bureau:DNV", "step:plan_visit"} <= set(prefect.runs[0].tags)


def test_what_has_become_stale_is_closed(prefect, standing):
    reconciled(prefect, standing(prepared()))
    assert reconciled(prefect, standing(visiting())) == (1, 1)
    assert prefect.waiting() == ["2026-000001 awaits close_visit"]
    assert prefect.runs[0].state.name == "DoneElsewhere"


def test_no_more_are_opened_than_are_wanted(prefect, standing):
    assert reconciled(prefect, standing(prepared()), most=0) == (0, 0)
    asyncio.run(guides.follow(prefect, standing(prepared()), 0))
    assert prefect.runs == []


def test_a_run_that_is_there_stays_though_others_have_become_more_urgent(prefect, standing):
    later, urgent = standing(prepared()), standing(visiting())
    case = replace(urgent.card.case, number="2026-000002")
    urgent = replace(urgent, card=replace(urgent.card, case=case))
    assert reconciled(prefect, later, most=1) == (0, 1)
    assert reconciled(prefect, urgent, later, most=1) == (0, 0)
    assert reconciled(prefect, urgent, later, most=2) == (0, 1)
    assert prefect.waiting() == ["2026-000001 awaits plan_visit", "2026-000002 awaits close_visit"]


def test_a_step_taken_elsewhere_closes_one_run_and_opens_the_next(prefect, standing):
    reconciled(prefect, standing(prepared()))
    asyncio.run(guides.follow(prefect, standing(visiting()), 40))
    assert prefect.waiting() == ["2026-000001 awaits close_visit"]


def test_a_run_that_was_refused_is_followed_by_another(prefect, standing, monkeypatch):
    case = standing(prepared())
    reconciled(prefect, case)
    heard = prefect.runs[0]
    heard.state.type = StateType.RUNNING
    this = SimpleNamespace(flow_run=SimpleNamespace(id=str(heard.id)))
    monkeypatch.setattr(guides, "runtime", this)
    asyncio.run(guides.follow(prefect, case, 40))
    assert prefect.waiting() == ["2026-000001 awaits plan_visit"]
    assert len({run.key for run in prefect.runs}) == 2
