"""The doctor's examination of the production form: a pool, its workers, what waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.pool import Pool, Worker

Problem = tuple[bool, str, str]  # whether nothing is done meanwhile, what, the way out
_BEATS = 3  # missed signs of life before a worker counts as gone
_GONE = timedelta(days=1)  # then somebody has taken it away on purpose
_NAMED = 3  # names in a sentence


def problems(pool: Pool, now: datetime) -> Iterator[Problem]:
    """Yield whatever keeps runs from being carried out; nothing when all is well."""
    name, again = pool.name, f"run: kmop deploy --pool {pool.name}"
    if not pool.kind:
        yield True, f"there is no work pool {name}", again
        return
    if pool.kind != "process":
        what = f"work pool {name} is of type {pool.kind}, not process"
        yield True, what, "deploy to another: kmop deploy --pool NAME"
    if pool.paused:
        what = f"work pool {name} is paused: nothing is started"
        yield True, what, f"run: prefect work-pool resume {name}"
    yield from _hands(pool, now)
    if pool.missing:
        yield True, f"not deployed: {_some(pool.missing)}", again
    if pool.elsewhere:
        yield True, f"not in work pool {name}: {_some(pool.elsewhere)}", again
    if pool.stopped:
        what = f"paused, no schedule starts them: {_some(pool.stopped)}"
        yield True, what, "run: prefect deployment resume NAME/NAME, or resume them in the UI"
    if pool.late:
        what = f"{pool.late} runs have been waiting for a worker for more than two minutes"
        yield False, what, f"start another worker of pool {name}, or look into a worker's log"


def _hands(pool: Pool, now: datetime) -> Iterator[Problem]:
    start = f"run: prefect worker start --pool {pool.name} --type process"
    silent = [one for one in pool.workers if not lives(one, now)]
    if len(silent) == len(pool.workers):
        heard = max((one.heard for one in silent if one.heard), default=None)
        since = f" since {heard:%Y-%m-%d %H:%M} UTC" if heard else ""
        yield True, f"no worker of pool {pool.name} has been heard{since}", start
        return
    lately = [one.name for one in silent if one.heard and now - one.heard < _GONE]
    if lately:
        yield False, f"workers that fell silent in the last 24 hours: {_some(lately)}", start


def lives(worker: Worker, now: datetime) -> bool:
    """Tell whether a worker has been heard lately."""
    return worker.heard is not None and now - worker.heard <= timedelta(
        seconds=_BEATS * worker.every
    )


def well(pool: Pool, now: datetime) -> str:
    """Say what is there when nothing is wrong."""
    alive = sum(lives(one, now) for one in pool.workers)
    hands = "1 worker lives" if alive == 1 else f"{alive} workers live"
    return f"work pool {pool.name}: {hands}, {pool.deployments} deployments, no run waits"


def _some(names: Iterable[str]) -> str:
    """Name a few and count the others."""
    every = list(names)
    others = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + others
