"""The doctor's examinations, one function each: state, what was seen, how to repair it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import Requirement

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.cli.hardening import problems
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.settings import Settings, load_settings

FINE, NOTE, BROKEN = "ok", "note", "broken"
_PRODUCTION = "production"
_API = "PREFECT_API_URL"
_PACKAGE = "kmop-lifecycle"
_INSTALL = "python -m pip install -c deploy/constraints.txt -e ."
_TELLING = ("prefect", "apprise", "fastapi", "sqlalchemy")  # where other versions break silently
_EARLIEST = 2026  # a clock that shows an earlier year has lost its time
_PATIENCE = 3.0  # seconds for a server to take a connection


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found."""

    state: str
    part: str
    what: str
    repair: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as JSON values."""
        return asdict(self)


def examine(pool: str = "") -> Iterator[Finding]:
    """Examine everything; what cannot be examined is broken, and the others go on."""
    yield from _versions()
    yield _clock()
    try:
        settings = load_settings()
    except LifecycleError as error:
        yield Finding(BROKEN, "settings", error.message, error.hint)
        return
    yield Finding(FINE, "settings", f"profile {settings.profile}, from {settings.config_dir}")
    for part, look in _PARTS.items():
        try:
            yield look(settings)
        except LifecycleError as error:
            yield Finding(BROKEN, part, error.message, error.hint)
    yield from _pool(pool)
    yield from _security(settings)


def _pool(name: str) -> Iterator[Finding]:
    """Examine what carries the runs out, where somebody has named an API or a pool."""
    if not name and not os.environ.get(_API):
        return
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")  # read when Prefect is imported
    from flows.pool import look  # noqa: PLC0415  # takes seconds
    from kmop_lifecycle.cli import pool_check  # noqa: PLC0415

    now = SystemClock().now()
    try:
        seen = look(name, now)
    except LifecycleError as error:
        yield Finding(BROKEN, "pool", error.message, error.hint)
        return
    if seen is None:
        return
    found = [*pool_check.problems(seen, now)]
    for grave, what, repair in found:
        yield Finding(BROKEN if grave else NOTE, "pool", what, repair)
    if not found:
        yield Finding(FINE, "pool", pool_check.well(seen, now))


def _security(settings: Settings) -> Iterator[Finding]:
    """Say what stands open: broken in production, a note elsewhere unless it is wrong anywhere."""
    strict = settings.profile == _PRODUCTION
    try:
        found = [*problems(settings)]
    except LifecycleError as error:
        yield Finding(BROKEN, "security", error.message, error.hint)
        return
    for wrong, what, repair in found:
        yield Finding(BROKEN if wrong or strict else NOTE, "security", what, repair)
    if not found:
        yield Finding(FINE, "security", "nothing stands open that is looked at here")


def _versions() -> Iterator[Finding]:
    """Compare what is installed with what the package asks for."""
    for line in requires(_PACKAGE) or ():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            yield Finding(BROKEN, "versions", f"{wanted.name} is missing", f"run: {_INSTALL}")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            what = f"{wanted.name} {found} does not fit {wanted.specifier}"
            yield Finding(BROKEN, "versions", what, f"run: {_INSTALL}")
    told = ", ".join(f"{name} {version(name)}" for name in _TELLING)
    yield Finding(FINE, "versions", f"{_PACKAGE} {version(_PACKAGE)}; {told}")


def _clock() -> Finding:
    clock = SystemClock()
    what = f"{clock.today()} in Europe/Brussels, {clock.now():%H:%M} UTC"
    if clock.today().year < _EARLIEST:
        return Finding(BROKEN, "clock", what, "set this machine's clock")
    return Finding(FINE, "clock", what)


def _rules(settings: Settings) -> Finding:
    book = bootstrap.rule_book(settings)
    today = SystemClock().today()
    if not book.bureaus.on(today).value:
        repair = "add the new list to config/rulebook/bureaus.toml"
        return Finding(NOTE, "rules", f"no bureau is appointed on {today}", repair)
    return Finding(FINE, "rules", f"the rule book holds together ({book.fingerprint})")


def _database(settings: Settings) -> Finding:
    from kmop_lifecycle.adapters.store import migrate, revision  # noqa: PLC0415  # slow to load

    engine = bootstrap.database(settings)
    at, needed = migrate.current(engine), revision.needed()
    what = f"{settings.database_label} at revision {at or 'none'}"
    if at is None or at < needed:
        return Finding(BROKEN, "database", f"{what}, needed: {needed}", "run: kmop db upgrade")
    with bootstrap.house(settings).store() as uow:
        uow.allocate(SystemClock().today())  # written, and not kept
    if at != revision.newest():
        repair = "when the last program of the version before has ended: kmop db upgrade"
        if at > revision.newest():
            repair = "install the newer program here too"
        return Finding(NOTE, "database", f"{what}, writable: between two versions", repair)
    return Finding(FINE, "database", f"{what}, writable")


def _reminders(settings: Settings) -> Finding:
    """Tell whether a sweep has run lately: what was due before today is written down."""
    today = SystemClock().today()
    with bootstrap.house(settings).store(reading=True) as uow:
        oldest = uow.next_due_on()
        waiting = uow.counts("outcome")["outcome"]
    unsent = ", ".join(f"{waiting[s]} {s}" for s in ("due", "retry", "dead") if waiting.get(s))
    if oldest is not None and oldest < today - timedelta(days=1):
        what = f"nothing was swept since {oldest}"
        return Finding(NOTE, "reminders", what, "run: kmop sweep, or look at the schedule")
    what = f"next date {oldest or 'none'}; notices unsent: {unsent or 'none'}"
    return Finding(FINE, "reminders", what, "run: kmop deliver" if unsent else "")


def _mail(settings: Settings) -> Finding:
    mail = settings.mail
    what = f"{mail.smtp_host}:{mail.smtp_port} ({mail.smtp_mode})"
    if _answers(mail.smtp_host, mail.smtp_port):
        return Finding(FINE, "mail", f"{what} takes connections")
    repair = "start the mail server, or correct [mail]; notices wait meanwhile"
    return Finding(BROKEN, "mail", f"{what} cannot be reached", repair)


def _prefect(settings: Settings) -> Finding:
    named, server = urlsplit(os.environ.get(_API, "")), settings.prefect
    host, port = (named.hostname, named.port) if named.port else (server.host, server.port)
    what = f"{host}:{port}"
    if host and port and _answers(host, port):
        return Finding(FINE, "prefect", f"{what} takes connections")
    repair = "run: kmop up; without it, run kmop sweep and kmop deliver from a timer"
    return Finding(NOTE, "prefect", f"{what} is not running", repair)


def _answers(host: str, port: int) -> bool:
    """Connect and hang up."""
    try:
        with closing(socket.create_connection((host, port), timeout=_PATIENCE)):
            return True
    except OSError:
        return False


def _disk(settings: Settings) -> Finding:
    file = bootstrap.sqlite_file(settings)
    folder = file.parent if file is not None else Path()
    free = shutil.disk_usage(folder if folder.exists() else Path()).free // 2**20
    if free < 500:  # noqa: PLR2004  # MiB: a year of a large register
        return Finding(NOTE, "disk", f"{free} MiB free", "make room")
    return Finding(FINE, "disk", f"{free} MiB free")


_PARTS: dict[str, Callable[[Settings], Finding]] = {
    "rules": _rules,
    "database": _database,
    "reminders": _reminders,
    "disk": _disk,
    "mail": _mail,
    "prefect": _prefect,
}
