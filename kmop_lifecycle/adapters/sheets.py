"""Reads the rows of .csv and .xlsx files, one at a time, as cells with their line number."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NoReturn
from zipfile import BadZipFile, ZipFile

from kmop_lifecycle.domain.errors import BadInput

Cell = str | int | float | bool | date | None
Line = tuple[int, Sequence[Cell]]
_LARGEST = 200_000_000  # bytes of a file, and of an unpacked workbook
FORMULA = "=..."  # what a cell with a formula is read as: its result may be out of date


def lines(path: Path) -> Iterator[Line]:
    """Yield the rows that hold anything; the first is the heading."""
    readers: dict[str, Callable[[Path], Iterator[Line]]] = {".csv": _csv, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        refuse(f"{path.name} is not a sheet", "give a .csv or .xlsx file")
    try:
        if path.stat().st_size > _LARGEST:
            refuse(f"{path.name}: is larger than {_LARGEST} bytes", "divide it")
        yield from (line for line in reader(path) if any(cell is not None for cell in line[1]))
    except OSError as error:
        refuse(f"{path.name}: cannot be read: {error.strerror}", "give the path of a file")


def refuse(reason: str, hint: str) -> NoReturn:
    """Refuse the file."""
    raise BadInput(reason, hint=hint) from None


def _decoded(path: Path) -> Iterator[str]:
    """Yield the physical lines of a text file; one that is not UTF-8 is named."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                refuse(
                    f"{path.name} line {number}: is not UTF-8",
                    "save it as 'CSV UTF-8', or give the .xlsx file",
                )


def _csv(path: Path) -> Iterator[Line]:
    """Read a text file; the heading decides whether , or ; separates."""
    texts = _decoded(path)
    heading = next(texts, "")
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    [names] = csv.reader([heading], delimiter=delimiter) if heading.strip() else [[]]
    yield 1, [name.strip() or None for name in names]
    rows = csv.reader(texts, delimiter=delimiter, strict=True)
    begins = 2  # a quoted cell may go on over several lines: a row's number is its first
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            refuse(f"{path.name} line {begins}: {error}", "correct the quotes in that line")
        if row and len(row) != len(names):
            refuse(
                f"{path.name} line {begins}: has {len(row)} cells, the heading has {len(names)}",
                f'put "quotes" around a cell that holds a {delimiter}',
            )
        yield begins, [_plain(text) for text in row]
        begins = rows.line_num + 2


def _plain(text: str) -> Cell:
    """Read the text of a cell; a spreadsheet would evaluate what begins with =."""
    text = text.strip()
    return (FORMULA if text.startswith("=") else text) or None


def _xlsx(path: Path) -> Iterator[Line]:
    """Read the first sheet of a workbook without holding it in memory."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, seldom needed
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above

    try:
        with ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST:
                refuse(f"{path.name}: is too large when unpacked", "divide it")
        book = load_workbook(path, read_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        refuse(f"{path.name}: is not an Excel workbook", "save it as .xlsx again")
    try:
        if not book.worksheets:
            refuse(f"{path.name}: has no sheet with cells", "put the rows on the first sheet")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # written by other programs, they are often wrong
        for number, row in enumerate(sheet.iter_rows(), 1):
            yield number, [_typed(cell) for cell in row]
    finally:
        book.close()


def _typed(cell: Any) -> Cell:  # noqa: ANN401 - one of several classes of cells
    """Return a cell's value: whole numbers as such, a day without hours as a date."""
    value = cell.value
    if cell.data_type in {"f", "e"}:  # a formula, or what became of one
        return FORMULA
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return value.strip() or None
    return value  # type: ignore[no-any-return]  # numbers, truth values, times
