"""`kmop submit`, `kmop import` and `kmop adopt` open cases from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.applications import read_document
from kmop_lifecycle.adapters.intake_sheets import entries as read_entries
from kmop_lifecycle.cli.fire import tell
from kmop_lifecycle.cli.options import AsJson, By, DryRun, Effective, Key
from kmop_lifecycle.cli.terminal import counting, put, put_json, put_table, say
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service import fire as gate
from kmop_lifecycle.service.intake import Entry, IntakeReport, intake

_SHEETS = frozenset({".csv", ".xlsx"})

Documents = Annotated[Path, typer.Argument(metavar="FILE", help=".json or .yaml: one, or a list.")]
Sheet = Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .xlsx, with a heading.")]
Either = Annotated[Path, typer.Argument(metavar="FILE", help=".json, .yaml, .csv or .xlsx.")]
Partial = Annotated[
    bool, typer.Option("--partial", help="Take the rows that are right, report the others.")
]

Quiet = Annotated[
    bool,
    typer.Option("--quiet", help="Tell nobody; what was due until today is never sent."),
]


def submit(
    file: Documents,
    *,
    by: By = "provider:applicant",
    on: Effective = None,
    key: Key = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Open a case for each application in a file."""
    actor = Actor.parse(by)
    documents = read_document(file)
    if len(documents) == 1:
        command = gate.Command(
            Trigger.SUBMIT, actor, on=on, data=documents[0], key=key, dry_run=dry_run
        )
        tell(gate.fire(bootstrap.house(), command), as_json=as_json)
        return
    if key:
        raise BadInput(
            f"one key, but {len(documents)} applications",
            hint="leave --key out: each application in a list is its own key",
        )
    entries = [Entry(n, Trigger.SUBMIT, data) for n, data in enumerate(documents, 1)]
    _take_in(entries, actor, How(on=on, dry_run=dry_run, as_json=as_json))


def import_(
    file: Sheet,
    *,
    by: By = "admin:import",
    dry_run: DryRun = False,
    partial: Partial = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take in a sheet of providers, with a report on every row.

    Rows with valid_from are registrations that began earlier, the others applications as of
    applied_on. All or nothing, unless --partial; taken in twice, nothing new is written.
    """
    how = How(dry_run=dry_run, partial=partial, quiet=quiet, as_json=as_json)
    _take_in(read_entries(file), Actor.parse(by), how)


def adopt(
    file: Either,
    *,
    by: By = "admin:import",
    on: Effective = None,
    dry_run: DryRun = False,
    partial: Partial = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take over registrations that began before this system."""
    if file.suffix.lower() in _SHEETS:
        found = read_entries(file)
    else:
        found = [Entry(n, Trigger.ADOPT, data) for n, data in enumerate(read_document(file), 1)]
    entries = [replace(entry, trigger=Trigger.ADOPT) for entry in found]
    actor = Actor.parse(by)
    how = How(on=on, dry_run=dry_run, partial=partial, quiet=quiet, as_json=as_json)
    _take_in(entries, actor, how)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a file is to be taken in."""

    on: date | None = None
    dry_run: bool = False
    partial: bool = False
    quiet: bool = False
    as_json: bool = False


def _take_in(entries: Sequence[Entry], by: Actor, how: How) -> None:
    with counting("rows", len(entries)) as progress:
        report = intake(
            bootstrap.house(),
            entries,
            by,
            on=how.on,
            partial=how.partial,
            dry_run=how.dry_run,
            quiet=how.quiet,
            progress=progress,
        )
    if how.as_json:
        put_json(report.as_json())
    else:
        _tell(report)
    if report.problems:
        raise typer.Exit(1)


def _tell(report: IntakeReport) -> None:
    """List what is wrong, row by row, then what was done about all."""
    if report.problems:
        put_table(
            ("line", "field", "value", "reason"),
            [(p.line, p.field, p.value, f"{p.code}: {p.reason}") for p in report.problems],
        )
    for line, code in report.warnings:
        say(f"line {line}: warning: {code}")
    right, again = len(report.opened), len(report.repeated)
    wrong = len(report.problems)
    done = "taken in" if report.written or not right else "right"
    put(f"{report.rows} rows: {right} {done}, {again} known already, {wrong} refused")
    if report.dry_run:
        say("dry run: nothing was written")
    elif wrong and not report.written:
        say("nothing was written: correct the rows, or take the others with --partial")
