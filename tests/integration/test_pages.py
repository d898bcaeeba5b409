"""What the pages of a sweep and of a verification say."""

from __future__ import annotations

from collections import Counter
from datetime import date

from flows import pages
from kmop_lifecycle.service.sweep import SweepReport
from kmop_lifecycle.service.verify import VerifyReport
from tests.fakes import Office
from tests.stories import prepared


def test_the_page_of_today_shows_every_count_and_each_failure():
    office = Office()
    office.live(prepared())
    with office.house.store(reading=True) as books:
        counts = books.counts()
    report = SweepReport(date(2026, 1, 20), cases=1, moved=Counter(lapse=1))
    report.failed.append(("2026-000009", "no rule"))
    page = pages.today(report, counts, date(2026, 2, 2))
    assert "| prepared | 1 |" in page
    assert "| lapse | 1 |" in page
    assert "**2026-02-02**" in page
    assert "- 2026-000009: no rule" in page


def test_the_page_of_today_says_when_there_is_nothing():
    page = pages.today(SweepReport(date(2026, 1, 20)), {}, None)
    assert "**none**" in page
    assert "|---|" not in page


def test_the_picture_is_fenced_for_the_page_to_draw_it():
    assert "```mermaid\nstateDiagram-v2" in pages.lifecycle()


def test_the_page_of_the_history_lists_the_breaches():
    assert "agree" in pages.history(VerifyReport(1, 2))
    assert "- 2026-000001: no history" in pages.history(
        VerifyReport(1, 2, ["2026-000001: no history"])
    )
