"""Runs of `sweep_part` as the sweep that begins them sees them, through Prefect's API."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from httpx import HTTPError
from prefect import runtime
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled

from flows import progress
from flows.parting import Part, Standing
from kmop_lifecycle.service.parts import read_report
from kmop_lifecycle.service.sweep import SweepReport

NAME = "sweep_part"
TO_START = timedelta(seconds=90)  # from Pending to Running; then its worker has died, or hangs
_FENCE = "```"


@dataclass(slots=True)
class PrefectCrew:
    """The workers of the pool in which `sweep_part` is deployed."""

    client: PrefectClient
    bar: progress.Bar
    now: Callable[[], datetime]

    async def begin(self, part: Part) -> UUID | None:
        """Ask for a run of this part, as a child of this run; its parameters name no case."""
        span = part.span
        try:
            run = await arun_deployment(
                f"{NAME}/{NAME}",
                client=self.client,
                parameters={
                    "first": span.first,
                    "last": span.last,
                    "today": part.today.isoformat(),
                },
                flow_run_name=f"sweep {part.today}, {part}",
                # A sweep that Prefect starts twice begins its parts once; one retried, anew.
                idempotency_key=f"{runtime.flow_run.id} {runtime.flow_run.run_count} {part}",
                timeout=0,
            )
        except (ObjectNotFound, HTTPError):
            return None
        return run.id

    async def look(self, runs: Collection[UUID]) -> Mapping[UUID, Standing]:
        """Return how these runs stand; a server that does not answer is asked again later."""
        if not runs:
            return {}
        wanted = [*runs]
        with suppress(HTTPError):
            # The report is written before the run ends: so ask for the runs first.
            found = await self.client.read_flow_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=wanted))
            )
            left = await self.client.read_artifacts(
                artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=wanted))
            )
            told: dict[UUID | None, dict[str | None, Any]] = {}
            for artifact in left:
                told.setdefault(artifact.flow_run_id, {})[artifact.type] = artifact.data
            gone = dict.fromkeys(wanted, Standing("deleted", ended=True))
            return gone | {run.id: self._standing(run, told.get(run.id, {})) for run in found}
        return {}

    async def take_back(self, run: UUID) -> None:
        """Cancel a run that nobody has begun; should somebody just do so, both sweep, in turns."""
        with suppress(HTTPError, ObjectNotFound):
            state: State[Any] = Cancelled(message="nobody had begun it: the sweep does it")
            await self.client.set_flow_run_state(run, state)

    async def show(self, percent: float) -> None:
        """Move this run's own bar."""
        await self.bar.show(percent)

    def _standing(self, run: FlowRun, told: Mapping[str | None, Any]) -> Standing:
        state = run.state
        if state is None:
            return Standing("unknown", begun=False)
        unbegun = state.is_scheduled() or (
            state.is_pending() and self.now() - state.timestamp > TO_START
        )
        return Standing(
            str(state.name),
            ended=state.is_final(),
            begun=not unbegun,
            percent=float(told.get(progress.KIND) or 0.0),
            report=heard(told["markdown"]) if "markdown" in told else None,
        )


def spoken(report: SweepReport) -> str:
    """Write what a part did, for the sweep that adds up and for whoever opens its page."""
    return f"{_FENCE}json\n{json.dumps(report.as_json(), indent=1)}\n{_FENCE}"


def heard(text: str) -> SweepReport:
    """Read it."""
    return read_report(json.loads(text.removeprefix(f"{_FENCE}json").removesuffix(_FENCE)))
