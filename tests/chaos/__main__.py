"""Run every fault on a cluster with a register of any size.

python -m tests.chaos --cases 50000 [--due 0.1] [--only WORD ...] [--json]

Before each fault the register is built anew: so many cases, of which a share is due.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from kmop_lifecycle.cli.terminal import put, say
from tests.benchmarks.register import build
from tests.benchmarks.sinks import sink
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.faults import FAULTS
from tests.chaos.load import load
from tests.chaos.stage import by_hand, empty
from tests.chaos.suffering import FORMS, Result, suffer
from tests.upped import until

_COLUMNS = ("Fault", "Seconds", "Still due at the blow", "Commands accepted", "refused",
            f"Forms of {FORMS}", "Lost", "Breaches")  # fmt: skip


class Here:
    """The cluster's own database, for the builder of registers."""

    postgres = True

    def __init__(self, url: str) -> None:
        self._url = url

    def empty(self) -> str:
        empty(self._url)
        return self._url


def main() -> int:
    """Tell what each fault did; 1 where something was lost or broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--due", type=float, default=0.1)
    parser.add_argument("--only", nargs="+", default=[""], help="faults with such a word in them")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    faults = [name for name in FAULTS if any(word in name for word in asked.only)]
    with (
        tempfile.TemporaryDirectory() as folder,
        sink("mail") as mail,
        cluster(Path(folder), mail=mail) as running,
    ):
        results = [*all_of(running, faults, asked.cases, asked.due)]
    if asked.json:
        put(json.dumps({"faults": [asdict(one) for one in results]}))
    else:
        put(f"| {' | '.join(_COLUMNS)} |")
        put("|---" * len(_COLUMNS) + "|")
        for one in results:
            put(f"| {' | '.join(map(str, shown(one)))} |")
    whole = len(results) == len(faults)
    return int(not whole or any(one.breaches or one.lost for one in results))


def all_of(running: Cluster, faults: list[str], cases: int, share: float) -> Iterator[Result]:
    """Build a register and let a fault happen to it, one after the other."""
    url = running.told()["database"]
    for fault in faults:
        begun = time.monotonic()
        with by_hand(running):
            build(Here(url), cases, share)  # type: ignore[arg-type]
        say(f"a register of {cases} in {time.monotonic() - begun:.0f} s; now: {fault}")
        with load(url, running.state / "load.txt") as people:
            until(lambda: len(people.told().accepted) > 1, "the first commands")
            try:
                result = suffer(running, people, fault)
            except AssertionError as error:
                say(f"{fault}: {error}")  # the others are tried nevertheless
                continue
        say(str(result))
        yield result


def shown(one: Result) -> tuple[object, ...]:
    """Return a row of the table."""
    struck = f"{one.struck_at} of {one.due}"
    told = (one.accepted, one.refused, one.forms, one.lost, one.breaches)
    return (one.fault, one.seconds, struck, *told)


if __name__ == "__main__":
    raise SystemExit(main())
