"""What a fault does to a register with much to do: when all is done, and what is lost."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.adapters.store.engine import make_engine
from tests.chaos.cluster import PATIENCE, Cluster
from tests.chaos.faults import FAULTS
from tests.chaos.load import Load
from tests.stories import application
from tests.upped import until

FORMS = 3  # sent by people just before
_ENTERPRISES = count(1)


@dataclass(frozen=True)
class Result:
    """What a fault did."""

    fault: str
    seconds: float  # from the blow to the end of a sweep asked for after it, nothing due any more
    breaches: int  # as `kmop verify` finds
    cases: int
    due: int  # cases with something due when the sweep began
    struck_at: int  # of these, what was left at the blow
    accepted: int  # commands that were told they are done, until that sweep had ended
    refused: int  # commands that were told they are not
    forms: int  # of those sent, runs that completed
    lost: int  # accepted commands and completed forms that the register does not know


def suffer(cluster: Cluster, load: Load, fault: str, send: int = FORMS) -> Result:
    """Let a fault happen in the middle of a sweep, wait for recovery, prove the record.

    So many forms are sent just before; a worker does them beside the sweep.
    """
    url = cluster.told()["database"]
    before, begun_with = load.told(), due(url)
    forms = dict(_form(cluster) for _ in range(send))
    run = _sweeping(cluster)
    until(lambda: due(url) < begun_with or cluster.end(run), "the sweep to write", 120)
    left, blow = due(url), time.monotonic()
    FAULTS[fault](cluster, run)
    cluster.swept()
    until(lambda: due(url) == 0, "everything due to be done", PATIENCE)
    seconds = time.monotonic() - blow
    said = json.loads(cluster.run("verify", "--json").stdout)
    after = load.told()
    completed = [forms[form] for form in forms if cluster.settled(form) == "COMPLETED"]
    return Result(
        fault,
        round(seconds, 1),
        sum(said["broken"].values()),
        said["cases"],
        begun_with,
        left,
        len(after.accepted) - len(before.accepted),
        after.refused - before.refused,
        len(completed),
        load.lost() + len(completed) - _known(url, completed),
    )


def due(url: str) -> int:
    """Count the cases with something due."""
    asked = "SELECT count(DISTINCT case_id) FROM deadline WHERE due_on <= :today"
    return _ask(url, asked, today=SystemClock().today())


def _known(url: str, enterprises: list[str]) -> int:
    asked = 'SELECT count(DISTINCT enterprise) FROM "case" WHERE enterprise = ANY(:some)'
    return _ask(url, asked, some=enterprises)


def _ask(url: str, question: str, **given: object) -> int:
    """Ask the register; nobody answers while Postgres is down, so ask again."""
    engine = make_engine(url)

    def answer() -> tuple[int] | None:
        with suppress(OperationalError), engine.connect() as connection:
            return (connection.execute(text(question), given).scalar_one(),)
        return None

    try:
        return int(until(answer, "Postgres", PATIENCE)[0])
    finally:
        engine.dispose()


def _form(cluster: Cluster) -> tuple[str, str]:
    """Send an application by its form; return the run and the enterprise, which no copy has."""
    digits = f"06{next(_ENTERPRISES):06d}"
    enterprise = f"{digits}{97 - int(digits) % 97:02d}"
    data = application(enterprise_number=enterprise)
    run = until(lambda: cluster.start("submit_application", application=data, user="p"), "a form")
    return run, enterprise


def _sweeping(cluster: Cluster) -> str:
    """Start a sweep; one that the hour's own sweep has kept from starting is asked for again."""

    def runs() -> str | None:
        run = until(lambda: cluster.start("sweep_deadlines"), "a sweep")
        state = until(lambda: _begun(cluster.state_of(run)), "the sweep to run", 120)
        return run if state != "CANCELLED" else None

    return str(until(runs, "a sweep that runs", PATIENCE))


def _begun(state: str) -> str:
    return "" if state in {"SCHEDULED", "PENDING"} else state
