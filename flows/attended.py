"""Run Prefect's command line for as long as somebody holds the other end of standard input.

However the holder ends, even by `kill -9`, the pipe closes and the server stops: no orphan keeps
the port. `python -m flows.attended server start` is what `kmop up` starts.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    """Watch standard input and become Prefect."""
    threading.Thread(target=_end_with_the_holder, daemon=True).start()
    sys.argv = ["prefect", *sys.argv[1:]]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


def _end_with_the_holder() -> None:
    """Block until the pipe is closed, then ask this process to end as anybody else would."""
    os.read(0, 1)  # nothing is ever written: this returns at the end of the pipe
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
