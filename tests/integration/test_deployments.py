"""What is registered with Prefect: names, schedules, limits, forms."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

from flows import deployments, forms
from kmop_lifecycle.domain.commands import SHAPES, Application
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.rulebook import Service
from tests.stories import ROOT

OPENED = {Trigger.SUBMIT, Trigger.ADOPT}


def test_the_application_form_asks_for_every_field_and_no_other():
    assert set(forms.ApplicationForm.model_fields) == {f.name for f in fields(Application)}
    assert set(forms.ServicesForm.model_fields) == set(Service)
    assert set(forms.NumbersForm.model_fields) == set(Service)


def test_the_details_cover_every_field_of_every_step():
    steps = {f.name for t, shape in SHAPES.items() if t not in OPENED for f in fields(shape)}
    assert set(forms.Details.model_fields) == steps


@pytest.mark.parametrize("planned", deployments.PLAN, ids=lambda planned: planned.name)
def test_file_function_and_deployment_share_a_name(planned):
    registered = planned.registered()
    assert registered.name == planned.flow.fn.__name__ == registered.flow_name == planned.name
    assert registered.entrypoint == f"flows.{planned.name}.{planned.name}"
    assert registered.description
    assert "**Click**" in registered.description
    assert planned.flow.persist_result is False


@pytest.mark.parametrize("planned", deployments.PLAN, ids=lambda planned: planned.name)
def test_what_runs_by_the_clock_runs_once_at_a_time(planned):
    registered = planned.registered()
    if planned.cron:
        assert registered.schedules[0].schedule.timezone == "Europe/Brussels"
        assert registered.concurrency_limit == 1
        assert registered.concurrency_options.collision_strategy == "CANCEL_NEW"
    else:
        assert not registered.schedules  # a person's form is never dropped for another's


@pytest.mark.parametrize("night", [date(2027, 3, 28), date(2026, 10, 25)])
def test_a_night_of_changing_clocks_sweeps_each_hour_once(night):
    here = ZoneInfo(deployments.TIMEZONE)
    start = datetime(night.year, night.month, night.day, tzinfo=here)
    cron = CronSchedule(cron=deployments.PLAN[0].cron, timezone=deployments.TIMEZONE)
    runs = [day.astimezone(here) for day in asyncio.run(cron.get_dates(23, start))]
    assert [run.hour for run in runs] == [0, 1, *range(3, 24)]
    assert all(run.astimezone(UTC) < later.astimezone(UTC) for run, later in pairwise(runs))


def test_the_file_for_work_pools_says_the_same_as_the_code():
    said = yaml.safe_load((ROOT / "deploy" / "prefect.yaml").read_text())["deployments"]
    for told, planned in zip(said, deployments.PLAN, strict=True):
        registered = planned.registered()
        assert told["name"] == planned.name
        assert told["entrypoint"] == registered.entrypoint
        assert tuple(told["tags"]) == planned.tags
        crons = [(s["cron"], s["timezone"]) for s in told.get("schedules", [])]
        assert crons == ([(planned.cron, deployments.TIMEZONE)] if planned.cron else [])
        limit = {"limit": 1, "collision_strategy": "CANCEL_NEW"} if planned.cron else None
        assert told.get("concurrency_limit") == limit
