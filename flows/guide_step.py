"""Await the person whose turn it is, then take the step through the gate."""

from __future__ import annotations

from functools import cache
from typing import Any

from prefect import flow
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from pydantic import create_model

from flows import blocks
from flows.after import facts, shown
from flows.asked import actors, details
from flows.described import clockwork
from flows.outcome import Ending, told
from flows.taking import asked_for, line
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import fire
from kmop_lifecycle.service.overview import one_case

LONGEST = 365 * 24 * 3600  # seconds; Prefect fails the run then, and the next sweep opens another


@flow(
    name="guide_step",
    flow_run_name="{case} awaits {step}",
    description=clockwork(
        "Awaits the person whose turn it is. The sweep and the forms open a run for each step of "
        "an audit that is somebody's turn, and close it when the step was taken elsewhere.",
        "is never needed. To answer: open a run that is *Suspended*, press **⋮** at the top "
        "right, then *Resume*; the facts of the case stand above the form.",
    ),
    persist_result=False,
    result_serializer="json",
    validate_parameters=False,
)
async def guide_step(case: str, step: str, version: int) -> Ending:
    """Take one awaited step of one case.

    Args:
        case: The case.
        step: The step that is awaited.
        version: The version of the case that awaits it.

    """
    return await told(_guided(case, Trigger(step), version))


async def _guided(number: str, step: Trigger, version: int) -> str | Ending:
    """Ask, unless the case has moved on; what is refused is asked again by a run of its own."""
    house = blocks.house()
    standing = one_case(house, number, house.clock.today())
    if (standing.step, standing.card.case.version) != (step, version):
        return Completed(name="DoneElsewhere", message="the case has moved on")
    form = answers(step).with_initial_data(description=facts(house, number))
    answer = await asuspend_flow_run(wait_for_input=form, timeout=LONGEST, key="answer")
    try:
        command = asked_for(step, {"case": number, **answer.model_dump(mode="json")})
        return line(fire(house, command))
    finally:
        await shown(house, number)


@cache
def answers(step: Trigger) -> type[RunInput]:
    """Return the form of a step as the answer to a suspended run."""
    asked: dict[str, Any] = {**details(step), **actors(step)}
    return create_model(f"{step}", __base__=RunInput, **asked)
