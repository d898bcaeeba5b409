"""Reads the rows of .csv and .xlsx files, one at a time, as cells with their line number."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NoReturn
from zipfile import ZipFile

from kmop_lifecycle.domain.errors import BadInput

Cell = str | int | float | bool | date | None
Line = tuple[int, Sequence[Cell]]
# What a sheet may take, before it is read: the rows of all providers there are fit many times.
LARGEST = 200_000_000  # bytes of a file, and of an unpacked workbook
LARGEST_BOOK = 50_000_000  # bytes of a packed workbook: so many parts could be listed in it
PARTS = 1_000  # of a workbook; usual are a dozen
ROWS = 250_000  # about 2 kB of memory each
WIDEST = 200  # cells in a row; a cell far to the right stands for thousands of empty ones
_DIVIDE = "divide it, and import one part after the other"
FORMULA = "=..."  # what a cell with a formula is read as: its result may be out of date


def lines(path: Path) -> Iterator[Line]:
    """Yield the rows that hold anything; the first is the heading."""
    readers: dict[str, Callable[[Path], Iterator[Line]]] = {".csv": _csv, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        refuse(f"{path.name} is not a sheet", "give a .csv or .xlsx file")
    try:
        size, limit = path.stat().st_size, LARGEST_BOOK if reader is _xlsx else LARGEST
        if size > limit:
            refuse(f"{path.name}: has {size} bytes, larger than the {limit} taken", _DIVIDE)
        for count, (number, cells) in enumerate(reader(path)):
            if count > ROWS:
                refuse(f"{path.name} line {number}: more than the {ROWS} rows taken", _DIVIDE)
            if len(cells) > WIDEST:
                what = f"has {len(cells)} cells, more than the {WIDEST} taken"
                refuse(f"{path.name} line {number}: {what}", "delete the columns to the right")
            if any(cell is not None for cell in cells):
                yield number, cells
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
    try:
        [names] = csv.reader([heading], delimiter=delimiter) if heading.strip() else [[]]
    except (csv.Error, ValueError) as error:  # a ValueError: it goes on in the next line
        refuse(f"{path.name} line 1: {error}", "correct the heading, and end it in its line")
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

    number = 1
    try:
        with ExitStack() as stack:
            file = stack.enter_context(path.open("rb"))  # the reader leaves it open when it fails
            _must_unpack_small(path, stack.enter_context(ZipFile(file)))
            book = stack.enter_context(closing(load_workbook(file, read_only=True)))
            if not book.worksheets:
                refuse(f"{path.name}: has no sheet with cells", "put the rows on the first sheet")
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # written by other programs, they are often wrong
            for number, row in enumerate(sheet.iter_rows(), 1):
                yield number, [_typed(cell) for cell in row]
    except (BadInput, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - a damaged workbook makes its reader fail anyhow
        what = f"is not an Excel workbook ({type(error).__name__})"
        refuse(f"{path.name} line {number}: {what}", "save it as .xlsx again")


def _must_unpack_small(path: Path, archive: ZipFile) -> None:
    """Refuse a workbook that would take all memory; read is only what it says of itself."""
    parts = archive.infolist()
    if len(parts) > PARTS:
        what = f"has {len(parts)} parts, more than the {PARTS} taken"
        refuse(f"{path.name}: {what}", "save it as .xlsx again, its first sheet alone")
    size = sum(part.file_size for part in parts)
    if size > LARGEST:
        refuse(f"{path.name}: has {size} bytes unpacked, more than the {LARGEST} taken", _DIVIDE)


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
