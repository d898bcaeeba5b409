"""All commands on one page; the one that is called is the one that is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

# Typer brings click along under different names in its versions; this is click's own error.
UsageError: Any = typer.BadParameter.__mro__[1]

_SETTINGS = {"help_option_names": ["-h", "--help"]}


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: where its function or its group lies, what it is for, how it is used."""

    name: str
    place: str  # module:attribute below this package
    purpose: str
    example: str


COMMANDS = (
    Entry("up", "up:up", "Start database, server with its UI and schedules.", "kmop up --demo"),
    Entry("deploy", "deploy:deploy", "Bring a Prefect API with workers to what this version runs.",
          "kmop deploy --pool kmop"),
    Entry("cluster", "cluster:app", "Run the production form on this machine: up, status.",
          "kmop cluster up --state /tmp/kmop-cluster"),
    Entry("demo", "demo:demo", "See five years pass in a minute, leaving nothing behind.",
          "kmop demo"),
    Entry("submit", "intake:submit", "Open a case for each application in a file.",
          "kmop submit acme.yaml --by provider:acme"),
    Entry("import", "intake:import_", "Take in a sheet of providers, with a report on every row.",
          "kmop import providers.csv --dry-run"),
    Entry("adopt", "intake:adopt", "Take over registrations that began before this system.",
          "kmop adopt registered.csv --by admin:els"),
    Entry("fire", "fire:fire", "Take one step of one case.",
          "kmop fire 2026-000001 start_visit --by auditor:an --on 2026-02-10"),
    Entry("case", "case:app", "Look at cases: list, show, history, explain, timeline.",
          "kmop case show 2026-000001"),
    Entry("contact", "contact:app", "See and change whom a provider is written to.",
          "kmop contact list 0566.988.259"),
    Entry("sweep", "clockwork:sweep", "Write down what time has brought about, and who is told.",
          "kmop sweep --dry-run"),
    Entry("deliver", "clockwork:deliver", "Send the notices that wait.",
          "kmop deliver --limit 100"),
    Entry("deliveries", "deliveries:app", "List what is stuck, pause, resume, try again.",
          "kmop deliveries list --status dead,ambiguous"),
    Entry("notice", "notice:app", "Look at notices before they are sent: preview, gallery.",
          "kmop notice preview 2026-000001 --ladder follow_up --rung=-3m --open"),
    Entry("calendar", "calendar:calendar", "Write the coming dates as calendars to follow.",
          "kmop calendar --all --to var/calendars"),
    Entry("verify", "clockwork:verify", "Prove that the register says what the history says.",
          "kmop verify --json"),
    Entry("replay", "replay:replay", "Play a scenario file on an empty store.",
          "kmop replay starter.yaml"),
    Entry("graph", "graph:graph", "Draw the lifecycle.", "kmop graph --case 2026-000001"),
    Entry("rules", "rules:app", "Read and check the rule book.",
          "kmop rules show rates --on 2022-12-31"),
    Entry("db", "db:app", "Create the database, update, check, back up and restore it.",
          "kmop db upgrade"),
    Entry("metrics", "metrics:metrics", "Write what an installation is watched by.",
          "kmop metrics --to var/kmop.prom"),
    Entry("doctor", "doctor:doctor", "Find out what is broken here and how to repair it.",
          "kmop doctor"),
)  # fmt: skip
_BY_NAME = {entry.name: entry for entry in COMMANDS}


class Lazy(TyperGroup):
    """Knows every command by name; its help page loads none of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  # click's
        """Return the names in the order of the page."""
        return [*_BY_NAME]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002  # click's
        """Load one command."""
        entry = _BY_NAME.get(cmd_name)
        return load(entry) if entry else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  # click's
        """Return the command asked for, or suggest the one that was meant."""
        self.commands = cast("Any", _BY_NAME)  # where typer looks for near names
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002  # click's
        """List what the page says."""
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.purpose) for entry in COMMANDS])


def new_group(purpose: str) -> typer.Typer:
    """Return an empty group of commands in the house's manner."""
    return typer.Typer(
        help=purpose,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=_SETTINGS,
    )


def example(line: str) -> str:
    """Return an example as the end of a help page."""
    return f"\b\nExample:\n  {line}"


def load(entry: Entry) -> Any:  # noqa: ANN401  # click's command, under typer's name for it
    """Import a command's module and build the command."""
    module, _, attribute = entry.place.partition(":")
    found = getattr(import_module(f"kmop_lifecycle.cli.{module}"), attribute)
    app = found
    if not isinstance(found, typer.Typer):
        app = new_group("")
        app.command(entry.name, epilog=example(entry.example), context_settings=_SETTINGS)(found)
    command = typer.main.get_command(app)
    command.name = entry.name
    command.epilog = command.epilog or example(entry.example)
    return command


def _version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        typer.echo(f"kmop {version('kmop-lifecycle')}")
        raise typer.Exit


def kmop(
    *,
    version: Annotated[  # its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Name the version.")
    ] = False,
) -> None:
    """Certification lifecycle of service providers for the Flemish KMO-portefeuille."""


def program() -> Any:  # noqa: ANN401  # click's command, under typer's name for it
    """Build the program."""
    app = typer.Typer(
        name="kmop",
        cls=Lazy,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_SETTINGS,
        epilog=example("kmop up --demo"),
    )
    app.callback()(kmop)
    return typer.main.get_command(app)
