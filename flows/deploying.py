"""Bring a Prefect API to what `flows.deployments` says; repeated, it does nothing.

What is as it should be is left alone: to register a deployment again throws its coming runs away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from httpx import HTTPError, HTTPStatusError, InvalidURL
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect.states import Scheduled

from flows import automations, recovery
from flows.deployments import RETIRED, deployments
from kmop_lifecycle.domain.errors import ConfigurationError, TryAgain

KIND = "process"
SWEEP = "sweep_deadlines"
_CLOSED = {401, 403}

Outcome = dict[str, list[str]]  # what was done: the names it was done to


def deploy(pool: str, *, dry_run: bool = False) -> Outcome:
    """Create the work pool, deployments and automations that are missing, change what differs.

    Return the names that were `created`, `changed`, `unchanged` and `retired`; a dry run returns
    the same and writes nothing. `TryAgain` where nobody answers, `ConfigurationError` where no
    address is set, the API asks for a log-in, or the pool is one of another type.
    """
    with said_plainly(address()):
        return asyncio.run(_deploy(pool, dry_run=dry_run))


def address() -> str:
    """Return where the API is, without what may be secret in it; `ConfigurationError` if unset."""
    url = get_current_settings().api.url
    if not url:
        raise ConfigurationError(
            "PREFECT_API_URL is not set: where is the Prefect API?",
            hint="set it, such as PREFECT_API_URL=http://127.0.0.1:4200/api",
        )
    return _plain(url)


async def _deploy(pool: str, *, dry_run: bool) -> Outcome:
    outcome: Outcome = {"created": [], "changed": [], "unchanged": [], "retired": []}
    async with get_client() as client:
        outcome[await _pool(client, pool, dry_run=dry_run)].append(f"work pool {pool}")
        for wanted in deployments():
            there = await _find(client, wanted.name)
            wanted.job_variables = variables(there.job_variables if there else {})
            state = "created" if there is None else "unchanged"
            if there is not None and _differs(there, wanted, pool):
                state = "changed"
            if state != "unchanged" and not dry_run:
                await wanted.aapply(work_pool_name=pool)
            outcome[state].append(wanted.name)
        outcome["retired"] = [n for n in RETIRED if await _find(client, n) is not None]
        if not dry_run:
            await recovery.retire(client, RETIRED)
            outcome["created"] += await automations.ensure(client)
            if SWEEP in outcome["created"]:
                await _sweep_first(client)
    return outcome


def variables(kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a worker starts a run with; what an operator has added to a deployment stays.

    Signs of life as often as the alarm expects them; and a request that the API answers with 500,
    as it does while Redis is away, is sent again: whatever a run asks for may be asked for twice.
    """
    told = dict(kept or {})
    ours = {
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(automations.HEARTBEAT),
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
    }
    return told | {"env": {**told.get("env", {}), **ours}}


async def _sweep_first(client: PrefectClient) -> None:
    """Ask for a sweep: to a new Prefect the boards and who is awaited are unknown until then."""
    sweep = await client.read_deployment_by_name(f"{SWEEP}/{SWEEP}")
    await client.create_flow_run_from_deployment(sweep.id, state=Scheduled())


async def _pool(client: PrefectClient, name: str, *, dry_run: bool) -> str:
    """See to the work pool; say whether it was there."""
    try:
        there = await client.read_work_pool(name)
    except ObjectNotFound:
        if not dry_run:
            await client.create_work_pool(WorkPoolCreate(name=name, type=KIND))
        return "created"
    if there.type != KIND:
        raise ConfigurationError(
            f"work pool {name} is of type {there.type}, not {KIND}",
            hint="name another pool with --pool",
        )
    return "unchanged"


async def _find(client: PrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return await client.read_deployment_by_name(f"{name}/{name}")
    except ObjectNotFound:
        return None


def _differs(there: DeploymentResponse, wanted: RunnerDeployment, pool: str) -> bool:
    """Tell whether anything that the code says is otherwise on the server."""
    limit, options = there.global_concurrency_limit, there.concurrency_options
    stands = (
        there.work_pool_name,
        there.entrypoint,
        there.description,
        sorted(there.tags),
        there.parameter_openapi_schema,
        bool(there.enforce_parameter_schema),
        there.pull_steps or [],
        there.job_variables or {},
        limit.limit if limit else None,
        options.collision_strategy if options else None,
        sorted(_spelt(one.schedule) for one in there.schedules),
    )
    options = wanted.concurrency_options
    should: tuple[Any, ...] = (
        pool,
        wanted.entrypoint,
        wanted.description,
        sorted(wanted.tags),
        wanted._parameter_openapi_schema.model_dump(mode="json", exclude_unset=True),  # noqa: SLF001 - Prefect's own `apply` sends it
        bool(wanted.enforce_parameter_schema),
        [],
        wanted.job_variables,
        wanted.concurrency_limit,
        options.collision_strategy if options else None,
        sorted(_spelt(one.schedule) for one in wanted.schedules or ()),
    )
    return stands != should


def _spelt(schedule: Any) -> str:  # noqa: ANN401 - one of Prefect's kinds of schedules
    return f"{getattr(schedule, 'cron', schedule)} {getattr(schedule, 'timezone', '')}"


def _plain(url: str) -> str:
    """Return an address without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@contextmanager
def said_plainly(url: str) -> Iterator[None]:
    """Say in one line what went wrong on the way to the API; whom to ask is its address."""
    try:
        yield
    except HTTPStatusError as error:
        status = error.response.status_code
        if status in _CLOSED:
            raise ConfigurationError(
                f"the Prefect API at {url} asks for a log-in ({status})",
                hint="set PREFECT_API_AUTH_STRING to what the server was started with",
            ) from None
        raise TryAgain(
            f"the Prefect API at {url} answered {status}", hint="look into the server's log"
        ) from None
    except (HTTPError, InvalidURL, RuntimeError) as error:
        raise TryAgain(
            f"the Prefect API at {url} cannot be reached: {type(error).__name__}",
            hint="is the server running, and PREFECT_API_URL its address, with /api at the end?",
        ) from None
