"""The doctor's examinations of security: what a laptop may leave open, and production may not.

Prefect's own settings are read from this environment, the one `kmop up` hands to the server; its
server may have been given others by other means.
"""

from __future__ import annotations

import binascii
import os
import stat
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

from kmop_lifecycle import bootstrap
from kmop_lifecycle.sections import LOOPBACK
from kmop_lifecycle.settings import Settings, files_of_secrets

Problem = tuple[bool, str, str]  # whether it is wrong anywhere, what, the way out
_SERVER = "PREFECT_SERVER_API_"
_KEY_BYTES = 32  # of the key that Prefect's secrets are encrypted with
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def problems(settings: Settings) -> Iterator[Problem]:
    """Yield whatever stands open; an empty result says that nothing was found."""
    for look in (_login, _csrf, _origins, _key, _database_role, _database_file, _secret_files):
        yield from look(settings)


def _said(*names: str) -> str:
    """Return the first variable that is set; Prefect knows some by two names."""
    return next((os.environ[name].strip() for name in names if os.environ.get(name)), "")


def _login(settings: Settings) -> Iterator[Problem]:
    way_out = (
        f"set {_SERVER}AUTH_STRING and PREFECT_API_AUTH_STRING to the same USER:PASSWORD, "
        "or listen on 127.0.0.1 behind a proxy that asks"
    )
    if not _said(f"{_SERVER}AUTH_STRING"):
        host = settings.prefect.host
        reachable = host not in LOOPBACK
        where = f"; {host} is reachable from other machines" if reachable else ""
        yield reachable, f"Prefect asks nobody to log in{where}", way_out


def _csrf(_: Settings) -> Iterator[Problem]:
    on = _said(f"{_SERVER}CSRF_PROTECTION_ENABLED", "PREFECT_SERVER_CSRF_PROTECTION_ENABLED")
    if on.lower() not in {"1", "true", "yes", "on"}:
        name = f"{_SERVER}CSRF_PROTECTION_ENABLED"
        yield False, "Prefect takes requests that another site sends", f"set {name}=true"


def _origins(_: Settings) -> Iterator[Problem]:
    said = _said(f"{_SERVER}CORS_ALLOWED_ORIGINS", "PREFECT_SERVER_CORS_ALLOWED_ORIGINS")
    if not said or "*" in said:
        way_out = f"set {_SERVER}CORS_ALLOWED_ORIGINS to the address of the UI"
        yield False, "pages of any site may read Prefect's answers (CORS *)", way_out


def _key(_: Settings) -> Iterator[Problem]:
    said = _said("PREFECT_SERVER_ENCRYPTION_KEY", "ORION_ENCRYPTION_KEY")
    way_out = "set PREFECT_SERVER_ENCRYPTION_KEY to 32 random bytes in URL-safe base64"
    if not said:
        yield False, "the key of Prefect's secrets lies beside them, in its database", way_out
        return
    try:
        size = len(urlsafe_b64decode(said.encode()))
    except (binascii.Error, ValueError):
        size = 0
    if size != _KEY_BYTES:
        yield True, "PREFECT_SERVER_ENCRYPTION_KEY is no key", way_out


def _database_role(settings: Settings) -> Iterator[Problem]:
    from sqlalchemy import text  # noqa: PLC0415  # the slowest import of all

    from kmop_lifecycle.adapters.store.faults import said_plainly  # noqa: PLC0415

    engine = bootstrap.database(settings)
    if engine.dialect.name != "postgresql":
        return
    asked = text(
        "SELECT rolsuper, EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() "
        "AND tablename = 'history' AND pg_has_role(current_user, tableowner, 'MEMBER')) "
        "FROM pg_roles WHERE rolname = current_user"
    )
    with said_plainly(), engine.connect() as connection:
        above, owns = connection.execute(asked).one()
    engine.dispose()
    if above or owns:
        what = "is a superuser" if above else "owns the tables"
        yield (
            False,
            f"the database role {what}: it could rewrite history",
            "run kmop db roles --apply as the owner, then work as the role it names",
        )


def _database_file(settings: Settings) -> Iterator[Problem]:
    file = bootstrap.sqlite_file(settings)
    if file is not None and file.is_file() and _open_to_others(file):
        yield False, "others on this machine may read the database file", f"chmod 600 {file}"


def _secret_files(settings: Settings) -> Iterator[Problem]:
    for file in files_of_secrets(settings):
        if _open_to_others(file):
            yield (
                False,
                f"others on this machine may read the secret in {file}",
                f"chmod 600 {file}",
            )


def _open_to_others(file: Path) -> bool:
    """Tell whether others get as far as the file: a folder of its owner's own keeps them out."""
    return all(place.stat().st_mode & _OTHERS for place in (file, file.resolve().parent))
