"""What each flow does and how its run ends, with the use cases behind it and Prefect away."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import httpx
import pytest

from flows import adopt_registration as adopting
from flows import blocks, forms, opening, outcome, steps
from flows import deliver_notices as delivering
from flows import guide_step as guiding
from flows import import_file as importing
from flows import raise_alarm as alarming
from flows import show_case as showing
from flows import submit_application as submitting
from flows import sweep_deadlines as sweeping
from flows import verify_history as verifying
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import BadInput, TryAgain
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.intake import Problem
from kmop_lifecycle.service.invariants import Breach, Invariant
from kmop_lifecycle.service.outbox import DeliveryReport
from kmop_lifecycle.service.ports import Outcome
from kmop_lifecycle.service.sweep import SweepReport
from kmop_lifecycle.service.verify import VerifyReport
from tests.fakes import Office
from tests.stories import adoption, application, prepared, visiting

FORM = application()


@pytest.fixture
def office(monkeypatch):
    office = Office()
    monkeypatch.setattr(bootstrap, "house", lambda **_: office.house)
    return office


def ended(flow, *args, **kwargs):
    """Run a flow's body and return how its run would end: the state's type and its message."""
    state = asyncio.run(flow.fn(*args, **kwargs))
    return state.type.value, state.message


def swept(*args, **kwargs):
    return ended(sweeping.sweep_deadlines, *args, **kwargs)


def delivered():
    return ended(delivering.deliver_notices)


def submitted(form, **kwargs):
    asked = {"application": form, "role": "provider", "user": "acme"} | kwargs
    return ended(submitting.submit_application, **asked)


def fired(trigger, user, **kwargs):
    return ended(steps.FORMS[trigger], case="2026-000001", user=user, **kwargs)


def test_a_sweep_moves_what_is_due_and_says_so_in_one_line(office):
    office.live(prepared())
    office.on("2027-01-06")
    kind, line = swept()
    assert kind == "COMPLETED"
    assert line.startswith("2027-01-06: 1 cases looked at; 1 lapse; ")


def test_a_second_sweep_moves_nothing_twice(office):
    office.live(prepared())
    office.on("2027-01-06")
    swept()
    assert "nothing moved" in swept()[1]


def test_a_future_day_is_refused_unless_it_is_a_dry_run(office):
    office.live(prepared())
    kind, line = swept(date(2028, 1, 1))
    assert (kind, line) == (
        "FAILED",
        "bad_input: 2028-01-01 is in the future (tick dry run, or leave the day empty)",
    )
    kind, line = swept(date(2028, 1, 1), dry_run=True)
    assert kind == "COMPLETED"
    assert line.startswith("would be moved: ")
    assert office.house.store(reading=True).__enter__().get("2026-000001").state == "prepared"


def test_a_sweep_out_of_the_ordinary_stops_until_somebody_approves_it(office):
    office.live(prepared())
    limits = replace(office.house.limits, usual_cases=0, usual_percent=0)
    office.house = replace(office.house, limits=limits)
    office.on("2027-01-06")
    before = office.rows("2026-000001")
    kind, line = swept()
    assert kind == "FAILED"
    assert "1 of 1 cases are due on 2027-01-06" in line
    assert "Approve" in line  # the switch of the form, beside the command line's --yes
    assert office.rows("2026-000001") == before
    kind, line = swept(approve=True)
    assert kind == "COMPLETED"
    assert "1 lapse" in line


def test_a_sweep_that_could_not_do_a_case_ends_as_failed_and_names_it(office, monkeypatch):
    report = SweepReport(date(2026, 1, 5), cases=2, failed=[("2026-000001", "no rule")])
    monkeypatch.setattr(sweeping, "careful_sweep", lambda *_, **__: report)
    kind, line = swept()
    assert kind == "FAILED"
    assert line.endswith("1 failed, the first: 2026-000001: no rule")


def test_delivery_counts_what_became_of_the_notices(office):
    office.live(prepared())
    assert delivered() == ("COMPLETED", f"3 sent in {len(office.notifier.sent)} messages")
    assert delivered() == ("COMPLETED", "nothing to send")


def test_a_notice_that_no_later_run_will_send_makes_the_delivery_fail(office):
    office.live(prepared())
    office.notifier.answers["jo.maes@acme.example"] = Outcome("dead", "550 unknown")
    kind, line = delivered()
    assert kind == "FAILED"
    assert "dead" in line


def test_a_wrong_configuration_stops_the_delivery_and_is_named(office, monkeypatch):
    report = DeliveryReport(Counter(), Counter({"channel mail": 3}), ["mail: 535 bad password"])
    monkeypatch.setattr(delivering, "deliver", lambda *_, **__: report)
    kind, line = delivered()
    assert kind == "FAILED"
    why = "configuration: mail: 535 bad password"
    assert line == f"{why} (nothing to send; waiting: 3 channel mail)"


def test_an_application_is_answered_by_its_case_number(office):
    office.on("2026-01-05")
    kind, line = submitted(FORM)
    assert (kind, line) == ("COMPLETED", "2026-000001 applied, version 1")


def test_a_refused_application_ends_as_failed_with_its_code_and_no_personal_data(office):
    office.on("2026-01-05")
    kind, line = submitted(FORM | {"iban": "BE00999"})
    assert kind == "FAILED"
    assert line.startswith("invalid_iban: ")
    assert "BE00999" not in line


def test_the_empty_fields_of_a_form_are_not_values(office):
    office.on("2026-01-05")
    form = forms.ApplicationForm(
        name="Acme BV",
        enterprise_number="0566.988.259",
        iban="BE68539007547034",
        bureau="DNV",
        services=forms.ServicesForm(training=["innovatie"]),
        contact=forms.ContactForm(name="Jo Maes", email="jo@acme.example"),
    )
    line = "2026-000001 applied, version 1"
    assert submitted(form, on="2026-01-02") == ("COMPLETED", line)


def test_a_date_that_is_none_is_said_to_be_none(office):
    form = "a date such as 2026-03-16"
    assert submitted(FORM, on="yesterday") == (
        "FAILED",
        f"bad_input: on: 'yesterday' is not {form} (write {form})",
    )


def test_a_defect_in_the_form_tells_where_and_quotes_nothing(office, monkeypatch):
    def broken(*_):
        raise KeyError("Jo Maes")

    monkeypatch.setattr(opening, "fire", broken)
    with pytest.raises(RuntimeError, match=r"^defect: KeyError in broken, ") as caught:
        submitted(FORM)
    assert "Jo Maes" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_application_may_be_tried_before_it_is_made(office):
    office.on("2026-01-05")
    assert submitted(FORM, dry_run=True) == ("COMPLETED", "nothing stands in the way")
    with office.house.store(reading=True) as books:
        assert books.numbers("", 1) == []


def test_a_registration_of_before_is_adopted_by_form(office):
    office.on("2026-01-05")
    state = ended(adopting.adopt_registration, application=adoption(), user="els")
    assert state == ("COMPLETED", "2026-000001 certified, version 1")


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    monkeypatch.setenv("KMOP_INBOX", str(tmp_path))
    return tmp_path


HEADING = "name;enterprise_number;iban;kind;bureau;contact_name;contact_email;training_themes"
GOOD = "Acme BV;0566.988.259;BE68539007547034;basic;DNV;Jo Maes;jo@acme.example;innovatie"
WRONG = "Bravo NV;0403.019.261;BE00999;basic;DNV;Bo Wouters;bo@bravo.example;innovatie"


def imported(**given):
    return ended(importing.import_file, **{"file": "new.csv", "user": "els", **given})


def test_a_sheet_of_the_inbox_is_tried_before_it_is_taken_in(office, inbox):
    office.on("2026-01-05")
    (inbox / "new.csv").write_text(f"{HEADING}\n{GOOD}\n", encoding="utf-8")
    told = "1 rows: 1 right, 0 known already, 0 refused; dry run: nothing was written"
    assert imported() == ("COMPLETED", told)
    told = "1 rows: 1 taken in, 0 known already, 0 refused"
    assert imported(dry_run=False) == ("COMPLETED", told)


def test_a_sheet_with_a_wrong_row_is_refused_whole_and_quotes_nothing_personal(office, inbox):
    office.on("2026-01-05")
    (inbox / "new.csv").write_text(f"{HEADING}\n{GOOD}\n{WRONG}\n", encoding="utf-8")
    kind, line = imported(dry_run=False)
    assert kind == "FAILED"
    assert "nothing was written (correct the rows, or choose Partial)" in line
    assert "line 3, invalid_iban" in line
    assert "BE00999" not in line
    kind, line = imported(dry_run=False, partial=True)
    assert line.startswith("2 rows: 1 taken in, 0 known already, 1 refused; the first: line 3")
    report = importing.table([Problem(3, "iban", "", "invalid_iban", "wrong | digits")])
    assert report.endswith("| 3 | iban |  | invalid_iban: wrong / digits |")


@pytest.mark.parametrize("name", ["other.csv", "../new.csv", ""])
def test_a_sheet_that_is_not_in_the_inbox_is_named_with_those_that_are(office, inbox, name):
    (inbox / "new.csv").write_text("", encoding="utf-8")
    kind, line = imported(file=name)
    assert kind == "FAILED"
    assert line.startswith(f"not_found: there is no sheet {name!r} in the inbox")
    assert line.endswith("(there: new.csv)")


def test_an_alarm_ends_as_failed_so_that_the_dashboard_shows_it(office):
    told = "no sweep; mail to the admin: sent"
    assert ended(alarming.raise_alarm, "no sweep") == ("FAILED", told)


def test_a_case_page_is_asked_for_by_number(office):
    number = office.live(prepared())
    told = f"{number} prepared: see page case-{number}-en"
    assert ended(showing.show_case, case=number) == ("COMPLETED", told)
    assert ended(showing.show_case, case="2026-000009")[1].startswith("not_found: ")


def test_a_guide_for_a_case_that_has_moved_on_ends_at_once(office):
    number = office.live(prepared())
    state = asyncio.run(guiding.guide_step.fn(number, "start_visit", 2))
    assert state.name == "DoneElsewhere"


def test_a_guide_asks_and_takes_the_step_through_the_gate(office, monkeypatch):
    number = office.live(prepared())
    office.on("2026-02-02")
    asked = {}

    async def suspended(wait_for_input, **how):
        asked.update(how, said=wait_for_input._description)
        return wait_for_input(visit_on="2026-02-10", user="plan")

    monkeypatch.setattr(guiding, "asuspend_flow_run", suspended)
    state = ended(guiding.guide_step, number, "plan_visit", 2)
    assert state == ("COMPLETED", f"{number} prepared, version 3")
    assert f"### {number}" in asked["said"]
    assert "Acme" not in asked["said"]


def test_a_step_is_fired_by_form(office):
    office.live(prepared())
    office.on("2026-02-10")
    line = "2026-000001 onsite_audit, version 3"
    assert fired(Trigger.START_VISIT, "an", role="auditor") == ("COMPLETED", line)


def test_the_first_role_of_a_step_acts_unless_another_is_chosen(office):
    office.live(prepared())
    office.on("2026-02-10")
    assert fired(Trigger.START_VISIT, "an")[0] == "COMPLETED"
    with office.house.store(reading=True) as books:
        assert str(books.history("2026-000001")[-1].event.by) == "auditor:an"


def test_a_dry_run_of_a_step_says_what_would_be(office):
    office.live(prepared())
    office.on("2026-02-10")
    line = "2026-000001 would be onsite_audit, version 3"
    assert fired(Trigger.START_VISIT, "an", dry_run=True) == ("COMPLETED", line)
    assert fired(Trigger.START_VISIT, "an")[0] == "COMPLETED"


def test_a_refused_step_ends_as_failed_with_code_and_way_out(office):
    office.live(prepared())
    office.on("2026-01-25")
    kind, line = fired(Trigger.START_VISIT, "an")
    assert kind == "FAILED"
    assert line.startswith("visit_too_early: ")
    assert line.endswith(")")


def test_a_form_without_a_name_is_refused(office):
    office.live(prepared())
    assert fired(Trigger.START_VISIT, "")[1].startswith("bad_input: 'auditor:' is not an actor")


def test_the_details_of_a_step_reach_the_gate(office):
    office.live(prepared())
    office.on("2026-01-25")
    kind, _ = fired(Trigger.WAIVE, "els", reason="the firm moves house")
    assert kind == "COMPLETED"


def test_scores_are_all_the_same_but_for_those_that_are_named(office):
    office.live(visiting())
    office.on("2026-02-11")
    other = [{"indicator": "E1 Individuele ervaring", "conformity": "G partial"}]
    scores = {"every_indicator": "T sufficient", "other_than": other}
    line = "2026-000001 office_audit, version 4"
    closed = fired(Trigger.CLOSE_VISIT, "an", scores=scores, report_approved_on="2026-02-10")
    assert closed == ("COMPLETED", line)
    with office.house.store(reading=True) as books:
        kept = books.get("2026-000001").audit.scores
    assert kept["E1"] == "GT"
    assert set(kept.values()) == {"GT", "TT"}


def test_scores_that_nobody_touched_are_all_sufficient(office):
    office.live(visiting())
    office.on("2026-02-11")
    assert fired(Trigger.CLOSE_VISIT, "an", report_approved_on="2026-02-10")[0] == "COMPLETED"


def test_verification_agrees_or_ends_as_failed(office, monkeypatch):
    office.live(prepared())
    assert ended(verifying.verify_history) == (
        "COMPLETED",
        "1 cases, 2 events: register and history agree",
    )
    report = VerifyReport(1, 2)
    report.add(Breach(Invariant.SEQUENCE, "2026-000001", "", "no history"))
    monkeypatch.setattr(verifying, "verify", lambda *_: report)
    kind, line = ended(verifying.verify_history)
    assert kind == "FAILED"
    assert line.startswith("integrity: 1 cases, 2 events, 1 breaches")


def test_an_error_without_a_way_out_is_still_one_line():
    assert outcome.in_one_line(BadInput("no")) == "bad_input: no"


@pytest.mark.parametrize(
    ("module", "parameters", "name"),
    [
        (sweeping, {"today": None}, "sweep 2026-03-02"),
        (sweeping, {"today": "2026-01-05"}, "sweep 2026-01-05"),
        (delivering, {}, "deliver 2026-03-02"),
        (verifying, {}, "verify 2026-03-02"),
        (steps, {"case": "2026-000001"}, "2026-000001 waive"),
    ],
)
def test_a_run_is_named_after_what_it_is_about(monkeypatch, module, parameters, name):
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already the next day in Brussels
    run = SimpleNamespace(
        id="1", parameters=parameters, scheduled_start_time=late, flow_name="waive"
    )
    for place in (outcome, steps):
        monkeypatch.setattr(place, "runtime", SimpleNamespace(flow_run=run))
    assert module.run_name() == name
    assert outcome.run_key() == "prefect:1"


def test_a_prefect_that_does_not_answer_is_asked_again_and_its_words_are_not_repeated(monkeypatch):
    def away(_name, **_):
        raise httpx.ConnectError("http://office:geheim-9c1f@prefect:4200")

    monkeypatch.setattr(blocks.Secret, "load", away)
    with pytest.raises(TryAgain, match="Secret block office-smtp: ConnectError") as told:
        blocks.held("office-smtp")
    assert "geheim" not in f"{told.value} {told.value.hint}"


def test_a_house_with_a_block_that_is_gone_ends_the_run_in_one_line(monkeypatch):
    monkeypatch.setenv("KMOP_DATABASE_URL", "prefect:office-db")
    monkeypatch.setattr(blocks, "held", lambda _: None)
    kind, line = delivered()
    assert kind == "FAILED"
    assert line.startswith("configuration: settings: database_url: Prefect has no Secret block")
