"""Run every fault on a cluster with a register of any size, under a load of applications.

python -m tests.chaos --cases 50000 [--due 0.1] [--json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread

from kmop_lifecycle.cli.terminal import put, say
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from tests.benchmarks.register import build, house_on
from tests.chaos.cluster import cluster
from tests.chaos.faults import FAULTS, suffer
from tests.stories import application

_PAUSE = 0.1  # seconds between two applications


class Here:
    """The cluster's own database, for the builder of registers."""

    postgres = True

    def __init__(self, url: str) -> None:
        self._url = url

    def empty(self) -> str:
        return self._url


class Load:
    """Applications, one after the other; what fails is asked again under the same key."""

    def __init__(self, url: str) -> None:
        self._url, self._over = url, Event()
        self.taken = self.refused = 0

    @contextmanager
    def running(self) -> Iterator[Load]:
        thread = Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join(30)

    def _run(self) -> None:
        house, _ = house_on(self._url)
        number = 0
        while not self._over.wait(_PAUSE):
            digits = f"07{number:06d}"
            data = application(enterprise_number=f"{digits}{97 - int(digits) % 97:02d}")
            command = Command(
                Trigger.SUBMIT, Actor.parse("provider:p"), data=data, key=f"chaos:{number}"
            )
            try:
                fire(house, command)
            except LifecycleError:
                self.refused += 1  # the database is away: again, with the same key
                continue
            self.taken += 1
            number += 1


def main() -> int:
    """Tell what each fault did; 1 where something was lost or broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--due", type=float, default=0.1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, cluster(open_to_all(Path(folder))) as running:
        url = running.told()["database"]
        build(Here(url), asked.cases, asked.due)  # type: ignore[arg-type]
        results = []
        with Load(url).running() as load:
            running.swept()
            for fault in FAULTS:
                results.append(suffer(running, fault))
                say(str(results[-1]))
    if asked.json:
        told = {"taken": load.taken, "refused": load.refused}
        put(json.dumps({"load": told, "faults": [asdict(one) for one in results]}))
    else:
        put("| Fault | Seconds until a sweep completes | Breaches | Cases |")
        put("|---|---|---|---|")
        for one in results:
            put(f"| {one.fault} | {one.seconds} | {one.breaches} | {one.cases} |")
        put()
        put(f"Applications meanwhile: {load.taken} taken, {load.refused} tried again")
    return int(any(one.breaches for one in results))


def open_to_all(folder: Path) -> Path:
    """Let Postgres, which is somebody else than root, reach its files."""
    folder.chmod(0o755)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
