"""`kmop doctor` finds out what is broken here, and says how to repair it."""

from __future__ import annotations

from typing import Annotated

import typer

from kmop_lifecycle.cli.examination import BROKEN, examine
from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.terminal import put, put_json, visible
from kmop_lifecycle.domain.errors import ConfigurationError


def doctor(
    *,
    pool: Annotated[
        str,
        typer.Option(
            "--pool",
            metavar="NAME",
            help="Work pool to look at; else that of the deployments in PREFECT_API_URL.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Find out what is broken here and how to repair it."""
    findings = list(examine(pool))
    broken = any(finding.state == BROKEN for finding in findings)
    if as_json:
        put_json({"ok": not broken, "findings": [finding.as_json() for finding in findings]})
    else:
        for finding in findings:
            put(f"{finding.state:<6}  {finding.part:<10}  {visible(finding.what)}")
            if finding.repair:
                put(f"{'':<20}→ {visible(finding.repair)}")
    if broken:
        raise typer.Exit(ConfigurationError.exit_code)
