"""Take personal data out of Prefect's record of runs: it belongs in the register only."""

from __future__ import annotations

from uuid import UUID

from prefect import runtime
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun

FORM = "application"  # the parameter, in each of these flows
FLOWS = ["submit_application", "adopt_registration"]
PAGE = 200  # the most that Prefect's server returns at once


async def this_form(answer: str) -> None:
    """Replace this run's parameters by the answer: the case number, or the code of the refusal."""
    if not runtime.flow_run.id:
        return  # called as a plain function: there is no record
    async with get_client() as client:
        await client.update_flow_run(
            UUID(runtime.flow_run.id), parameters={"case": answer}, name=f"{FORM} {answer}"
        )


async def leftovers() -> int:
    """Clear the form of every run that ended before it could do so itself; return how many.

    A run that was killed, or cancelled before it began, never reached its own last line.
    """
    if not runtime.flow_run.id:
        return 0
    async with get_client() as client:
        stale = [run for run in await _ended(client) if FORM in run.parameters]
        for run in stale:
            await client.update_flow_run(run.id, parameters={"case": "interrupted"})
    return len(stale)


async def _ended(client: PrefectClient) -> list[FlowRun]:
    """Return all ended runs of the form, page by page."""
    runs: list[FlowRun] = []
    while len(runs) % PAGE == 0:
        page = await client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=FLOWS)),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=sorted(TERMINAL_STATES)))
            ),
            limit=PAGE,
            offset=len(runs),
        )
        if not page:
            break
        runs.extend(page)
    return runs
