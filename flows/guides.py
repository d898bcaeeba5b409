"""Runs that await a person: one for each step that is somebody's turn, no more than are wanted.

They are a convenience over the same gate. Losing every one of them loses nothing: whatever is
missing is opened by the next sweep, and whatever has become stale is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from prefect import runtime
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Completed

from flows import labels
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.overview import Standing

NAME = "guide_step"
WAITING = [StateType.PAUSED, StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]
GUIDED = frozenset(Trigger) - {Trigger.LIFT, Trigger.REQUEST_AUDIT}  # not the audit's own steps
PAGE = 200  # the most that Prefect's server returns at once

Key = tuple[str, str, int]  # case, step, version
Stands = Callable[[Collection[str]], Mapping[str, Standing]]  # which of these are open, and how


async def reconcile(
    client: PrefectClient, awaiting: Sequence[Standing], most: int, stands: Stands
) -> tuple[int, int]:
    """Close what is no longer awaited and open what is missing; return how many of each.

    `most` may be open at once, the first of those awaited; the board `today` lists all. The first
    `most` that await a step have to be given; `stands` is asked of the cases that have a run.
    """
    there = await _waiting(client)
    found = stands({_asked(run)[0] for run in there})
    wanted = {_key(standing) for standing in found.values() if standing.step in GUIDED}
    closed = await _close(client, [run for run in there if _asked(run) not in wanted])
    kept = {_asked(run) for run in there} & wanted
    guided = (standing for standing in awaiting if standing.step in GUIDED)
    missing = [standing for standing in guided if _key(standing) not in kept]
    opened = [await _open(client, standing) for standing in missing[: max(0, most - len(kept))]]
    return closed, len(opened)


async def follow(client: PrefectClient, standing: Standing, most: int) -> None:
    """Do the same for one case that has just moved."""
    wanted = {_key(standing)} if standing.step in GUIDED else set()
    all_there = await _waiting(client, f"case:{standing.number}")
    there = [run for run in all_there if str(run.id) != runtime.flow_run.id]  # it has been heard
    await _close(client, [run for run in there if _asked(run) not in wanted])
    if most and wanted - {_asked(run) for run in there}:
        await _open(client, standing)


async def _open(client: PrefectClient, standing: Standing) -> FlowRun:
    number, step, version = _key(standing)
    deployment = await client.read_deployment_by_name(f"{NAME}/{NAME}")
    runs = await _runs(client, f"case:{number}")
    before = sum(_asked(run) == (number, step, version) for run in runs)
    return await client.create_flow_run_from_deployment(
        deployment.id,
        parameters={"case": number, "step": step, "version": version},
        name=f"{number} awaits {step}",
        tags=[*labels.of(standing.card.case), f"step:{step}"],
        # Two that find it missing at the same moment open one.
        idempotency_key=f"guide {number} {step} {version} {before}",
    )


async def _close(client: PrefectClient, runs: Collection[FlowRun]) -> int:
    """End runs that suspend; those that run at this moment find out by themselves."""
    stale = [run for run in runs if run.state and run.state.type is StateType.PAUSED]
    for run in stale:
        ended: State[Any] = Completed(name="DoneElsewhere", message="the case has moved on")
        await client.set_flow_run_state(run.id, ended, force=True)
    return len(stale)


async def _waiting(client: PrefectClient, *tags: str) -> list[FlowRun]:
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=WAITING))
    return await _runs(client, *tags, state=state)


async def _runs(
    client: PrefectClient, *tags: str, state: FlowRunFilterState | None = None
) -> list[FlowRun]:
    wanted = FlowRunFilter(state=state, tags=FlowRunFilterTags(all_=[*tags]) if tags else None)
    found: list[FlowRun] = []
    while True:
        page = await client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[NAME])),
            flow_run_filter=wanted,
            limit=PAGE,
            offset=len(found),
        )
        found += page
        if len(page) < PAGE:
            return found


def _key(standing: Standing) -> Key:
    return standing.number, str(standing.step), standing.card.case.version


def _asked(run: FlowRun) -> Key:
    given = run.parameters
    return str(given.get("case")), str(given.get("step")), int(given.get("version", 0))
