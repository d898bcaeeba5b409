"""`kmop db` creates the database, keeps it up to date, backs it up and restores it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_json, say
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError
from kmop_lifecycle.service.outbox import HOLD, Switch
from kmop_lifecycle.settings import load_settings

app = new_group("Create the database, bring it up to date, compare it, back it up, restore it.")


Part = Annotated[
    Literal["expand", "contract"] | None,
    typer.Option(
        "--phase",
        help="While two versions run: expand before the new programs start, "
        "contract after the last old one has ended [default: everything].",
    ),
]


@app.command(epilog=example("kmop db upgrade"))
def upgrade(*, part: Part = None, as_json: AsJson = False) -> None:
    """Create the database if there is none, and bring its tables up to date."""
    from kmop_lifecycle.adapters.store import migrate  # noqa: PLC0415  # a help page needs no tables
    from kmop_lifecycle.adapters.store.revision import Phase, pending  # noqa: PLC0415

    settings = load_settings()
    bootstrap.prepare_database(settings, Phase(part) if part else None)
    at = migrate.current(settings.database_address)
    waiting = [step.as_json() for step in pending(at)]
    if as_json:
        put_json({"database": settings.database_label, "revision": at, "pending": waiting})
        return
    put(f"{settings.database_label} is at revision {at}")
    _tell(waiting)


@app.command(epilog=example("kmop db current --json"))
def current(*, as_json: AsJson = False) -> None:
    """Name the revision of the database, the one that this program needs, and what is pending."""
    from kmop_lifecycle.adapters.store import migrate, revision  # noqa: PLC0415

    settings = load_settings()
    at, needed = migrate.current(bootstrap.database(settings)), revision.needed()
    waiting = [step.as_json() for step in revision.pending(at)]
    if as_json:
        told = {"revision": at, "needed": needed, "newest": revision.newest(), "pending": waiting}
        put_json({"database": settings.database_label} | told)
        return
    put(f"{settings.database_label} is at revision {at or 'none'}; needed: {needed}")
    _tell(waiting)


def _tell(waiting: list[dict[str, str]]) -> None:
    for step in waiting:
        put(f"pending: {step['revision']} ({step['phase']}): {step['what']}")


@app.command(epilog=example("kmop db check"))
def check(*, as_json: AsJson = False) -> None:
    """Compare the tables with what this program expects."""
    from kmop_lifecycle.adapters.store import migrate, revision  # noqa: PLC0415

    engine = bootstrap.database(load_settings())
    at, newest = migrate.current(engine), revision.newest()
    if at != newest:
        revision.must_fit(engine)
        raise ConfigurationError(  # it fits, and lies between two versions
            f"the database is at revision {at}; the tables of {newest} cannot be compared with it",
            hint="finish the upgrade first: kmop db current says what is pending",
        )
    found = migrate.check(engine)
    if found:
        raise ConfigurationError(
            f"{len(found)} differences from the expected tables, the first: {found[0][:160]}",
            hint="somebody changed the tables by hand: restore a backup",
        )
    if as_json:
        put_json({"ok": True, "revision": at})
    else:
        put(f"the tables are as expected (revision {at})")


@app.command(epilog=example("kmop db backup var/backups/monday.kmop"))
def backup(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Where the copy goes: a new file, or a folder that there is."
        ),
    ],
    *,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Of a folder's copies only so many, the newest, stay."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the whole database to a file while it is used; it holds personal data.

    In a folder the copy is named after its moment.
    """
    from kmop_lifecycle.adapters.store import backups  # noqa: PLC0415
    from kmop_lifecycle.adapters.store.backup_folder import keep_newest, place_in  # noqa: PLC0415

    if keep is not None and not file.is_dir():
        raise BadInput(f"--keep: {file} is not a folder", hint="create it, or leave --keep out")
    settings = load_settings()
    target = place_in(file, SystemClock().now()) if file.is_dir() else file
    backups.save(bootstrap.database(settings), target)
    gone = [str(old) for old in keep_newest(file, keep)] if keep is not None else []
    size = target.stat().st_size
    if as_json:
        told = {"database": settings.database_label, "file": str(target), "bytes": size}
        put_json(told | {"removed": gone})
        return
    put(f"{settings.database_label} is copied to {target} ({size} bytes)")
    for old in gone:
        put(f"removed: {old}")


@app.command(epilog=example("kmop db restore var/backups/monday.kmop --replace"))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `kmop db backup` wrote.")],
    *,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Move aside, and keep, a SQLite file that is there."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what is to be compared there, as JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put a copy in the place of the database; stop everything that uses it first.

    All sending is on hold afterwards. The report says which notices may have been sent since then
    and what the clock owes: compare, then end the hold with `kmop deliveries resume`.
    """
    from kmop_lifecycle.adapters.store import backups  # noqa: PLC0415
    from kmop_lifecycle.service.reconcile import reconcile  # noqa: PLC0415

    settings, now = load_settings(), SystemClock().now()
    hold = Switch(HOLD, now, "system:restore", f"restored from {file.name}")
    url = settings.database_address
    aside = backups.bring_back(url, file, hold, replace=replace)
    found = reconcile(bootstrap.house(settings))
    told = {"file": str(file), "aside": aside and str(aside), "held": True} | found.as_json()
    if report is not None:
        _keep(report, json.dumps(told, indent=2))
    if as_json:
        put_json(told)
        return
    put(f"{settings.database_label} is as {file} had it; steps until {found.until or 'none'}")
    if aside:
        put(f"what was there before is {aside}")
    put(f"{len(found.waiting)} notices may have been sent since, unseen by this copy")
    put(f"a sweep of today would move {found.clock.moved.total()} steps and write "
        f"{found.clock.notices.total()} notices")  # fmt: skip
    say("deliveries are on hold; compare, then: kmop deliveries resume")


def _keep(report: Path, text: str) -> None:
    from kmop_lifecycle.adapters.whole_files import write_whole  # noqa: PLC0415

    try:
        write_whole(report, text)
    except OSError as error:
        raise BadInput(
            f"the database is restored and on hold, but {report} cannot be written: "
            f"{error.strerror}",
            hint="see what waits with: kmop deliveries list",
        ) from None


@app.command(epilog=example("kmop db roles --app kmop_app --reader kmop_reader --apply"))
def roles(
    *,
    app_: Annotated[
        str, typer.Option("--app", metavar="ROLE", help="Does the daily work.")
    ] = "kmop_app",
    reader: Annotated[str, typer.Option(metavar="ROLE", help="Only reads.")] = "kmop_reader",
    apply: Annotated[
        bool, typer.Option("--apply", help="Carry them out, as the owner of the tables.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the grants of a Postgres database: the program's role cannot rewrite history.

    Both roles must exist. Say it again after each `kmop db upgrade`.
    """
    from kmop_lifecycle.adapters.store.roles import give  # noqa: PLC0415

    statements = give(bootstrap.database(load_settings()), app_, reader, apply=apply)
    if as_json:
        put_json({"app": app_, "reader": reader, "applied": apply, "statements": statements})
        return
    for statement in statements:
        put(f"{statement};")
    say("done" if apply else "nothing was changed: carry them out with --apply")
