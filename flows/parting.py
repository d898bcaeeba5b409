"""A large sweep shared among workers: this run does the first part, runs of `sweep_part` the rest.

Nobody waits for a worker that is not there: a part that nobody has begun when this run has done
its own is taken back and done here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from uuid import UUID

from flows.progress import PACE, Gauge, watched
from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.careful import careful_sweep
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.parts import together
from kmop_lifecycle.service.sweep import SweepReport, sweep


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sweep."""

    number: int  # from 1
    of: int
    today: date
    span: Span

    def __str__(self) -> str:
        """Name it."""
        return f"part {self.number} of {self.of}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the run of a part stands."""

    state: str  # Prefect's word for it
    ended: bool = False
    begun: bool = True  # a worker has it
    percent: float = 0.0
    report: SweepReport | None = None  # what it did, once it got to its end


class Crew(Protocol):
    """Whoever else sweeps, and the page on which all of it is seen."""

    async def begin(self, part: Part) -> UUID | None:
        """Ask for a run of this part; None if nobody can be asked."""

    async def look(self, runs: Collection[UUID]) -> Mapping[UUID, Standing]:
        """Return how these runs stand; those of which nothing can be learnt are left out."""

    async def take_back(self, run: UUID) -> None:
        """Have nobody begin this run any more."""

    async def show(self, percent: float) -> None:
        """Show how far all of it is."""


async def swept_in_parts(
    house: House, today: date, spans: Sequence[Span], crew: Crew, *, agreed: bool
) -> tuple[SweepReport, list[str]]:
    """Sweep every span, here and elsewhere; return what was done, and which parts were lost.

    The day counts as swept only when no part was lost: what a lost one left is still due, and the
    next sweep takes it. Whether the sweep is meant was asked before: `agreed` says that somebody
    had to say so.
    """
    parts = [Part(n, len(spans), today, span) for n, span in enumerate(spans, 1)]
    shared = _Shared(house, crew, sum(span.cases for span in spans))
    await shared.all_of(parts)
    if not shared.lost:
        # What became due meanwhile: a renewal that ends in one part may concern another.
        again = careful_sweep(house, today, agreed=True) if agreed else sweep(house, today)
        shared.reports.append(again)
        await crew.show(100.0)
    return together(shared.reports), shared.lost


@dataclass(slots=True)
class _Shared:
    """A sweep under way."""

    house: House
    crew: Crew
    total: int  # cases
    reports: list[SweepReport] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    away: dict[UUID, Part] = field(default_factory=dict)  # with others
    settled: int = 0  # cases of the parts that have ended

    async def all_of(self, parts: Sequence[Part]) -> None:
        """Share out, do, wait."""
        mine = [parts[0], *[part for part in parts[1:] if not await self._sent(part)]]
        for part in mine:
            await self._here(part)
        while self.away:
            seen = await self._look()
            if unbegun := [run for run, standing in seen.items() if not standing.begun]:
                await self.crew.take_back(unbegun[-1])
                await self._here(self.away.pop(unbegun[-1]))
            elif self.away:
                await asyncio.sleep(PACE)

    async def _sent(self, part: Part) -> bool:
        run = await self.crew.begin(part)
        if run is not None:
            self.away[run] = part
        return run is not None

    async def _here(self, part: Part) -> None:
        """Sweep a part in this run, with an eye on the others."""
        gauge = Gauge(part.span.cases)

        async def look() -> None:
            await self._look(min(gauge.done, gauge.total))

        report = await watched(
            lambda: sweep(self.house, part.today, within=part.span, progress=gauge.add),
            gauge,
            look,
        )
        self.reports.append(report)
        self.settled += part.span.cases

    async def _look(self, here: int = 0) -> Mapping[UUID, Standing]:
        """See how the others stand and show it; return those that have not ended."""
        seen = await self.crew.look(self.away.keys())
        for run, standing in seen.items():
            if standing.ended:
                self._settle(self.away.pop(run), standing)
        going = {run: standing for run, standing in seen.items() if not standing.ended}
        there = sum(self.away[run].span.cases * s.percent / 100 for run, s in going.items())
        await self.crew.show(round(100 * (self.settled + here + there) / self.total, 1))
        return going

    def _settle(self, part: Part, standing: Standing) -> None:
        self.settled += part.span.cases
        if standing.report is None:
            self.lost.append(f"{part} {standing.state}")
        else:
            self.reports.append(standing.report)
