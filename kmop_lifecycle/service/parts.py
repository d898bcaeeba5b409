"""One sweep in parts side by side: where it is cut, and what all of them did together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.sweep import SweepReport


def cut(house: House, today: date) -> list[Span]:
    """Return the spans of a large sweep, one to a part; none where it is too small to be cut."""
    limits = house.limits
    with house.store(reading=True) as uow:
        spans = uow.spans(today, limits.parts, limits.part_cases)
    return spans if sum(span.cases for span in spans) >= limits.part_cases else []


def count(house: House, today: date, within: Span) -> int:
    """Count the cases of a span that are due."""
    with house.store(reading=True) as uow:
        return len(uow.due(today, within))


def together(reports: Sequence[SweepReport]) -> SweepReport:
    """Add up what the parts of one sweep did; a case that failed twice failed once."""
    whole, failed = replace(reports[0]), dict(reports[0].failed)
    for other in reports[1:]:
        whole.cases += other.cases
        whole.moot += other.moot
        whole.late += other.late
        whole.moved = whole.moved + other.moved
        whole.notices = whole.notices + other.notices
        failed |= dict(other.failed)
    whole.failed = sorted(failed.items())
    return whole


def read_report(said: Mapping[str, Any]) -> SweepReport:
    """Read what `SweepReport.as_json` said."""
    last = said["last_on"]
    return SweepReport(
        today=date.fromisoformat(said["today"]),
        dry_run=said["dry_run"],
        cases=said["cases"],
        moved=Counter(said["moved"]),
        notices=Counter(said["notices"]),
        moot=said["moot"],
        failed=[(one["case"], one["reason"]) for one in said["failed"]],
        last_on=date.fromisoformat(last) if last else None,
        late=said["late"],
    )
