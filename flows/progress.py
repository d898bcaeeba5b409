"""Show in the UI how far a long sweep is, while it works in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from httpx import HTTPError
from prefect import runtime
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import ArtifactCreate

from kmop_lifecycle.service.sweep import SweepReport

PACE = 2.0  # seconds between two looks
KIND = "progress"


class Stopped(Exception):
    """The run ends: what was begun is committed, the next sweep takes the rest."""


@dataclass(slots=True)
class Gauge:
    """How many of so many cases are done; the sweep adds, the run reads."""

    total: int
    done: int = 0
    stopped: bool = False

    def add(self, cases: int) -> None:
        """Count a chunk; `Stopped` between two chunks once the run ends."""
        self.done += cases
        if self.stopped:
            raise Stopped

    @property
    def percent(self) -> float:
        """How far it is; what had to be looked at again counts once."""
        return round(100.0 * min(self.done, self.total) / self.total, 1) if self.total else 100.0


async def watched(
    sweeping: Callable[[], SweepReport], gauge: Gauge, look: Callable[[], Awaitable[None]]
) -> SweepReport:
    """Sweep in a thread, and look every few seconds until it is done.

    A thread cannot be ended: when the run is, the sweep ends with the chunk it is at.
    """
    work = asyncio.create_task(asyncio.to_thread(sweeping))
    try:
        while not (await asyncio.wait({work}, timeout=PACE))[0]:
            await look()
    finally:
        gauge.stopped = True
    return work.result()


@dataclass(slots=True)
class Bar:
    """A progress artifact of this run; a server that does not answer stops no sweep."""

    client: PrefectClient
    artifact: UUID | None = None
    shown: float = -1.0

    @classmethod
    async def open(cls, client: PrefectClient, cases: int) -> Bar:
        """Begin at nought."""
        new = ArtifactCreate(
            type=KIND,
            description=f"{cases} dossiers staan open / {cases} cases are due",
            data=0.0,
            flow_run_id=UUID(runtime.flow_run.id),
        )
        with suppress(HTTPError):
            return cls(client, (await client.create_artifact(new)).id)
        return cls(client)

    async def show(self, percent: float) -> None:
        """Move the bar, if there is anything to move."""
        if self.artifact is None or percent == self.shown:
            return
        self.shown = percent
        with suppress(HTTPError):  # not `update_artifact`: each would be an event in the feed
            await self.client.request(
                "PATCH",
                "/artifacts/{id}",
                path_params={"id": self.artifact},
                json={"data": percent},
            )
