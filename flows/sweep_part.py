"""One part of a large sweep, begun by `sweep_deadlines` and by nobody else."""

from __future__ import annotations

from datetime import date

from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.context import FlowRunContext
from prefect.states import Failed

from flows import blocks
from flows.crew import spoken
from flows.described import clockwork
from flows.outcome import Ending, line_of, told
from flows.progress import Bar, Gauge, watched
from flows.shelf import note
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.parts import count
from kmop_lifecycle.service.sweep import SweepReport, sweep

PARENT = "sweep_deadlines"


@flow(
    name="sweep_part",
    description=clockwork(
        "A part of a large sweep: `sweep_deadlines` begins as many as there is work for, so that "
        "several workers share it, asks once whether an unusual sweep is meant, and adds up.",
        "of `sweep_deadlines` instead: a part that was not begun by a sweep that is under way "
        "refuses and writes nothing.",
    ),
    persist_result=False,
    result_serializer="json",
)
async def sweep_part(first: int, last: int, today: date) -> Ending:
    """Move every case of a span whose date has come and write the notices that are due.

    Args:
        first: The first row of the span.
        last: The last row of the span.
        today: Sweep as of this day.

    """
    return await told(_swept(first, last, today))


async def _swept(first: int, last: int, today: date) -> str | Ending:
    async with get_client() as client:
        await _must_be_asked(client)
        house = blocks.house()
        if today > house.clock.today():
            raise BadInput(f"{today} is in the future", hint="is a worker's clock wrong?")
        report = await _carried_out(client, house, Span(first, last), today)
        await note(client, spoken(report))
    line = line_of(report)
    return Failed(message=line) if report.failed else line


async def _carried_out(
    client: PrefectClient, house: House, span: Span, today: date
) -> SweepReport:
    """Sweep the span and show how far it is."""
    gauge = Gauge(count(house, today, span))
    bar = await Bar.open(client, gauge.total)
    report = await watched(
        lambda: sweep(house, today, within=span, progress=gauge.add),
        gauge,
        lambda: bar.show(gauge.percent),
    )
    await bar.show(100.0)
    return report


async def _must_be_asked(client: PrefectClient) -> None:
    """Refuse to sweep what no sweep under way has asked for: nobody would have consented to it."""
    if await _sweep_under_way(client):
        return
    raise BadInput(
        "a part of a sweep is begun by a sweep that is under way", hint="run sweep_deadlines"
    )


async def _sweep_under_way(client: PrefectClient) -> bool:
    context = FlowRunContext.get()
    asked = context.flow_run.parent_task_run_id if context and context.flow_run else None
    if asked is None:
        return False
    parent = (await client.read_task_run(asked)).flow_run_id
    if parent is None:
        return False
    run = await client.read_flow_run(parent)
    flow = await client.read_flow(run.flow_id)
    return flow.name == PARENT and run.state is not None and run.state.is_running()
