"""What Prefect watches over by itself; `python -m flows.automations` declares it on a server.

`kmop up` declares it at the start and every sweep sees to it again, so that a new Prefect database
has it within the hour. An automation that is as declared is left alone: to edit one is to forget
the windows it has open.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.automations import AutomationCore
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events import EventTrigger, Posture
from prefect.events.actions import ChangeFlowRunState, RunDeployment

NO_SWEEP = timedelta(hours=26)  # a day and two hours: the night of changing clocks is 25 long
HEARTBEAT = 30  # seconds between a run's signs of life; Prefect allows no shorter time
SILENT = timedelta(seconds=3 * HEARTBEAT)
LOST = timedelta(minutes=10)  # a cluster may fetch an image between taking a run and its start
ALARM = "raise_alarm"
_NEVER_MIND = {"id", "trigger_id"}


async def declared(client: PrefectClient) -> list[AutomationCore]:
    """Return the automations as they should be."""
    deployment = await client.read_deployment_by_name(f"{ALARM}/{ALARM}")
    return [_no_sweep(deployment.id), _no_heartbeat(), _never_begun(), _backlog(deployment.id)]


def _no_sweep(alarm: UUID) -> AutomationCore:
    return AutomationCore(
        name="kmop: no sweep for 26 hours",
        description="A sweep that did not happen moves nothing and reminds nobody.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            expect={"prefect.flow-run.Completed", "prefect.flow-run.Failed"},
            match_related={
                "prefect.resource.role": "flow",
                "prefect.resource.name": "sweep_deadlines",
            },
            threshold=1,
            within=NO_SWEEP,
        ),
        actions=[_raised(alarm, "no sweep for 26 hours")],
    )


def _no_heartbeat() -> AutomationCore:
    return AutomationCore(
        name="kmop: run without heartbeat",
        description="A run whose machine is gone would stay *Running*, and for as long as its "
        "lease of the slot lasts, five minutes, every other run of its flow would be dropped.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            # The first heartbeat comes a moment after Running: a run may die between the two.
            after={"prefect.flow-run.Running", "prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.*"},  # any sign of life, and every way to end or wait
            for_each={"prefect.resource.id"},
            threshold=1,
            within=SILENT,
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                message=f"no heartbeat for {SILENT.total_seconds():.0f} seconds",
                force=False,
            )
        ],
    )


def _never_begun() -> AutomationCore:
    return AutomationCore(
        name="kmop: run that never began",
        description="A run that a worker took and lost before it began would stay *Pending*.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={"prefect.flow-run.Pending"},
            expect={"prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            threshold=1,
            within=LOST,
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                message=f"not begun for {LOST.total_seconds() / 60:.0f} minutes",
                force=False,
            )
        ],
    )


def _backlog(alarm: UUID) -> AutomationCore:
    return AutomationCore(
        name="kmop: notices are waiting",
        description="Notices have been waiting for more than a day.",
        trigger=EventTrigger(
            posture=Posture.Reactive,
            expect={"kmop.deliveries.backlog"},
            threshold=1,
            within=timedelta(0),
        ),
        actions=[_raised(alarm, "notices have been waiting for more than a day")],
    )


def _raised(alarm: UUID, what: str) -> RunDeployment:
    return RunDeployment(
        source="selected", deployment_id=alarm, parameters={"what": what}, job_variables=None
    )


async def ensure(client: PrefectClient) -> list[str]:
    """Create what is missing and what is not as declared; return the names of those."""
    made = []
    for wanted in await declared(client):
        there = await client.read_automations_by_name(wanted.name)
        if len(there) == 1 and _alike(there[0], wanted):
            continue
        for old in there:
            await client.delete_automation(old.id)
        await client.create_automation(wanted)
        made.append(wanted.name)
    return made


def _alike(one: AutomationCore, other: AutomationCore) -> bool:
    return bool(
        _plain(one.trigger) == _plain(other.trigger)
        and _plain(one.actions) == _plain(other.actions)
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of an automation
    if isinstance(value, list):
        return [_plain(one) for one in value]
    # As Python, not as JSON: a set has no order, and in JSON another one with every process.
    return value.model_dump(mode="python", exclude=_NEVER_MIND)


async def _main() -> None:
    async with get_client() as client:
        made = await ensure(client)
    print("\n".join(made) or "all there")  # noqa: T201 - it is a command


if __name__ == "__main__":
    asyncio.run(_main())
