"""What commands print: data on stdout, talk on stderr; rich on a terminal, plain in a pipe."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

_NOTHING = "-"
_TEXT = 60  # signs; what is longer is a text, and may be folded


def watched(stream: TextIO) -> bool:
    """Tell whether somebody looks at what is written there."""
    return stream.isatty()


def visible(value: object) -> str:
    """Write a value as one visible line: what strangers wrote must not steer the terminal."""
    text = _NOTHING if value is None or value == "" else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in text)


def put(line: str = "") -> None:
    """Write one line of data."""
    print(line)  # noqa: T201


def say(line: str) -> None:
    """Write one line of talk."""
    print(line, file=sys.stderr)  # noqa: T201


def put_json(value: Mapping[str, Any]) -> None:
    """Write the one object that `--json` answers with."""
    put(json.dumps(value, ensure_ascii=False, indent=2 if watched(sys.stdout) else None))


def put_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows under their headings."""
    cells = [[visible(cell) for cell in row] for row in rows]
    if watched(sys.stdout):
        _rich_table(columns, cells)
        return
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for row in [columns, *cells]:
        line = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        put("  ".join(line).rstrip())


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415  # 50 ms that a pipe does not need
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, no_wrap=width <= _TEXT, max_width=_TEXT, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # as text: a name in brackets is no markup
    console = Console(highlight=False, force_terminal=True)
    endless = console.options.update(max_width=10_000)
    needed = console.measure(table, options=endless).maximum
    console.width = max(console.width, needed)  # a number or a date is never cut
    console.print(table)


def put_fields(fields: Sequence[tuple[str, object]]) -> None:
    """Write names and values below each other; a name that repeats is not written again."""
    width = max((len(name) for name, _ in fields), default=0)
    before = ""
    for name, value in fields:
        put(f"{'' if name == before else name:<{width}}  {visible(value)}")
        before = name


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; elsewhere say at the end how many it was, and how fast."""
    begun = time.perf_counter()
    if watched(sys.stderr):
        from rich.console import Console  # noqa: PLC0415  # as above
        from rich.progress import Progress  # noqa: PLC0415

        with Progress(console=Console(stderr=True, force_terminal=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda count: bar.advance(task, count)
    else:
        yield lambda _: None
    seconds = time.perf_counter() - begun
    if seconds > 1:
        say(f"{total} {what} in {seconds:.1f} s ({total / seconds:.0f} per second)")
