"""`kmop db` creates the database, brings it up to date and compares it with this program."""

from __future__ import annotations

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_json
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.settings import load_settings

app = new_group("Create the database, bring it up to date, compare it.")


@app.command(epilog=example("kmop db upgrade"))
def upgrade(*, as_json: AsJson = False) -> None:
    """Create the database if there is none, and bring its tables up to date."""
    from kmop_lifecycle.adapters.store import migrate  # noqa: PLC0415  # a help page needs no tables

    settings = load_settings()
    bootstrap.prepare_database(settings)
    at = migrate.current(settings.database_url.get_secret_value())
    if as_json:
        put_json({"database": settings.database_label, "revision": at})
    else:
        put(f"{settings.database_label} is at revision {at}")


@app.command(epilog=example("kmop db current --json"))
def current(*, as_json: AsJson = False) -> None:
    """Name the revision of the database, and the one that this program needs."""
    from kmop_lifecycle.adapters.store import migrate  # noqa: PLC0415

    settings = load_settings()
    at, needed = migrate.current(bootstrap.database(settings)), migrate.head()
    if as_json:
        put_json({"database": settings.database_label, "revision": at, "needed": needed})
    else:
        put(f"{settings.database_label} is at revision {at or 'none'}; needed: {needed}")


@app.command(epilog=example("kmop db check"))
def check(*, as_json: AsJson = False) -> None:
    """Compare the tables with what this program expects."""
    from kmop_lifecycle.adapters.store import migrate  # noqa: PLC0415

    engine = bootstrap.database(load_settings())
    at, needed = migrate.current(engine), migrate.head()
    found = migrate.check(engine) if at == needed else []
    if at != needed:
        raise ConfigurationError(
            f"the database is at revision {at or 'none'}, this program needs {needed}",
            hint="run: kmop db upgrade",
        )
    if found:
        raise ConfigurationError(
            f"{len(found)} differences from the expected tables, the first: {found[0][:160]}",
            hint="somebody changed the tables by hand: restore a backup",
        )
    if as_json:
        put_json({"ok": True, "revision": at})
    else:
        put(f"the tables are as expected (revision {at})")
