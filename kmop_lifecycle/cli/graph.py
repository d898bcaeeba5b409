"""`kmop graph` draws the lifecycle from its page, and keeps README's picture of it true."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.terminal import put, put_json, say
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.render import mermaid, readme_block, table

_README = Path("README.md")
_BEGIN, _END = "<!-- lifecycle:begin -->", "<!-- lifecycle:end -->"


def graph(
    *,
    case: Annotated[str, typer.Option("--case", help="Mark where this case stands.")] = "",
    as_table: Annotated[
        bool, typer.Option("--table", help="A Markdown table of all steps instead.")
    ] = False,
    readme: Annotated[
        bool, typer.Option("--readme", help="Write both into README.md, between its two marks.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare README.md with the page.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw the lifecycle, in Mermaid."""
    if readme or check:
        _keep_readme(write=not check, as_json=as_json)
        return
    state = _state(case) if case else None
    if as_json:
        put_json({"mermaid": mermaid(state), "table": table(), "state": state})
    else:
        put((table() if as_table else mermaid(state)).rstrip())


def _state(case: str) -> State:
    from kmop_lifecycle import bootstrap  # noqa: PLC0415  # the picture alone needs no database
    from kmop_lifecycle.service.queries import open_file  # noqa: PLC0415

    return open_file(bootstrap.house(), case).card.case.state


def _keep_readme(*, write: bool, as_json: bool) -> None:
    try:
        text = _README.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"README.md cannot be read: {error.strerror}", hint="change to the project's folder"
        ) from None
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise BadInput("README.md has no place for it", hint=f"add {_BEGIN} and {_END}")
    wanted = f"{before}{_BEGIN}\n{readme_block()}{_END}{after}"
    current = wanted == text
    if write and not current:
        _README.write_text(wanted, encoding="utf-8")
    if as_json:
        put_json({"current": current or write, "written": write and not current})
    else:
        was = "is current" if current else "was brought up to date" if write else "is out of date"
        put(f"README.md {was}")
    if not (current or write):
        say("→ run: kmop graph --readme")
        raise typer.Exit(1)
