"""`kmop metrics` writes what an installation is watched by."""

from __future__ import annotations

from contextlib import suppress
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
    serve: Annotated[
        int | None,
        typer.Option(
            "--serve", min=0, max=65_535, help="Answer at this port, until Ctrl-C; 0: a free one."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to serve at.")] = "127.0.0.1",
    as_json: AsJson = False,
) -> None:
    """Write backlog, last sweep, cases, notices and what is overdue, for Prometheus.

    Example: kmop metrics --serve 9464
    """
    from kmop_lifecycle.adapters.exposition import exposed, put_whole  # noqa: PLC0415

    if serve is not None:
        _serve(host, serve)
        return
    seen = figures(bootstrap.house())
    if to is not None:
        put_whole(exposed(seen), to)
    if as_json:
        put_json(asdict(seen) | {"swept_on": seen.swept_on and seen.swept_on.isoformat()})
    elif to is None:
        put(exposed(seen).rstrip())


def _serve(host: str, port: int) -> None:
    from kmop_lifecycle.adapters.exposition import served  # noqa: PLC0415

    house = bootstrap.house()
    with served(lambda: figures(house), host, port) as server, suppress(KeyboardInterrupt):
        put(f"figures at http://{host}:{server.server_port}/metrics; Ctrl-C ends this")
        server.serve_forever()
