"""Draw a form: a flow whose signature is made of the fields that are asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

from prefect import Flow, flow
from pydantic import MISSING
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from flows.forms import Form
from flows.outcome import Ending, told

Fields = Mapping[str, tuple[Any, Any]]  # name → type, and how it is asked for
Body = Callable[[dict[str, Any]], Awaitable[str | Ending]]


def drawn(
    name: str, run_name: str | Callable[[], str], description: str, asked: Fields, body: Body
) -> Flow[..., Any]:
    """Return the flow of a form; its body is given what was filled in: plain JSON, unchecked."""
    defaults = {name: field for name, (_, field) in asked.items()}

    async def form(**given: Any) -> Ending:  # noqa: ANN401 - as its signature says
        return await told(body(plainly(defaults | given)))

    form.__name__ = form.__qualname__ = name
    form.__signature__ = Signature(  # type: ignore[attr-defined] # what Prefect draws it from
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=field, annotation=kind)
            for name, (kind, field) in asked.items()
        ]
    )
    made = flow(
        name=name,
        flow_run_name=run_name,
        description=description,
        persist_result=False,
        result_serializer="json",
        # Prefect would write a value that does not fit into the run's state and log, for all to
        # see; the gate reads everything, for all doors.
        validate_parameters=False,
    )
    return made(form)


def plainly(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run was given, with the form's own defaults for what it was not given."""
    known = {
        name: value.default if isinstance(value, FieldInfo) else value
        for name, value in given.items()
    }
    return {
        name: value.model_dump(mode="json") if isinstance(value, Form) else value
        for name, value in known.items()
        if value not in (PydanticUndefined, MISSING)
    }
