"""`kmop replay` plays a scenario file with the real rules on an empty store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.scenario_files import load_scenario
from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.terminal import put, put_json, put_table, visible
from kmop_lifecycle.service import replay as player


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario in YAML.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Play a scenario file on an empty store; 0: all holds, 1: something does not, 2: bad file."""
    scenario = load_scenario(file)
    house, clock = bootstrap.rehearsal(bootstrap.rule_book())
    report = player.replay(scenario, house, clock)
    if as_json:
        put_json(report.as_json())
    else:
        _tell(report)
    if not report.ok:
        raise typer.Exit(1)


def _tell(report: player.ReplayReport) -> None:
    put(visible(report.scenario))
    put()
    put_table(
        ("on", "case", "step", "by", "result", "state"),
        [
            (
                step["on"],
                step["case"],
                step["do"],
                step["by"],
                step["code"] or ", ".join([step["result"], *step["warnings"]]),
                step["state"],
            )
            for step in report.steps
        ],
    )
    if report.checks:
        put()
        put_table(
            ("on", "case", "checked", "holds"),
            [
                (c["on"], c["case"], ", ".join(c["expected"]), "yes" if c["ok"] else "NO")
                for c in report.checks
            ],
        )
    put()
    for check in (check for check in report.checks if not check["ok"]):
        off = {n: v for n, v in check["expected"].items() if check["actual"].get(n) != v}
        for name, expected in off.items():
            actual = check["actual"].get(name)
            put(f"{check['on']} {check['case']}: {name} is {actual!r}, expected {expected!r}")
    for surprise in report.surprises:
        put(visible(surprise))
    held = sum(check["ok"] for check in report.checks)
    verdict = "all holds" if report.ok else "does not hold"
    put(f"{len(report.steps)} steps, {held} of {len(report.checks)} checks: {verdict}")
