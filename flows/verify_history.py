"""Replay every case's history and compare it with the register."""

from __future__ import annotations

from prefect import flow
from prefect.states import Failed

from flows import blocks, forget, pages
from flows.described import clockwork
from flows.outcome import Ending, run_day, told
from kmop_lifecycle.service.verify import verify


def run_name() -> str:
    """Name the run after its day."""
    return f"verify {run_day()}"


@flow(
    name="verify_history",
    flow_run_name=run_name,
    description=clockwork(
        "Replays every case's history and compares it with the register.",
        "to prove it now; a failed run names what does not agree.",
    ),
    persist_result=False,
    result_serializer="json",
)
async def verify_history() -> Ending:
    """Prove that the register says what the history says."""
    return await told(_verified())


async def _verified() -> str | Ending:
    """Verify, publish what was found, and clear forms that an interrupted run left behind."""
    house = blocks.house()
    report = verify(house)
    await pages.publish_breaches(report, house.clock.now())
    await forget.leftovers()
    line = f"{report.cases} cases, {report.events} events"
    if not report.total:
        return f"{line}: register and history agree"
    return Failed(message=f"integrity: {line}, {report.total} breaches, see `history`")
