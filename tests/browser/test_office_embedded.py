"""The office in a real browser, one story in the order of the file: on the embedded server.

With KMOP_TEST_CLUSTER=1 on a cluster: a login, two API servers, workers, Postgres, Redis.
"""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import expect

from kmop_lifecycle import bootstrap
from kmop_lifecycle.settings import load_settings
from tests.browser.clerk import PATIENCE
from tests.browser.office import (
    Office,
    applies_and_is_visited,
    goes,
    leaks,
)
from tests.fakes import Office as Aside
from tests.stories import prepared
from tests.upped import until

OTHER = "0403.019.261"  # another firm than the one on its way
pytestmark = [pytest.mark.browser, pytest.mark.prefect]


def waiting(office: Office) -> list[str]:
    """Return the names of the runs that await a person."""
    return [run["name"] for run in office.up.runs("guide_step", "PAUSED")]


def test_an_application_goes_its_way_by_forms_and_a_visit_too_early_is_refused(
    office: Office,
) -> None:
    applies_and_is_visited(office.walk)


def test_whoever_is_awaited_answers_the_run_that_awaits_him(office: Office) -> None:
    walk, clerk = office.walk, office.clerk
    name = f"{walk.case} awaits give_verdict"
    until(lambda: waiting(office) == [name], f"{name}, and no other run", 90)
    assert clerk.answer(name, {"Verdict": "pass"}, user="bo", on=walk.day(8)) == (
        "Completed",
        f"{walk.case} office_audit, version 7",
    )


def test_a_step_taken_by_a_form_closes_the_run_that_awaited_it(office: Office) -> None:
    walk = office.walk
    until(lambda: waiting(office) == [f"{walk.case} awaits register"], "the next guide", 90)
    goes(walk, "register", "vlaio", 10, "certified", decided_on=walk.day(10))
    assert waiting(office) == []
    ended = office.up.runs("guide_step", "COMPLETED")
    assert "DoneElsewhere" in {run["state"]["name"] for run in ended}


def test_the_page_on_the_case_and_the_boards_are_found_by_clicks(office: Office) -> None:
    walk, page = office.walk, office.clerk.page
    office.clerk.open_note()
    page.get_by_role("link", name=f"Case {walk.case}").click()
    expect(page.get_by_role("heading", name=f"Case {walk.case}: registered")).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_role("img", name="Planned and real")).to_be_visible()
    assert office.up.end(office.up.start("sweep_deadlines"))["state"]["type"] == "COMPLETED"
    page.get_by_role("link", name="Pipeline").click()
    expect(page.get_by_role("cell", name="registered")).to_be_visible()
    page.get_by_role("link", name="Calendar").click()
    expect(page.get_by_role("heading", name="The next")).to_be_visible()


def test_runs_and_events_are_found_by_case_bureau_and_step(office: Office) -> None:
    case = office.walk.case
    tags = {"flow_runs": {"tags": {"all_": [f"case:{case}", "bureau:DNV", "step"]}}}
    names = {run["name"] for run in office.up.ask("POST", "/flow_runs/filter", tags)}
    assert f"{case} start_visit" in names
    told = {"filter": {"event": {"prefix": ["kmop."]}}, "limit": 50}
    events = office.up.ask("POST", "/events/filter", told)["events"]
    about = [
        one for one in events if one["resource"]["prefect.resource.id"] == f"kmop.case.{case}"
    ]
    seen = sorted(one["event"] for one in about)
    assert len(seen) == len(set(seen)) == 8  # each once, though told by the form and by the sweep
    roles = {each["prefect.resource.role"] for one in about for each in one["related"]}
    assert {"bureau", "provider"} <= roles


def test_nothing_personal_is_left_in_prefect(office: Office) -> None:
    found = [*office.kept()]
    assert office.walk.case in repr(found)
    assert leaks(iter(found)) == []


def test_a_new_prefect_database_has_everything_again_and_who_is_awaited(
    office: Office,
) -> None:
    house = bootstrap.house(load_settings(database_url=office.register))
    second = Aside(house).live(prepared(enterprise_number=OTHER))
    house.store.engine.dispose()  # type: ignore[attr-defined]
    forms = set(office.up.deployments())
    up = office.start_anew()
    try:
        assert set(up.deployments()) == forms
        until(lambda: up.runs("sweep_deadlines", "COMPLETED"), "the first sweep", 90)
        pages = up.ask("POST", "/artifacts/latest/filter", {})
        assert {"today-nl", "calendar-en", "deliveries-en"} <= {page["key"] for page in pages}
        assert any(run["auto_scheduled"] for run in up.runs("verify_history", "SCHEDULED"))
        automations = up.ask("POST", "/automations/filter", {})
        assert len([one for one in automations if one["name"].startswith("kmop: ")]) == 4
        waits = f"{second} awaits plan_visit"
        until(lambda: [run["name"] for run in up.runs("guide_step", "PAUSED")] == [waits], waits)
    finally:
        up.stop(signal.SIGTERM)
