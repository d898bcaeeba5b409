"""`kmop fire` takes one step of one case through the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson, By, DryRun, Effective, Key
from kmop_lifecycle.cli.terminal import put, put_json, say
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.decide import OPENING, trigger_named
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service import fire as gate

_NONE_YET = "-"


def fire(
    case: Annotated[str, typer.Argument(help="Case number; - for submit and adopt.")],
    trigger: Annotated[str, typer.Argument(help="The step, such as start_visit.")],
    *,
    by: By,
    on: Effective = None,
    data: Annotated[
        str, typer.Option("--data", metavar="JSON|@FILE", help="What the step is told.")
    ] = "",
    key: Key = "",
    version: Annotated[
        int | None, typer.Option(min=1, help="Refuse if the case has moved on from this version.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take one step of one case."""
    step = trigger_named(trigger)
    command = gate.Command(
        trigger=step,
        by=Actor.parse(by),
        case=_case(case, step),
        on=on,
        data=_data(data),
        key=key,
        version=version,
        dry_run=dry_run,
    )
    tell(gate.fire(bootstrap.house(), command), as_json=as_json)


def tell(answered: gate.Answered, *, as_json: bool) -> None:
    """Say what a step came to."""
    number = answered.case
    if answered.dry_run and answered.trigger in OPENING:
        number = _NONE_YET  # the next one that opens a case will get this number
    if as_json:
        put_json(answered.as_json() | {"case": number})
        return
    put(f"{number} {answered.trigger}: {answered.state} (version {answered.version})")
    for warning in answered.warnings:
        say(f"warning: {warning}")
    if answered.repeated:
        say("this key was answered before; nothing new was written")
    if answered.dry_run:
        say("dry run: nothing was written")


def _case(number: str, step: Trigger) -> str | None:
    opens = step in OPENING
    if opens is not (number == _NONE_YET):
        hint = "write - in place of the case number" if opens else "give the case number"
        raise BadInput(f"{step} {'opens a case' if opens else 'needs a case'}", hint=hint)
    return None if opens else number


def _data(given: str) -> dict[str, Any]:
    """Read JSON, or the file it names."""
    if given.startswith("@"):
        return one_document(Path(given[1:]))
    try:
        data = json.loads(given or "{}")
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"--data is not JSON: {' '.join(str(error).split())[:120]}",
            hint="""write '{"reason": "moved"}', or @FILE""",
        ) from None
    if not isinstance(data, dict):
        raise BadInput("--data is not a table of fields", hint="""write '{"reason": "moved"}'""")
    return data


def one_document(path: Path) -> dict[str, Any]:
    """Read a file of one table of fields."""
    from kmop_lifecycle.adapters.applications import read_document  # noqa: PLC0415  # rarely needed

    documents = read_document(path)
    if len(documents) != 1:
        raise BadInput(f"{path.name} holds {len(documents)} documents", hint="one is asked here")
    return documents[0]
