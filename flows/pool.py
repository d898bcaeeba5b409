"""What stands behind the Prefect API: the work pool, its workers, what waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from flows.deploying import address, said_plainly
from flows.deployments import PLAN

LATE = timedelta(minutes=2)  # a worker looks for runs every ten seconds
USUAL = "kmop"
USUAL_BEAT = 30  # seconds; Prefect's own, of a worker that does not say


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that has ever been heard of."""

    name: str
    heard: datetime | None
    every: int  # seconds between two signs of life


@dataclass(frozen=True, slots=True)
class Pool:
    """A work pool, and how what this version deploys stands to it."""

    name: str
    kind: str = ""  # empty: there is none of this name
    paused: bool = False
    workers: tuple[Worker, ...] = ()
    deployments: int = 0  # those that stand in it
    missing: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()  # in another pool or in none
    stopped: tuple[str, ...] = ()  # paused, of those that a schedule starts
    late: int = 0  # runs that should have been started since `LATE`


def look(name: str, now: datetime) -> Pool | None:
    """Return what is seen of a pool, of that of the deployments when no name is given.

    None where no deployment knows a pool: `kmop up` serves its own. Errors as `deploying.deploy`.
    """
    with said_plainly(address()):
        return asyncio.run(_look(name, now))


async def _look(name: str, now: datetime) -> Pool | None:
    async with get_client() as client:
        there = {planned.name: await _deployment(client, planned.name) for planned in PLAN}
        found = {key: one for key, one in there.items() if one is not None}
        name = name or _known(found)
        if not name:
            return None
        try:
            pool = await client.read_work_pool(name)
        except ObjectNotFound:
            return Pool(name)
        inside = [one for one in found.values() if one.work_pool_name == name]
        return Pool(
            name,
            pool.type,
            pool.is_paused,
            await _workers(client, name),
            len(inside),
            tuple(key for key, one in there.items() if one is None),
            tuple(key for key, one in found.items() if one not in inside),
            tuple(one.name for one in PLAN if one.cron and _stands(there[one.name])),
            await _late(client, inside, now),
        )


def _known(found: Mapping[str, DeploymentResponse]) -> str:
    """Return the pool of the deployments; where nothing is deployed, that of `kmop deploy`."""
    if not found:
        return USUAL
    return next((one.work_pool_name for one in found.values() if one.work_pool_name), "")


async def _deployment(client: PrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return await client.read_deployment_by_name(f"{name}/{name}")
    except ObjectNotFound:
        return None


def _stands(one: DeploymentResponse | None) -> bool:
    """Tell whether a deployment is there and no schedule starts it."""
    return one is not None and (one.paused or not any(each.active for each in one.schedules))


async def _workers(client: PrefectClient, pool: str) -> tuple[Worker, ...]:
    return tuple(
        Worker(
            one.name,
            one.last_heartbeat_time,
            one.heartbeat_interval_seconds or USUAL_BEAT,
        )
        for one in await client.read_workers_for_work_pool(pool)
    )


async def _late(client: PrefectClient, inside: list[DeploymentResponse], now: datetime) -> int:
    """Count what waits although its time has come; Prefect's own mark needs its services."""
    waiting = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"before_": now - LATE}),
    )
    ours = DeploymentFilter(id=DeploymentFilterId(any_=[one.id for one in inside]))
    return await client.count_flow_runs(flow_run_filter=waiting, deployment_filter=ours)
