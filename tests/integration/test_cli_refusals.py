"""Every refusal code of the specification, provoked through the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from kmop_lifecycle.domain.errors import Code
from tests.integration.command_line import (
    CLOSE,
    FINISH,
    PAPERS,
    PASS,
    PREPARE,
    START,
    SUBMIT,
    CommandLine,
    Step,
)
from tests.stories import application


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


@dataclass(frozen=True)
class Story:
    """A short story that ends in a refusal."""

    then: Step
    after: tuple[Step, ...] = (SUBMIT,)
    options: tuple[str, ...] = ()
    application: dict[str, Any] = field(default_factory=dict)

    def steps(self) -> tuple[Step, ...]:
        """The steps before, for the firm that this story is about."""
        opening = ("2026-01-05", "submit", "provider:acme", application(**self.application))
        return tuple(opening if step is SUBMIT else step for step in self.after)


def submission(**fields: Any) -> Step:
    return ("2026-01-05", "submit", "provider:acme", application(**fields))


def prepare(*papers: str) -> Step:
    given = {name: PAPERS[name] for name in papers}
    return ("2026-01-20", "confirm_prepared", "bureau:plan", given)


def visit(by: str = "auditor:an", on: str = "2026-02-10") -> Step:
    return (on, "start_visit", by, {})


def close(**data: Any) -> Step:
    return ("2026-02-11", "close_visit", "auditor:an", data)


def verdict(by: str = "committee:bo", **data: Any) -> Step:
    return ("2026-02-24", "give_verdict", by, data)


def corrective(*measures: dict[str, str]) -> Step:
    return verdict(verdict="corrective", reason="poll lacking", measures=list(measures))


def evidence(on: str, *answers: str) -> Step:
    return (on, "submit_evidence", "bureau:plan", {"answers": list(answers)})


READY = (SUBMIT, PREPARE)
VISITING = (*READY, START)
CLOSED = (*VISITING, CLOSE)
FINISHED = (*CLOSED, FINISH)
TWO = ({"what": "poll", "due": "2026-03-01"}, {"what": "file", "due": "2026-06-01"})
EXEMPT = {"kind": "exemption"}
CERTIFICATE = {"scheme": "iso9001", "number": "Q1", "valid_until": "2026-02-01"}
WITHDRAW = ("2026-01-20", "withdraw", "provider:acme", {})

STORIES = {
    Code.STEP_NOT_ALLOWED: Story(("2026-01-20", "register", "authority:vlaio", {})),
    Code.ROLE_NOT_ALLOWED: Story(("2026-01-20", "confirm_prepared", "provider:acme", {})),
    Code.IN_FUTURE: Story(WITHDRAW, options=("--on", "2026-01-21")),
    Code.OUT_OF_ORDER: Story(WITHDRAW, options=("--on", "2026-01-04")),
    Code.REASON_REQUIRED: Story(("2026-01-20", "refuse", "authority:vlaio", {})),
    Code.INVALID_ENTERPRISE_NUMBER: Story(submission(enterprise_number="0566988258"), ()),
    Code.INVALID_IBAN: Story(submission(iban="BE68539007547035"), ()),
    Code.THEME_NOT_SUBSIDISABLE: Story(submission(services={"training": ["tuinieren"]}), ()),
    Code.APPLICANT_IS_BUREAU: Story(submission(name="Kiwa"), ()),
    Code.DUPLICATE_CASE: Story(submission()),
    Code.INVALID_APPLICATION: Story(submission(contact={"name": "Jo", "email": "nowhere"}), ()),
    Code.DECLARATION_MISSING: Story(prepare()),
    Code.KNOWLEDGE_TEST_MISSING: Story(prepare("declaration_signed_on")),
    Code.EXEMPTION_EVIDENCE_MISSING: Story(prepare(*PAPERS), application=EXEMPT),
    Code.EXEMPTION_EVIDENCE_EXPIRED: Story(
        visit(), READY, application=EXEMPT | {"exemption": CERTIFICATE}
    ),
    Code.QUOTE_NOT_ACCEPTED: Story(prepare("declaration_signed_on", "knowledge_test_passed_on")),
    Code.VISIT_TOO_EARLY: Story(visit(on="2026-01-30"), READY),
    Code.BUREAU_NOT_APPOINTED: Story(visit(), READY, application={"bureau": "BCC"}),
    Code.AUDITOR_NOT_COMPETENT: Story(visit("auditor:olga.specimen"), READY),
    Code.AUDITOR_CONFLICT: Story(visit("auditor:acme"), READY),
    Code.SCORES_INCOMPLETE: Story(
        close(scores={"A1": "TT"}, report_approved_on="2026-02-10"), VISITING
    ),
    Code.INDICATOR_NOT_APPLICABLE: Story(
        close(scores="all T except {E1: TT}", report_approved_on="2026-02-10"),
        VISITING,
        application={"kind": "starter", "active_since": "2024-11-01"},
    ),
    Code.REPORT_NOT_APPROVED: Story(close(scores="all T"), VISITING),
    Code.REPORT_NOT_FINAL: Story(verdict(verdict="pass"), CLOSED),
    Code.FOUR_EYES: Story(verdict("committee:an", verdict="pass"), FINISHED),
    Code.MEASURES_REQUIRED: Story(corrective(), FINISHED),
    Code.MEASURES_OPEN: Story(evidence("2026-02-25"), (*FINISHED, corrective(*TWO))),
    Code.TERM_TOO_LONG: Story(corrective({"what": "poll", "due": "2027-01-01"}), FINISHED),
    Code.TERM_LAPSED: Story(evidence("2026-04-01", "done", "done"), (*FINISHED, corrective(*TWO))),
    Code.VERDICT_MISSING: Story(("2026-03-16", "register", "authority:vlaio", {}), FINISHED),
    Code.CHANGED_MEANWHILE: Story(PASS, FINISHED, ("--version", "3")),
}


def test_every_code_has_its_story():
    assert set(STORIES) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_a_refused_step_says_its_code_and_changes_nothing(kmop, code):
    story = STORIES[code]
    kmop.live(*story.steps())
    before = kmop.tables()
    ran = kmop.step(story.then, *story.options)
    assert ran.json["code"] == code
    assert ran.json["message"]
    assert ran.code == (4 if code is Code.CHANGED_MEANWHILE else 3)
    assert kmop.tables() == before


def test_a_refusal_for_people_is_one_line_and_the_way_out(kmop):
    kmop.live(SUBMIT)
    ran = kmop("fire", "2026-000001", "confirm_prepared", "--by", "bureau:plan")
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "declaration_missing: the declaration on honour is not signed on or before 2026-01-05",
        "→ give data.declaration_signed_on",
    ]
