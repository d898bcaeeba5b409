"""What is new since a moment: steps, escalations, and which cases have changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from kmop_lifecycle.domain.case import Case, Event, Notice
from kmop_lifecycle.service.house import House

_MOST = 2000  # of each, at once; what exceeds is told of next time


@dataclass(frozen=True, slots=True)
class News:
    """What happened, with the case each piece is about, in the order of writing."""

    steps: list[tuple[Case, Event]]
    escalations: list[tuple[Case, Notice]]
    until: datetime | None  # everything up to this moment is in it; None: up to now

    @property
    def cases(self) -> list[str]:
        """The cases that took a step, the latest first."""
        return list(dict.fromkeys(case.number for case, _ in reversed(self.steps)))


def news(house: House, since: datetime, due_on: date, ladders: Collection[str]) -> News:
    """Return the steps recorded since a moment, and these ladders' notices due since a day."""
    with house.store(reading=True) as uow:
        rows = uow.recorded_since(since, _MOST)
        notices = uow.noticed_since(due_on, ladders, _MOST)
        wanted = {row.event.case for row in rows} | {notice.case for notice in notices}
        cases = {case.number: case for case in uow.get_many(sorted(wanted))} if wanted else {}
    full = len(rows) == _MOST and rows[-1].recorded_at > since
    return News(
        [(cases[row.event.case], row.event) for row in rows],
        [(cases[notice.case], notice) for notice in notices],
        rows[-1].recorded_at if full else None,
    )
