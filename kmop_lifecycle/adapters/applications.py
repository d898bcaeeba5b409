"""Reads files of applications and adoptions into the data that `submit` and `adopt` take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kmop_lifecycle.adapters.documents import read_document
from kmop_lifecycle.adapters.sheets import FORMULA, Cell, lines, refuse
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Trigger

__all__ = ["COLUMNS", "Row", "read_document", "read_rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One provider: the line it stands in, its data, and the effective date if one is given."""

    line: int
    data: dict[str, Any]
    on: date | None = None

    @property
    def trigger(self) -> Trigger:
        """Adopt what began before this system, submit the rest."""
        earlier = "valid_from" in self.data or "valid_until" in self.data
        return Trigger.ADOPT if earlier else Trigger.SUBMIT


class _Misfit(ValueError):
    """A cell does not fit; the text says what would."""


def _text(cell: Cell) -> str:
    """Take text, and numbers that a spreadsheet made of it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    raise _Misfit("text")


def _enterprise(cell: Cell) -> str:
    """Give back the first 0 that a spreadsheet takes from a number."""
    text = _text(cell)
    return text.zfill(10) if text.isdigit() and len(text) == 9 else text  # noqa: PLR2004 - digits


def _whole(cell: Cell) -> int:
    if isinstance(cell, int) and not isinstance(cell, bool) and cell >= 0:
        return cell
    if isinstance(cell, str) and cell.isascii() and cell.isdigit() and len(cell) < 10:  # noqa: PLR2004 - what fits
        return int(cell)
    raise _Misfit("a whole number such as 12")


def _list(cell: Cell) -> list[str]:
    return [part.strip() for part in _text(cell).split("|") if part.strip()]


def _day_in_text(cell: Cell) -> date:
    """Take ISO dates only: 05/01/2026 is May to some and January to others."""
    try:
        return date.fromisoformat(_text(cell))
    except ValueError:
        raise _Misfit("a date such as 2026-03-16") from None


def _day_in_workbook(cell: Cell) -> date:
    """Take dates only: text that looks like one means different days to different people."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    raise _Misfit("a date: format the cell as a date and enter it again")


Reader = Callable[[Cell], Any]
_DAY: Reader = _day_in_text  # stands for the reader of the file's own kind of dates

COLUMNS: Mapping[str, tuple[str, Reader]] = {  # heading → place in the data, how it is read
    "name": ("name", _text),
    "enterprise_number": ("enterprise_number", _enterprise),
    "iban": ("iban", _text),
    "bic": ("bic", _text),
    "establishment_units": ("establishment_units", _list),
    "training_themes": ("services.training", _list),
    "advice_themes": ("services.advice", _list),
    "kind": ("kind", _text),
    "active_since": ("active_since", _DAY),
    "kmop_files": ("kmop_files", _whole),
    "years_of_history": ("years_of_history", _whole),
    "sites": ("sites", _whole),
    "business_units": ("business_units", _whole),
    "bureau": ("bureau", _text),
    "declaration_signed_on": ("declaration_signed_on", _DAY),
    "knowledge_test_passed_on": ("knowledge_test_passed_on", _DAY),
    "exemption_scheme": ("exemption.scheme", _text),
    "exemption_number": ("exemption.number", _text),
    "exemption_valid_until": ("exemption.valid_until", _DAY),
    "contact_name": ("contact.name", _text),
    "contact_email": ("contact.email", _text),
    "contact_language": ("contact.language", _text),
    "contact_channels": ("contact.channels", _list),
    "valid_from": ("valid_from", _DAY),
    "valid_until": ("valid_until", _DAY),
    "training_number": ("numbers.training", _text),
    "advice_number": ("numbers.advice", _text),
    "applied_on": ("", _DAY),  # the effective date: beside the data
}
REQUIRED = ("name", "enterprise_number", "iban", "kind", "bureau", "contact_name", "contact_email")
_PRIVATE = {
    "name",
    "iban",
    "bic",
    "establishment_units",
    "contact",
    "contacts",
}  # never shown in a message


def read_rows(
    path: Path, on_misfit: Callable[[int, BadInput], None] | None = None
) -> Iterator[Row]:
    """Yield the rows of a .csv or .xlsx file as they are read; BadInput names line and column.

    With `on_misfit`, a row whose cells do not fit is told there, and the reading goes on.
    """
    found = lines(path)
    first, cells = next(found, (1, ()))
    if not cells:
        refuse(f"{path.name}: is empty", f"begin with a heading: {', '.join(REQUIRED)}, ...")
    headings = _headings(f"{path.name} line {first}", cells)
    day = _day_in_workbook if path.suffix.lower() == ".xlsx" else _day_in_text
    for line, cells in found:
        try:
            place = f"{path.name} line {line}"
            row = _row(place, line, dict(_cells(path, line, headings, cells)), day)
        except BadInput as misfit:
            if on_misfit is None:
                raise
            on_misfit(line, misfit)
        else:
            yield row


def _headings(place: str, cells: Sequence[Cell]) -> list[str]:
    """Check the heading and return its columns."""
    names = [str(cell or "").strip().casefold() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for n, name in enumerate(names, 1):
        if name not in COLUMNS:
            close = get_close_matches(name, COLUMNS, n=1)
            hint = f"write {close[0]}" if close else f"write one of {', '.join(COLUMNS)}"
            refuse(f"{place}, column {n}: heading {name!r} is unknown", hint)
        if names.index(name) != n - 1:
            refuse(f"{place}, column {n}: heading {name!r} stands there twice", "keep one column")
    if missing := [name for name in REQUIRED if name not in names]:
        refuse(f"{place}: heading {missing[0]!r} is missing", f"add {', '.join(missing)}")
    if not {"training_themes", "advice_themes"} & set(names):
        refuse(f"{place}: there is no column of themes", "add training_themes or advice_themes")
    return names


def _cells(
    path: Path, line: int, headings: Sequence[str], row: Sequence[Cell]
) -> Iterator[tuple[str, Cell]]:
    """Pair the cells that hold anything with their headings."""
    for n, cell in enumerate(row):
        if cell is None:
            continue
        if n >= len(headings):
            refuse(
                f"{path.name} line {line}, column {n + 1}: has no heading",
                "give the column a heading, or empty the cell",
            )
        yield headings[n], cell


def _row(place: str, line: int, cells: Mapping[str, Cell], day: Reader) -> Row:
    """Put each cell in its place in the data."""
    data: dict[str, Any] = {}
    on: date | None = None
    for heading, cell in cells.items():
        path, reader = COLUMNS[heading]
        value = _value(f"{place}, column {heading}", path, day if reader is _DAY else reader, cell)
        if not path:
            on = value
            continue
        table, dot, key = path.partition(".")
        if dot:
            data.setdefault(table, {})[key] = value
        else:
            data[table] = value
    return Row(line, data, on)


def _value(place: str, path: str, read: Reader, cell: Cell) -> Any:  # noqa: ANN401 - by column
    """Read one cell."""
    if cell == FORMULA:
        refuse(f"{place}: holds a formula", "copy the column and paste its values")
    try:
        return read(cell)
    except _Misfit as expected:
        shown = "the value" if path.partition(".")[0] in _PRIVATE else repr(str(cell))[:80]
        refuse(f"{place}: {shown} is not {expected}", f"write {expected}")
