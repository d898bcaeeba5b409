"""`kmop cluster`: the production form, as processes of this machine."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_json, put_table, say

app = new_group("Run the production form on this machine: up, status.")

State = Annotated[
    Path,
    typer.Option("--state", metavar="FOLDER", help="Where it keeps its things."),
]
_STATE = Path("var/cluster")


@app.command(epilog=example("kmop cluster up --state /tmp/kmop-cluster"))
def up(
    *,
    state: State = _STATE,
    port: Annotated[
        int | None,
        typer.Option(help="Port of the first API server and its UI.", min=1, max=65535),
    ] = None,
    servers: Annotated[int, typer.Option(help="API servers.", min=1, max=8)] = 2,
    workers: Annotated[int, typer.Option(help="Workers.", min=1, max=8)] = 2,
) -> None:
    """Start Postgres, Redis, API servers, services and workers on loopback; Ctrl-C ends all."""
    from flows.cluster import life, login, plan  # noqa: PLC0415 - `kmop --help` waits for nothing

    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)
    laid_out = plan.planned(
        state.expanduser().resolve(), port=port, servers=servers, workers=workers
    )

    def ready(running: plan.Plan) -> None:
        put(f"Ready: {running.apis[0].url}")
        put(f"The login is in {login.file(running.state)}; PREFECT_API_AUTH_STRING takes the same")
        for api in running.apis:
            put(f"API: {api.url}/api")
        put(f"KMOP_DATABASE_URL={running.database}")
        put(f"Logs: {running.state}/*.log; processes: kmop cluster status --state {state}")
        put("Ctrl-C ends everything.")
        typer.get_text_stream("stdout").flush()

    try:
        life.live(laid_out, say, ready)
    except KeyboardInterrupt:
        put("Stopped. The next `kmop cluster up` goes on from here.")


@app.command(epilog=example("kmop cluster status --json"))
def status(*, state: State = _STATE, as_json: AsJson = False) -> None:
    """Say where a running cluster is, and which of its processes live."""
    from flows.cluster import life  # noqa: PLC0415 - as above

    found = life.status(state.expanduser().resolve())
    if as_json:
        put_json(found)
        return
    for url, answers in found["apis"].items():
        put(f"{url}  {'answers' if answers else 'does not answer'}")
    put(f"KMOP_DATABASE_URL={found['database']}")
    rows = [
        (n, one["pid"], "lives" if one["alive"] else "ended") for n, one in found["parts"].items()
    ]
    put_table(("process", "pid", "is"), rows)
