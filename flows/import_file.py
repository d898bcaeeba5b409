"""Take in a sheet of providers from the inbox, by form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.states import Failed

from flows import blocks, shelf
from flows.described import clockwork
from flows.drawn import drawn
from flows.forms import ask
from flows.links import LINKS
from flows.outcome import Ending
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.intake import IntakeReport, Problem, intake

MOST = 200  # rows of the report; the command line shows all


async def _imported(given: dict[str, Any]) -> str | Ending:
    house, dry_run = blocks.house(), bool(given.get("dry_run"))
    entries = bootstrap.sheet(str(given.get("file", "")))
    by = Actor.parse(f"{Role.ADMIN}:{given.get('user', '')}")
    partial, quiet = bool(given.get("partial")), bool(given.get("quiet"))
    report = intake(house, entries, by, partial=partial, quiet=quiet, dry_run=dry_run)
    if runtime.flow_run.id:
        async with get_client() as client:
            await shelf.note(client, f"{LINKS}\n\n{table(report.problems)}")
    return told(report)


def told(report: IntakeReport) -> str | Ending:
    """Say what became of the rows; a run that leaves some behind ends as failed, to be seen."""
    line = (
        f"{report.rows} rows: {len(report.opened)} "
        f"{'taken in' if report.written else 'right'}, {len(report.repeated)} known already, "
        f"{len(report.problems)} refused"
    )
    if report.dry_run:
        line = f"{line}; dry run: nothing was written"
    elif report.problems and not report.written:
        line = f"{line}; nothing was written (correct the rows, or choose Partial)"
    if not report.problems:
        return line
    first = report.problems[0]
    return Failed(message=f"{line}; the first: line {first.line}, {first.code}: {first.reason}")


def table(problems: list[Problem]) -> str:
    """Write what is wrong, row by row; the values of personal data are not in it."""
    return "\n".join(["| line | field | value | reason |", "|---|---|---|---|", *_rows(problems)])


def _rows(problems: list[Problem]) -> Iterable[str]:
    for one in problems[:MOST]:
        cells = (one.line, one.field, one.value, f"{one.code}: {one.reason}")
        yield "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


import_file = drawn(
    "import_file",
    "import {file}",
    clockwork(
        "Takes in a sheet of providers (.csv or .xlsx) that was put into the folder that the "
        "settings call `inbox`. Rows with `valid_from` are registrations of before this system, "
        "the others are applications. Taken in twice, nothing new is written.",
        "does not do: press *Custom run* and give the file's name. The report on every row that "
        "was refused stands under the run's *Artifacts*.",
    ),
    {
        "file": (
            str,
            ask(0, "Name of the sheet in the inbox", title="File", examples=["providers.csv"]),
        ),
        "partial": (
            bool,
            ask(
                1,
                "Take the right rows, report the others",
                default=False,
                title="Partial",
            ),
        ),
        "quiet": (
            bool,
            ask(2, "Tell nobody what was due until today", default=False, title="Quiet"),
        ),
        "dry_run": (bool, ask(3, "Only say what would happen", default=True, title="Dry run")),
        "user": (str, ask(4, "The user name of the admin who takes it in", title="User")),
    },
    _imported,
)
