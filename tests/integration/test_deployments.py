"""What is registered with Prefect: names, schedules, limits, forms."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule

from flows import asked, choices, deployments, forms, steps
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.commands import SHAPES, Adoption, Application, Reason
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.domain.lifecycle import STEPS, Role, Trigger
from kmop_lifecycle.domain.rulebook import Service
from tests.stories import ROOT

OPENED = {Trigger.SUBMIT, Trigger.ADOPT}


def test_the_application_form_asks_for_every_field_and_no_other():
    assert set(forms.ApplicationForm.model_fields) == {f.name for f in fields(Application)}
    assert set(forms.ServicesForm.model_fields) == set(Service)
    assert set(forms.NumbersForm.model_fields) == set(Service)


def test_the_adoption_form_asks_for_every_field_and_no_other():
    assert set(forms.AdoptionForm.model_fields) == {f.name for f in fields(Adoption)}


def test_every_step_that_people_take_has_its_form():
    clock = {Trigger.LAPSE, Trigger.MEASURES_LAPSED, Trigger.EXPIRE}
    assert set(steps.FORMS) == set(Trigger) - clock - OPENED


@pytest.mark.parametrize("trigger", steps.FORMS)
def test_a_form_asks_for_what_its_command_is_told_and_for_nothing_else(trigger):
    told = {f.name for f in fields(SHAPES.get(trigger, Reason))}
    drawn = steps.FORMS[trigger].parameters.properties
    assert set(drawn) - {"case", "role", "user", "on", "dry_run"} == told
    assert drawn["case"]["pattern"] == r"^\d{4}-\d{6,}$"


@pytest.mark.parametrize("trigger", steps.FORMS)
def test_a_form_offers_the_roles_of_the_page_and_no_other(trigger):
    page = {role for step in STEPS if step.trigger is trigger for role in step.by} - {Role.SYSTEM}
    drawn = steps.FORMS[trigger].parameters.properties
    assert set(asked.who_may(trigger)) == page
    assert set(drawn.get("role", {"enum": page})["enum"]) == page


@pytest.mark.parametrize("planned", deployments.PLAN, ids=lambda planned: planned.name)
def test_a_form_is_described_field_by_field_and_asks_for_no_json(planned):
    schema = planned.registered()._parameter_openapi_schema
    tables = [
        schema.properties,
        *(d["properties"] for d in schema.definitions.values() if "properties" in d),
    ]
    for name, field in [item for table in tables for item in table.items()]:
        assert field.get("description"), name
        assert field.get("type") != "object", f"{name} would be free JSON"


@pytest.mark.parametrize("planned", deployments.PLAN, ids=lambda planned: planned.name)
def test_parameters_are_checked_and_no_result_is_kept_or_pickled(planned):
    deployed = planned.registered()
    assert deployed.enforce_parameter_schema is True
    flow = load_flow_from_entrypoint(deployed.entrypoint)
    assert flow.persist_result is False  # a pickle that somebody changed would run on loading
    assert flow.result_serializer == "json"
    assert flow.retries == 0


def test_what_may_stay_empty_is_a_plain_picker():
    drawn = steps.FORMS[Trigger.PLAN_VISIT].parameters
    assert drawn.properties["on"]["format"] == "date"
    assert "default" not in drawn.properties["on"]
    assert "on" not in drawn.required
    assert "visit_on" in drawn.required


def test_the_lists_of_the_rule_book_are_offered():
    names = choices.bureau()["enum"]
    assert "Vinçotte" in names
    assert "BCC" not in names  # its appointment has ended
    assert choices.themes(Service.ADVICE)["items"]["enum"] == ["cybersecurity"]
    assert "E1 Individuele ervaring" in choices.indicator()["enum"]


def test_a_broken_rule_book_leaves_free_text(monkeypatch):
    def broken():
        raise ConfigurationError("no rules")

    monkeypatch.setattr(bootstrap, "rule_book", broken)
    choices._rules.cache_clear()
    try:
        assert choices.bureau() == {}
        assert choices.themes(Service.ADVICE) == {"items": {"type": "string"}}
        assert choices.indicator() == {}
    finally:
        choices._rules.cache_clear()


@pytest.mark.parametrize("planned", deployments.PLAN, ids=lambda planned: planned.name)
def test_function_and_deployment_share_a_name_and_a_run_finds_the_flow(planned):
    registered = planned.registered()
    assert registered.name == planned.flow.fn.__name__ == registered.flow_name == planned.name
    assert load_flow_from_entrypoint(registered.entrypoint) is planned.flow
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
