"""Take one step on one case, by form."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from prefect import flow, runtime
from pydantic import Field

from flows.forms import Details, filled
from flows.outcome import Ending, run_key, told
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from kmop_lifecycle.service.fire import Command, fire

CaseNumber = Annotated[str, Field(pattern=r"^\d{4}-\d{6,}$", examples=["2026-000042"])]
UserName = Annotated[str, Field(min_length=1, examples=["an.peeters"])]


def run_name() -> str:
    """Name the run after its case and step."""
    asked = runtime.flow_run.parameters
    return f"{asked.get('case')} {asked.get('trigger')}"


@flow(
    name="fire_trigger",
    flow_run_name=run_name,
    persist_result=False,
    result_serializer="json",
)
async def fire_trigger(
    case: CaseNumber,
    trigger: Trigger,
    role: Role,
    user: UserName,
    on: date | None = None,
    *,
    details: Details = Details(),  # noqa: B008 - a default factory would make the field compulsory
    version: int | None = None,
    dry_run: bool = False,
) -> Ending:
    """Fire one trigger through the one gate that every step passes.

    Args:
        case: Case number.
        trigger: What happens.
        role: Who acts.
        user: The acting person's user name, not the full name; the four-eyes rule goes by it.
        on: The effective date; leave empty for today. Never in the future.
        details: Fill in what the step asks for and leave the rest empty.
        version: Refuse the step if the case has moved on from this version.
        dry_run: Say what would happen and write nothing.

    """
    command = Command(
        trigger=trigger,
        by=Actor(role, user),
        case=case,
        on=on,
        data=filled(details.model_dump(mode="json")),
        key="" if dry_run else run_key(),
        version=version,
        dry_run=dry_run,
    )
    return await told(_fired(command))


async def _fired(command: Command) -> str:
    """Fire and say where the case stands."""
    answered = fire(bootstrap.house(), command)
    would = "would be " if command.dry_run else ""
    warned = f"; warnings: {', '.join(answered.warnings)}" if answered.warnings else ""
    return f"{answered.case} {would}{answered.state}, version {answered.version}{warned}"
