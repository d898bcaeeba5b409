"""`kmop deploy` brings a Prefect API to what this version deploys."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.terminal import put, put_json, visible


def deploy(
    *,
    pool: Annotated[
        str, typer.Option("--pool", metavar="NAME", help="Work pool; created if missing.")
    ] = "kmop",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be changed, change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Apply every deployment and automation to the Prefect API in PREFECT_API_URL.

    Repeated, it changes nothing. Workers of that pool then carry the runs out:
    prefect worker start --pool kmop --type process
    """
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")  # read when Prefect is imported
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from flows import deploying  # noqa: PLC0415 - takes seconds

    done = deploying.deploy(pool, dry_run=dry_run)
    if as_json:
        put_json({"pool": pool, "dry_run": dry_run, **done})
        return
    would = "would be " if dry_run else ""
    for what in ("created", "changed", "retired"):
        for name in done[what]:
            put(f"{would}{what}: {visible(name)}")
    if not any(done[what] for what in ("created", "changed", "retired")):
        put(f"nothing to change: {len(done['unchanged'])} things are as they should be")
