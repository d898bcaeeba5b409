"""Conditions at their edges: what no story of the acceptance tests reaches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kmop_lifecycle.domain.errors import Code, Refused
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.domain.rulebook import Mode
from tests.stories import (
    Story,
    adoption,
    application,
    applied,
    certified,
    following_up,
    judged,
    prepared,
    shipped_rules,
    with_rules,
)

T = Trigger
RULES = shipped_rules()


def _refused(story, *step, **data):
    with pytest.raises(Refused) as refusal:
        story.do(*step, **data)
    return refusal.value.code


def _submit(**fields):
    return _refused(Story(), "2026-01-05", T.SUBMIT, "provider:acme", **application(**fields))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, Code.INVALID_APPLICATION),
        ({"contact": {"name": "Jo\nMaes", "email": "jo@acme.example"}}, Code.INVALID_APPLICATION),
        ({"contact": {"name": "Jo", "email": "jo at acme"}}, Code.INVALID_APPLICATION),
        (
            {"contact": {"name": "Jo", "email": "jo@acme.example", "language": "de"}},
            Code.INVALID_APPLICATION,
        ),
        (
            {"contact": {"name": "Jo", "email": "jo@acme.example", "channels": ["slack"]}},
            Code.INVALID_APPLICATION,
        ),
        ({"sites": 0}, Code.INVALID_APPLICATION),
        ({"active_since": "2026-02-01"}, Code.INVALID_APPLICATION),
        ({"kind": "follow_up"}, Code.INVALID_APPLICATION),
        ({"kind": "renewal"}, Code.INVALID_APPLICATION),
        ({"renews": "2026-000009"}, Code.INVALID_APPLICATION),
        ({"kmop_files": "many"}, Code.INVALID_APPLICATION),
        ({"services": {}}, Code.THEME_NOT_SUBSIDISABLE),
        ({"services": {"training": [" "]}}, Code.THEME_NOT_SUBSIDISABLE),
        ({"services": {"training": ["koken"]}}, Code.THEME_NOT_SUBSIDISABLE),
        ({"name": "VINCOTTE"}, Code.APPLICANT_IS_BUREAU),
        ({"enterprise_number": "2000.000.141"}, Code.INVALID_ENTERPRISE_NUMBER),
        ({"enterprise_number": "403019261"}, Code.INVALID_ENTERPRISE_NUMBER),
        ({"iban": "BE68539007547035"}, Code.INVALID_IBAN),
        ({"iban": "BE00 0000"}, Code.INVALID_IBAN),
        ({"iban": ""}, Code.INVALID_IBAN),
    ],
)
def test_an_application_that_does_not_hold_is_refused(fields, code):
    assert _submit(**fields) == code


@pytest.mark.parametrize("number", ["BE 0403.019.261", "be0403019261", "0403 019 261"])
def test_an_enterprise_number_is_taken_as_people_write_it(number):
    assert applied(enterprise_number=number).now.enterprise == "0403019261"


def test_a_foreign_iban_is_fine():
    assert applied(iban="NL91 ABNA 0417 1643 00").now.state is State.APPLIED


def test_a_mixture_of_services_is_judged_theme_by_theme():
    both = {"training": ["innovatie"], "advice": ["innovatie"]}
    story = Story()
    code = _refused(story, "2026-02-02", T.SUBMIT, "provider:a", **application(services=both))

    assert code == Code.THEME_NOT_SUBSIDISABLE


@pytest.mark.parametrize(
    ("since", "files", "kind"),
    [("2023-01-06", 19, "starter"), ("2023-01-05", 0, "basic"), ("2024-01-01", 20, "basic")],
)
def test_a_starter_is_younger_than_three_years_with_fewer_than_twenty_files(since, files, kind):
    story = applied(kind="starter", active_since=since, kmop_files=files)

    assert story.now.kind == kind
    assert story.changes[0].event.warnings == (() if kind == "starter" else ("kind_changed",))


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": None},
        {"valid_until": None},
        {"valid_from": "2026-02-01", "valid_until": "2031-02-01"},
        {"valid_until": "2022-01-01"},
        {"services": {}},
        {"kind": "follow_up"},
        {"numbers": {"training": "DV.A210001"}},
        {"numbers": {"advice": "DV.A210001"}},
        {"contact": {}},
    ],
)
def test_an_adoption_that_does_not_hold_is_refused(fields):
    data = adoption() | fields

    assert _refused(Story(), "2026-01-05", T.ADOPT, "admin:r", **data) == "invalid_application"


def test_a_paper_of_tomorrow_is_no_paper():
    story = applied()
    papers = {"knowledge_test_passed_on": "2026-01-07", "quote_accepted_on": "2026-01-15"}
    step = ("2026-01-20", T.CONFIRM_PREPARED, "bureau:p")

    assert _refused(story, *step, declaration_signed_on="2026-01-21", **papers) == (
        Code.DECLARATION_MISSING
    )


@pytest.mark.parametrize("exemption", [None, {"scheme": "iso14001", "number": "1"}])
def test_only_iso_9001_and_qfor_give_an_exemption(exemption):
    if exemption:
        exemption |= {"valid_until": "2027-01-01"}
    story = applied(kind="exemption", **({"exemption": exemption} if exemption else {}))
    day = "2026-01-05"
    papers = dict.fromkeys(
        ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on"), day
    )

    code = _refused(story, "2026-01-20", T.CONFIRM_PREPARED, "bureau:p", **papers)
    assert code == Code.EXEMPTION_EVIDENCE_MISSING


@pytest.mark.parametrize("kind", ["renewal", "follow_up", "starter"])
def test_a_kind_changes_only_to_what_it_may_become(kind):
    code = _refused(applied(), "2026-01-06", T.CHANGE_KIND, "bureau:p", kind=kind)

    assert code == Code.INVALID_APPLICATION


def test_a_changed_kind_wants_its_own_quote():
    story = applied(quote_accepted_on="2026-01-05")
    proof = {"scheme": "qfor", "number": "Q", "valid_until": "2027-01-01"}
    story.do("2026-01-06", T.CHANGE_KIND, "bureau:p", kind="exemption", exemption=proof)

    assert story.now.kind == "exemption"
    assert story.now.quote_accepted_on is None


def test_a_visit_is_not_planned_for_yesterday():
    code = _refused(
        prepared(), "2026-02-10", T.PLAN_VISIT, "bureau:p", visit_on="2026-02-09", auditor="an"
    )

    assert code == Code.OUT_OF_ORDER


@pytest.mark.parametrize(
    ("mode", "code"), [(Mode.BLOCK, "visit_too_early"), (Mode.WARN, ""), (Mode.OFF, "")]
)
def test_the_book_says_what_an_early_visit_is(mode, code):
    window = replace(RULES.waiting.versions[0].value, min_mode=mode)
    story = prepared()
    story.rules = with_rules(RULES, waiting=window)
    if code:
        assert _refused(story, "2026-01-30", T.START_VISIT, "auditor:an") == code
        return
    story.do("2026-01-30", T.START_VISIT, "auditor:an")
    warned = story.changes[-1].event.warnings
    assert warned == (("visit_too_early",) if mode is Mode.WARN else ())


def test_the_book_may_block_what_is_late():
    waiting = replace(RULES.waiting.versions[0].value, max_mode=Mode.BLOCK)
    lead = replace(RULES.lead_time.versions[0].value, min_mode=Mode.BLOCK, max_mode=Mode.BLOCK)
    story = prepared()
    story.rules = with_rules(RULES, waiting=waiting)
    assert _refused(story, "2026-02-17", T.START_VISIT, "auditor:an") == Code.TERM_LAPSED
    story = judged()
    story.rules = with_rules(RULES, lead_time=lead)
    assert _refused(story, "2026-03-04", T.REGISTER, "authority:v") == Code.IN_FUTURE
    assert _refused(story, "2026-04-06", T.REGISTER, "authority:v") == Code.TERM_LAPSED


def test_a_decision_has_its_own_date_between_verdict_and_today():
    story = judged()
    step = ("2026-03-16", T.REGISTER, "authority:v")

    assert _refused(story, *step, decided_on="2026-03-17") == Code.IN_FUTURE
    assert _refused(story, *step, decided_on="2026-02-23") == Code.OUT_OF_ORDER
    assert _refused(story, *step, numbers={"advice": "DV.A310001"}) == Code.INVALID_APPLICATION


def _followed_up():
    story = following_up()
    story.do("2028-01-18", T.START_VISIT, "auditor:an")
    day = "2028-01-18"
    story.do(day, T.CLOSE_VISIT, "auditor:an", scores="all T", report_approved_on=day)
    return story.do("2028-01-25", T.FINISH_REPORT, "auditor:an", hours=8, report="R-2")


def test_an_extension_is_decided_within_the_two_years():
    story = _followed_up().do("2028-02-02", T.GIVE_VERDICT, "committee:bo", verdict="pass")

    code = _refused(story, "2028-03-10", T.EXTEND, "authority:v", decided_on="2028-03-17")
    assert code == Code.TERM_LAPSED


def test_the_follow_up_goes_in_its_order():
    story = following_up()
    report = {"hours": 8, "report": "R"}
    assert _refused(story, "2027-10-01", T.FINISH_REPORT, "auditor:an", **report) == (
        Code.STEP_NOT_ALLOWED
    )
    assert _refused(story, "2027-10-01", T.CLOSE_VISIT, "auditor:an", scores="all T") == (
        Code.STEP_NOT_ALLOWED
    )
    assert _refused(story, "2027-10-01", T.SUBMIT_EVIDENCE, "bureau:p", answers=["x"]) == (
        Code.STEP_NOT_ALLOWED
    )
    assert _refused(story, "2027-10-01", T.GIVE_VERDICT, "committee:bo", verdict="pass") == (
        Code.REPORT_NOT_FINAL
    )
    story.do("2027-10-01", T.START_VISIT, "auditor:an")
    assert _refused(story, "2027-10-02", T.START_VISIT, "auditor:an") == Code.STEP_NOT_ALLOWED


def test_a_report_is_not_written_anew_under_a_verdict():
    report = {"hours": 8, "report": "R-9"}

    assert _refused(judged(), "2026-03-01", T.FINISH_REPORT, "auditor:an", **report) == (
        Code.STEP_NOT_ALLOWED
    )


def test_open_measures_of_the_follow_up_are_answered_before_another_visit_or_verdict():
    story = _followed_up()
    measures = [{"what": "poll", "due": "2028-02-20"}]
    asked = {"verdict": "corrective", "reason": "seen", "measures": measures}
    story.do("2028-02-02", T.GIVE_VERDICT, "committee:bo", **asked)

    assert _refused(story, "2028-02-03", T.GIVE_VERDICT, "committee:bo", verdict="pass") == (
        Code.STEP_NOT_ALLOWED
    )
    assert _refused(story, "2028-02-03", T.START_VISIT, "auditor:cy") == Code.STEP_NOT_ALLOWED
    story.do("2028-02-21", T.START_VISIT, "auditor:cy")  # its term is over: once more
    assert story.now.audit.auditors == {"an", "cy"}  # both took part, for four eyes


def test_a_measure_is_not_due_before_its_verdict():
    measures = [{"what": "poll", "due": "2026-02-01"}]

    code = _refused(
        judged("corrective"), "2026-02-24", T.ORDER_REAUDIT, "provider:acme", reason="x"
    )
    assert code == Code.ROLE_NOT_ALLOWED
    story = judged()
    asked = {"verdict": "corrective", "reason": "seen", "measures": measures}
    assert _refused(story, "2026-02-25", T.GIVE_VERDICT, "committee:bo", **asked) == (
        Code.OUT_OF_ORDER
    )


def test_an_appeal_is_lodged_between_rejection_and_its_term():
    story = judged("fail")
    step = ("2026-03-20", T.UPHOLD_APPEAL, "committee:dirk")

    assert _refused(story, *step, lodged_on="2026-03-21") == Code.IN_FUTURE
    assert _refused(story, *step, lodged_on="2026-02-23") == Code.OUT_OF_ORDER
    late = ("2026-05-20", T.UPHOLD_APPEAL, "committee:dirk")
    assert _refused(story, *late) == Code.TERM_LAPSED
    story.do(*late, lodged_on="2026-03-26")
    assert story.now.state is State.OFFICE_AUDIT
    assert story.now.audit.verdict == ""


def test_a_refused_application_that_wins_its_appeal_begins_where_it_was():
    story = applied().do("2026-01-10", T.REFUSE, "bureau:p", reason="no")
    story.do("2026-01-20", T.UPHOLD_APPEAL, "authority:v")

    assert story.now.state is State.APPLIED


def test_an_authority_s_refusal_that_is_overturned_keeps_the_verdict():
    story = judged().do("2026-03-10", T.REFUSE, "authority:v", reason="no")
    story.do("2026-03-20", T.UPHOLD_APPEAL, "authority:w")

    assert story.now.audit.verdict == "pass"


def test_a_review_comes_within_six_months():
    step = ("2026-06-01", T.SUSPEND, "authority:v")

    assert _refused(certified(), *step, reason="x", review_on="2026-12-02") == Code.TERM_TOO_LONG
    assert _refused(certified(), *step, reason="x", review_on="2026-05-31") == Code.OUT_OF_ORDER
    story = certified().do(*step, reason="x", review_on="2026-09-01")
    assert story.now.suspension.review_on.isoformat() == "2026-09-01"


def test_only_a_starters_first_registration_has_a_follow_up():
    assert _refused(certified(), "2026-06-01", T.OPEN_FOLLOW_UP, "bureau:p") == (
        Code.STEP_NOT_ALLOWED
    )


def test_the_clock_s_work_is_not_done_before_its_day():
    assert _refused(certified(), "2026-06-01", T.EXPIRE, "admin:r") == Code.IN_FUTURE


def test_a_pause_is_opened_once_and_closed_once():
    story = applied()
    assert _refused(story, "2026-01-06", T.RESUME, "bureau:p") == Code.STEP_NOT_ALLOWED
    story.do("2026-01-06", T.PAUSE, "bureau:p")
    assert _refused(story, "2026-01-07", T.PAUSE, "bureau:p") == Code.STEP_NOT_ALLOWED


def test_a_visit_ends_an_open_pause():
    story = prepared().do("2026-02-01", T.PAUSE, "bureau:p")
    story.do("2026-02-15", T.WAIVE, "admin:r", reason="asked")
    story.do("2026-02-15", T.START_VISIT, "auditor:an")

    assert story.now.paused_days(story.today) == 14
    assert not story.now.paused


def test_who_acted_for_the_provider_does_not_audit_him():
    story = prepared()
    listed = next(a for a in RULES.auditors.versions[0].value if a.conflicts)
    assert _refused(story, "2026-02-10", T.START_VISIT, "auditor:acme") == Code.AUDITOR_CONFLICT
    enterprise, service = min(listed.conflicts), next(iter(listed.services))
    story.case = replace(story.now, enterprise=enterprise, services={service: ("x",)})
    assert _refused(story, "2026-02-10", T.START_VISIT, f"auditor:{listed.name}") == (
        Code.AUDITOR_CONFLICT
    )
