"""One sweep in a process of its own: how long a cold one takes, and how big it grows."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter

from kmop_lifecycle.service.sweep import sweep
from tests.benchmarks.register import TODAY, house_on


def _now_mb() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize() / 2**20


def main(url: str, chunk: int) -> None:
    """Sweep, and say it in JSON."""
    house, _ = house_on(url, chunk)
    before, began = _now_mb(), perf_counter()
    cases = sweep(house, TODAY).cases
    seconds = perf_counter() - began
    said = {
        "cold_per_second": round(cases / seconds, 1),
        "before_mb": round(before, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
