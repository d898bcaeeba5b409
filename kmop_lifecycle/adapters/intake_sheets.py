"""A sheet of providers as entries for the intake, and the folder in which such sheets wait."""

from __future__ import annotations

from pathlib import Path

from kmop_lifecycle.adapters.applications import read_rows
from kmop_lifecycle.domain.errors import BadInput, NotFound
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.intake import Entry

_KINDS = (".csv", ".xlsx")


def entries(file: Path) -> list[Entry]:
    """Read a sheet; a row that cannot be read takes its place among the others."""
    found: list[Entry] = []

    def misfit(line: int, problem: BadInput) -> None:
        found.append(Entry(line, Trigger.SUBMIT, {}, problem=problem))

    for row in read_rows(file, misfit):
        found.append(Entry(row.line, row.trigger, row.data, row.on))  # noqa: PERF401  # both append
    return found


def in_folder(folder: Path, name: str) -> Path:
    """Return the sheet of this name; NotFound names those that are there."""
    there = sorted(
        file.name for file in folder.glob("*") if file.suffix.lower() in _KINDS and file.is_file()
    )
    if name not in there:  # a name with a path in it is none of them
        raise NotFound(
            f"there is no sheet {name[:80]!r} in the inbox",
            hint=f"there: {', '.join(there[:20]) or 'nothing, put a .csv or .xlsx file there'}",
        )
    return folder / name
