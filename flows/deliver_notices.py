"""Send the notices that are written and not yet sent."""

from __future__ import annotations

from typing import Annotated

from prefect import flow, runtime
from prefect.states import Failed
from pydantic import Field

from flows import blocks, events
from flows.described import clockwork
from flows.outcome import Ending, run_day, tally, told
from kmop_lifecycle.service.alarm import backlog
from kmop_lifecycle.service.deliver import deliver


def run_name() -> str:
    """Name the run after its day."""
    return f"deliver {run_day()}"


@flow(
    name="deliver_notices",
    flow_run_name=run_name,
    description=clockwork(
        "Sends the notices that are written and not yet sent, and tries again what failed.",
        "to send now. A failed run says how many notices need help.",
    ),
    persist_result=False,
    result_serializer="json",
)
async def deliver_notices(limit: Annotated[int, Field(ge=1)] | None = None) -> Ending:
    """Claim every due notice, send it by e-mail or chat, and write down what became of it.

    Args:
        limit: Send at most so many notices; leave empty for all that are due.

    """
    return await told(_delivered(limit))


async def _delivered(limit: int | None) -> str | Ending:
    """Deliver and count; a run that leaves something for people ends as failed, to be seen."""
    house = blocks.house()
    report = deliver(house, limit=limit)
    if runtime.flow_run.id and (waiting := backlog(house)):
        events.tell_backlog(waiting, house.clock.today().isoformat())
    line = f"{tally(report.counts, 'nothing to send')}{report.in_messages}"
    if report.waiting:
        line = f"{line}; waiting: {tally(report.waiting, '')}"
    if report.alarms:
        return Failed(message=f"configuration: {'; '.join(report.alarms)} ({line})")
    if report.stopped:  # somebody wanted it so: the run went well
        return f"deliveries are {report.stopped}; {line}"
    return (
        Failed(message=f"{line}: no later run sends the dead") if report.counts["dead"] else line
    )
