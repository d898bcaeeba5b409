"""One sweep in a process of its own: how long a cold one takes, and how big it grows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

from kmop_lifecycle.adapters.collector import settle
from kmop_lifecycle.service.sweep import sweep
from tests.benchmarks.register import TODAY, house_on


def size_mb(name: str) -> float:
    """Return one of the sizes that the kernel keeps; the peak of getrusage is the parent's too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def main(url: str, chunk: int) -> None:
    """Sweep, and say it in JSON."""
    house, _ = house_on(url, chunk)
    settle()
    before, began = size_mb("VmRSS"), perf_counter()
    cases = sweep(house, TODAY).cases
    seconds = perf_counter() - began
    said = {
        "cold_per_second": round(cases / seconds, 1),
        "before_mb": round(before, 1),
        "peak_mb": round(size_mb("VmHWM"), 1),
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
