"""`kmop metrics` writes what an installation is watched by."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.terminal import put, put_json
from kmop_lifecycle.service.figures import figures


def metrics(
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Write them whole to this file, for a textfile collector."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write backlog, last sweep, cases, notices and what is overdue, for Prometheus."""
    from kmop_lifecycle.adapters.exposition import exposed, put_whole  # noqa: PLC0415

    seen = figures(bootstrap.house())
    if to is not None:
        put_whole(exposed(seen), to)
    if as_json:
        put_json(asdict(seen) | {"swept_on": seen.swept_on and seen.swept_on.isoformat()})
    elif to is None:
        put(exposed(seen).rstrip())
