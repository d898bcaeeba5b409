"""Which versions of the tables this program runs on, and whether a database has one of them.

A step *expands* when it only adds: programs of the version before go on beside it. It *contracts*
when it takes away what only they used: it comes after the last of them has ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import takewhile
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from kmop_lifecycle.adapters.store.engine import READING
from kmop_lifecycle.adapters.store.faults import NO_SCHEMA, said_plainly
from kmop_lifecycle.adapters.store.tables import MARK
from kmop_lifecycle.domain.errors import ConfigurationError

SCRIPTS = Path(__file__).parent / "migrations"
CONTRACTED = "contracted"  # the mark that names the newest step that took something away
NEWER = "install the newer program that made it so"
_AT = text("SELECT version_num FROM alembic_version")
_CONTRACTED = select(MARK.c.value).where(MARK.c.name == CONTRACTED)
_STEP = re.compile(
    r'"""(?P<what>.+?)\.?(?:\n.*?)?""".*?^phase = "(?P<phase>\w+)"', re.DOTALL | re.MULTILINE
)


class Phase(StrEnum):
    """When a step may be taken while programs of two versions are at work."""

    EXPAND = "expand"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the schema: the version it leads to, its phase, its first line."""

    revision: str
    phase: Phase
    what: str

    def as_json(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {"revision": self.revision, "phase": self.phase.value, "what": self.what}


def steps() -> tuple[Step, ...]:
    """Return every step in order; Alembic, slow to load, says the same."""
    return _read(SCRIPTS / "versions")


def newest() -> str:
    """Return the version that every step together leads to."""
    return steps()[-1].revision


def needed() -> str:
    """Return the oldest version that this program runs on: it can wait for no step that adds."""
    return next(step.revision for step in reversed(steps()) if step.phase is Phase.EXPAND)


def pending(at: str | None) -> tuple[Step, ...]:
    """Return the steps that a database of this version has not taken; none when it is newer."""
    return tuple(step for step in steps() if at is None or step.revision > at)


def goal(at: str | None, phase: Phase) -> str:
    """Return the version that a phase leads to; refuse one whose turn it is not."""
    ahead = pending(at)
    if at is None or not ahead:
        return newest()  # without tables there is no program of before
    adding = tuple(takewhile(lambda step: step.phase is Phase.EXPAND, ahead))
    if phase is Phase.CONTRACT and adding:
        raise ConfigurationError(
            f"the database is at revision {at}, and {adding[-1].revision} must come first",
            hint="run: kmop db upgrade --phase expand; then start the new programs, end the old",
        )
    if phase is Phase.EXPAND:
        _must_not_hide_more(ahead[len(adding) :])
        return adding[-1].revision if adding else at
    return newest()


def must_fit(engine: Engine) -> None:
    """Refuse a database this program cannot run on: one too old, or one that left it behind."""
    with said_plainly(), engine.connect() as open_:
        connection = open_.execution_options(**{READING: True})
        at = connection.execute(_AT).scalar()
        if at is not None and needed() <= at <= newest():
            return
        if at is not None and at > newest() and not left_behind(connection):
            return
    raise ConfigurationError(
        f"the database is at revision {at or 'none'}, this program needs {needed()}",
        hint=NEWER if at is not None and at > newest() else NO_SCHEMA,
    )


def left_behind(connection: Connection) -> bool:
    """Tell whether a newer program took away from this database what this one uses."""
    at: str | None = connection.execute(_CONTRACTED).scalar()
    return at is not None and at > newest()


def _must_not_hide_more(rest: tuple[Step, ...]) -> None:
    """Refuse to add only a part: the new programs could not start on it."""
    behind = [step.revision for step in rest if step.phase is Phase.EXPAND]
    if behind:
        raise ConfigurationError(
            f"{behind[-1]} can only come after {rest[0].revision}, which takes away what programs "
            "that still run may use: this upgrade skips a version",
            hint="end them all and run: kmop db upgrade; or install the versions one by one",
        )


@cache
def _read(versions: Path) -> tuple[Step, ...]:
    return tuple(_step(file) for file in sorted(versions.glob("[0-9]*.py")))


def _step(file: Path) -> Step:
    told = _STEP.match(file.read_text(encoding="utf-8"))
    if told is None or told["phase"] not in {*Phase}:
        raise ConfigurationError(
            f"{file.name} does not say when it may be taken",
            hint='write phase = "expand" or phase = "contract" below its revision',
        )
    return Step(file.stem.partition("_")[0], Phase(told["phase"]), told["what"])
