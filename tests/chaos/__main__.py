"""Run every fault on a cluster with a register of any size.

python -m tests.chaos --cases 50000 [--due 0.1] [--json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from kmop_lifecycle.cli.terminal import put, say
from tests.benchmarks.register import build
from tests.chaos.cluster import cluster
from tests.chaos.faults import FAULTS, suffer
from tests.chaos.load import load
from tests.upped import until


class Here:
    """The cluster's own database, for the builder of registers."""

    postgres = True

    def __init__(self, url: str) -> None:
        self._url = url

    def empty(self) -> str:
        return self._url


def main() -> int:
    """Tell what each fault did; 1 where something was lost or broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--due", type=float, default=0.1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder)) as running:
        url = running.told()["database"]
        build(Here(url), asked.cases, asked.due)  # type: ignore[arg-type]
        results = []
        with load(url, Path(folder) / "load.txt") as people:
            until(lambda: len(people.told().accepted) > 1, "the first commands")
            for fault in FAULTS:
                results.append(suffer(running, people, fault))
                say(str(results[-1]))
    if asked.json:
        put(json.dumps({"faults": [asdict(one) for one in results]}))
    else:
        put("| Fault | Seconds until a sweep completes | Breaches | Accepted | Refused | Lost |")
        put("|---|---|---|---|---|---|")
        for one in results:
            put(
                f"| {one.fault} | {one.seconds} | {one.breaches} "
                f"| {one.accepted} | {one.refused} | {one.lost} |"
            )
    return int(any(one.breaches or one.lost for one in results))


if __name__ == "__main__":
    raise SystemExit(main())
