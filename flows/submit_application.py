"""Open a case from a form, and leave nothing personal behind in the run."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows import forget
from flows.forms import ApplicationForm, filled
from flows.outcome import Ending, run_key, told
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput, LifecycleError
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from kmop_lifecycle.service.fire import Answered, Command, fire


@flow(
    name="submit_application",
    flow_run_name="application",
    persist_result=False,
    result_serializer="json",
    # Prefect would write the value that does not fit into the run's state and log, for all to see.
    validate_parameters=False,
)
async def submit_application(
    application: ApplicationForm,
    role: Role = Role.PROVIDER,
    user: Annotated[str, Field(examples=["acme"])] = "form",
    on: date | None = None,
) -> Ending:
    """Submit an application; its answer is the case number.

    Args:
        application: The application; it is removed from this run before the run ends.
        role: Who submits.
        user: The submitting person's user name, not the full name.
        on: The day of the application; leave empty for today. Never in the future.

    """
    return await told(_submitted(application, str(role), user, on))


async def _submitted(
    application: ApplicationForm | Mapping[str, Any], role: str, user: str, on: date | str | None
) -> str:
    """Submit, and whatever comes of it, replace the form by the answer."""
    answer = "interrupted"
    try:
        answered = fire(bootstrap.house(), _command(application, role, user, on))
        answer = answered.case
    except LifecycleError as refusal:
        answer = refusal.code
        raise
    except Exception as defect:  # noqa: BLE001 - its own text may quote the form
        raise RuntimeError(f"defect: {_place(defect)}") from None
    finally:
        await forget.this_form(answer)
    return _line(answered)


def _command(
    application: ApplicationForm | Mapping[str, Any], role: str, user: str, on: date | str | None
) -> Command:
    """Read the form as it arrives: plain JSON, unchecked."""
    raw = (
        application.model_dump(mode="json")
        if isinstance(application, ApplicationForm)
        else application
    )
    return Command(
        trigger=Trigger.SUBMIT,
        by=Actor.parse(f"{role}:{user}"),
        on=_day(on),
        data=filled(raw),
        key=run_key(),
    )


def _day(raw: date | str | None) -> date | None:
    """Read the effective date."""
    if raw is None or isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise BadInput(f"{raw!r} is not a date", hint="write 2026-01-31") from None


def _line(answered: Answered) -> str:
    """Say which case it became."""
    again = " (submitted before)" if answered.repeated else ""
    warned = f"; warnings: {', '.join(answered.warnings)}" if answered.warnings else ""
    return f"{answered.case} {answered.state}{again}{warned}"


def _place(defect: Exception) -> str:
    """Say what went wrong and where, and nothing of the values it went wrong with."""
    last = traceback.extract_tb(defect.__traceback__)[-1]
    return f"{type(defect).__name__} in {last.name}, {Path(last.filename).name}:{last.lineno}"
