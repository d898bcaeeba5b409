"""Register every deployment and run what is asked for, until told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from prefect.client.orchestration import get_client
from prefect.runner import Runner
from prefect.states import Scheduled

from flows import automations, recovery
from flows.deployments import PLAN, RETIRED, deployments
from kmop_lifecycle.domain.errors import TryAgain

AT_ONCE = 3  # runs at the same time on one machine
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WATCH = 2.0  # seconds between two looks at the server


def serve_until_stopped(alive: Callable[[], bool], ready: Callable[[list[str]], None]) -> None:
    """Serve in the foreground, for as long as the server lives and no signal comes.

    `ready` is called with the names once all are registered. Schedules go on while nothing serves
    them: what became due meanwhile is done at the next start.
    """
    runner = Runner(
        name="kmop",
        pause_on_shutdown=False,
        limit=AT_ONCE,
        heartbeat_seconds=automations.HEARTBEAT,
    )
    for deployment in deployments():
        runner.add_deployment(deployment)
    asyncio.run(_serve(runner, alive, ready))


async def _serve(
    runner: Runner, alive: Callable[[], bool], ready: Callable[[list[str]], None]
) -> None:
    """Tidy up, sweep once so that the pages exist, serve."""
    names = [planned.name for planned in PLAN]
    async with get_client() as client:
        await recovery.retire(client, RETIRED)
        await recovery.clear(client, names)
        await automations.ensure(client)
        sweep = await client.read_deployment_by_name("sweep_deadlines/sweep_deadlines")
        # A sweep is due after any outage, and the first one fills the pages.
        await client.create_flow_run_from_deployment(sweep.id, state=Scheduled())
    serving = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # Prefect's own handlers come first, ours replace them
    loop = asyncio.get_running_loop()
    for stop in STOPS:
        loop.add_signal_handler(stop, serving.cancel)
    ready(names)
    while not (await asyncio.wait({serving}, timeout=WATCH))[0]:
        if not alive():
            serving.cancel()
            raise TryAgain(
                "the Prefect server has ended", hint="look into server.log, start again"
            )
    with suppress(asyncio.CancelledError):
        await serving
