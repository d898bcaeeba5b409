"""People at work while parts die: applications, and papers confirmed, one after the other.

python -m tests.chaos.load DATABASE: a line for each command, until it is ended.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import text

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.settings import load_settings
from tests.benchmarks.register import confirmation
from tests.stories import ROOT, application

PACE = 0.1  # seconds between two applicants: a busy office, not all that a machine can take
_ACCEPTED, _REFUSED = "accepted", "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """What the commands were told so far."""

    accepted: frozenset[tuple[str, str]]  # trigger, case
    refused: int


@dataclass(frozen=True, slots=True)
class Load:
    """The process that sends commands, and what it was told."""

    process: subprocess.Popen[bytes]
    said: Path
    database: str

    def told(self) -> Told:
        """Read what was told until now."""
        assert self.process.poll() is None, self.said.read_text()
        whole = self.said.read_text().rpartition("\n")[0]
        lines = [line.split() for line in whole.splitlines()]
        accepted = frozenset((words[1], words[2]) for words in lines if words[0] == _ACCEPTED)
        return Told(accepted, sum(words[0] == _REFUSED for words in lines))

    def lost(self) -> int:
        """Count what was accepted and is not in the history."""
        told = self.told().accepted
        engine = make_engine(self.database)
        asked = (
            'SELECT h.trigger, c.number FROM history h JOIN "case" c ON c.id = h.case_id '
            "WHERE c.enterprise LIKE '05%'"
        )
        with engine.connect() as connection:
            there = {(row[0], row[1]) for row in connection.execute(text(asked))}
        engine.dispose()
        return len(told - there)


@contextmanager
def load(database: str, said: Path) -> Iterator[Load]:
    """Send commands for as long as the block lasts."""
    with said.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "tests.chaos.load", database],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Load(process, said, database)
    finally:
        process.kill()
        process.wait()


def applications() -> Iterator[Command]:
    """Yield applications, each of an enterprise of its own; no copy's number begins so."""
    for n in range(1, 1_000_000):
        digits = f"05{n:06d}"
        enterprise = f"{digits}{97 - int(digits) % 97:02d}"
        data = application(enterprise_number=enterprise)
        yield Command(Trigger.SUBMIT, Actor.parse("provider:load"), data=data)


def work(house: House, today: date) -> None:
    """Submit and confirm for ever; what is refused is told, and the next one goes on."""
    for submission in applications():
        number = _told(house, submission)
        if number:
            _told(house, confirmation(number, today))
        time.sleep(PACE)


def _told(house: House, command: Command) -> str:
    """Fire a command and say what became of it; empty when it was refused."""
    try:
        number = fire(house, command).case
    except LifecycleError as error:
        print(_REFUSED, command.trigger, type(error).__name__, flush=True)  # noqa: T201
        return ""
    print(_ACCEPTED, command.trigger, number, flush=True)  # noqa: T201
    return number


if __name__ == "__main__":
    HOUSE = bootstrap.house(load_settings(database_url=sys.argv[1]))
    work(HOUSE, HOUSE.clock.today())
