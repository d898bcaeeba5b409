"""`kmop up` runs the whole house in the foreground, from one command."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from flows import server

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

console = Console(highlight=False, soft_wrap=True)


def up(
    *,
    port: Annotated[
        int | None, typer.Option(help="Port of the UI [default: 4200].", min=1, max=65535)
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill the database with the example portfolio first.")
    ] = False,
) -> None:
    """Start the database, the server with its UI and every schedule; Ctrl-C stops all of it."""
    from kmop_lifecycle import bootstrap  # noqa: PLC0415 - `kmop --help` waits for nothing
    from kmop_lifecycle.settings import load_settings  # noqa: PLC0415 - as above

    settings = load_settings()
    place = server.Place(
        host=host or settings.prefect.host,
        port=port or settings.prefect.port,
        home=Path(settings.prefect.home).expanduser().resolve(),
    )
    server.refuse_busy_port(place)
    _stop_like_ctrl_c()
    try:
        with ExitStack() as stack:
            with console.status("Preparing the database"):
                bootstrap.prepare_database(settings)
            if demo:
                _demonstrate(stack)
            _serve(place)
    except KeyboardInterrupt:  # before the flows were served; afterwards they end by themselves
        pass
    console.print("Stopped. The next `kmop up` goes on from here.")


def _stop_like_ctrl_c() -> None:
    """Let a closed terminal or a service manager stop the start-up as Ctrl-C does.

    SIGINT is among them because a shell starts background jobs with it ignored.
    """
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.default_int_handler)


def _demonstrate(stack: ExitStack) -> None:
    """Fill the database with the example portfolio, and catch its mail on this machine."""
    from kmop_lifecycle import bootstrap  # noqa: PLC0415 - as above
    from kmop_lifecycle.adapters.mail_catcher import MailCatcher  # noqa: PLC0415
    from kmop_lifecycle.cli import demo  # noqa: PLC0415 - only who asks for it waits for it

    console.print("Filling the database with the example portfolio …")
    if not demo.fill(bootstrap.house()):
        console.print("The database has cases already: it is left as it is.")
    post = stack.enter_context(MailCatcher())
    os.environ |= {  # for the runs, which are processes of their own
        "KMOP_MAIL__SMTP_HOST": post.host,
        "KMOP_MAIL__SMTP_PORT": str(post.port),
        "KMOP_MAIL__SMTP_MODE": "insecure",
    }
    console.print(f"Its mail is caught on {post.host}:{post.port} and goes nowhere.")


def _serve(place: server.Place) -> None:
    """Run the server, and the flows beside it, until a signal comes."""
    place.adopt()
    with (
        console.status("Starting the Prefect server (the first time takes longer)") as status,
        server.running(place) as alive,
    ):
        status.update("Registering the flows")
        from flows.serving import serve_until_stopped  # noqa: PLC0415 - reads what was adopted

        serve_until_stopped(alive, _greeting(place, status))


def _greeting(place: server.Place, status: Status) -> Callable[[list[str]], None]:
    """Return what is said once everything is up."""

    def greet(names: list[str]) -> None:
        status.stop()
        page = f"{place.url}/v2/artifacts/key"
        console.print(f"\nReady: [bold]{place.url}[/bold]\n")
        console.print(f"Deployments, each with its Run button: {place.url}/v2/deployments")
        console.print(f"  {', '.join(names)}")
        console.print("Click first: [bold]sweep_deadlines[/bold] → Run → Quick run.")
        console.print("Then look at")
        console.print(f"  what needs a hand    {page}/today-en   (nl: {page}/today-nl)")
        console.print(f"  the lifecycle        {page}/lifecycle")
        console.print("and open a case with [bold]submit_application[/bold] → Run → Custom run.")
        if place.host not in LOOPBACK:
            console.print(
                f"[bold]{place.host} is reachable from other machines[/bold] and Prefect asks "
                "nobody to log in: put a proxy that does in front of it."
            )
        console.print("\nCtrl-C stops everything.")

    return greet
