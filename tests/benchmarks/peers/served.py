"""The flow that Prefect runs for a case that is due; `python -m tests.benchmarks.peers.served`."""

from __future__ import annotations

import os
import threading

from prefect import flow

from flows.attended import _end_with_the_holder
from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import move

URL = "KMOP_PEERS_URL"  # where the case is


@flow
def expire(number: int) -> None:
    """Move the case."""
    with connect(os.environ[URL]) as connection:
        move(connection, number, "confirmed", "expired")


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_holder, daemon=True).start()
    expire.serve(name="expire")
