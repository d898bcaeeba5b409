"""Python's garbage collector, told what a process that has opened the house will keep."""

from __future__ import annotations

import gc
from functools import cache


@cache
def settle() -> None:
    """Leave all that is loaded by now out of every later collection; once in a process.

    Proofs and sweeps make a great many values, and each full collection would walk all modules:
    a fifth of a proof's time, and a fifteenth of a sweep's.
    """
    gc.freeze()
