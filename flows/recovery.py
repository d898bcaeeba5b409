"""Clear what an interrupted `kmop up` left in Prefect's record, before anything new is started.

A run cut off in the middle keeps its deployment's one slot for good: the server forgets the lease
when it restarts, not the slot. Every later sweep would be cancelled, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

CUT_OFF = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


async def retire(client: PrefectClient, names: Iterable[str]) -> None:
    """Take away deployments of earlier versions: a form that leads nowhere helps nobody."""
    for name in names:
        with suppress(ObjectNotFound):
            old = await client.read_deployment_by_name(f"{name}/{name}")
            await client.delete_deployment(old.id)


async def clear(client: PrefectClient, names: list[str]) -> None:
    """End the runs that no process carries any more, and free the slots of their deployments."""
    runs = await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=names)),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=CUT_OFF))
        ),
    )
    for run in runs:
        ended: State[Any] = Crashed(message="kmop up was stopped during this run")
        await client.set_flow_run_state(run.id, ended, force=True)
    for name in names:
        deployment = await client.read_deployment_by_name(f"{name}/{name}")
        limit = deployment.global_concurrency_limit
        if limit is not None:
            free = GlobalConcurrencyLimitUpdate(active_slots=0)
            await client.update_global_concurrency_limit(limit.name, free)
