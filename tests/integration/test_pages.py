"""What the pages of a sweep and of a verification say, and where they lead."""

from __future__ import annotations

from collections import Counter
from datetime import date
from urllib.parse import unquote
from uuid import UUID

from flows import pages
from flows.links import LINKS, Addresses
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.invariants import Breach, Invariant
from kmop_lifecycle.service.sweep import SweepReport
from kmop_lifecycle.service.verify import VerifyReport

ID = UUID(int=7)


def test_the_note_of_a_sweep_shows_every_count_and_each_failure():
    report = SweepReport(date(2026, 1, 20), cases=1, moved=Counter(lapse=1))
    report.failed.append(("2026-000009", "no rule"))
    note = pages.swept(report)
    assert "| lapse | 1 |" in note
    assert "- 2026-000009: no rule" in note
    assert LINKS in note


def test_the_note_of_a_sweep_says_when_there_is_nothing():
    assert "|---|" not in pages.swept(SweepReport(date(2026, 1, 20)))


def test_a_page_is_linked_by_its_lasting_address_once_it_is_known():
    where = Addresses("nl", shelf={"today-nl": ID})
    assert where.board("today") == f"/v2/artifacts/artifact/{ID}"
    assert where.board("pipeline") == "/v2/artifacts/key/pipeline-nl"
    assert where.case("2026-000001") == "/v2/artifacts/key/case-2026-000001-nl"


def test_a_form_is_linked_with_the_case_filled_in():
    where = Addresses("en", forms={"plan_visit": ID})
    address = where.form(Trigger.PLAN_VISIT, "2026-000001")
    assert address.startswith(f"/v2/deployments/deployment/{ID}/run?")
    assert unquote(address).endswith('parameters={"case": "2026-000001"}')
    assert " " not in address
    assert where.form(Trigger.EXPIRE, "2026-000001") == ""  # the clock's: there is no form


def test_the_picture_is_fenced_for_the_page_to_draw_it():
    assert "```mermaid\nstateDiagram-v2" in pages.lifecycle()


def test_the_page_of_the_history_lists_the_breaches():
    report = VerifyReport(1, 2)
    assert "agree" in pages.history(report)
    report.add(Breach(Invariant.SEQUENCE, "2026-000001", "", "no history"))
    assert "- 2026-000001: no history [sequence]" in pages.history(report)
