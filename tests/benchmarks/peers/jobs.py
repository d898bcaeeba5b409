"""procrastinate keeps one job per case, deferred to its date; one worker drains the due ones.

It does what we do not: any task at any time, retries, many workers that share the work. We do
what it does not: state, history and the check of a step; the task does that here in plain SQL,
and a command's job is deferred in a transaction of its own, after the command's.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from procrastinate import App, PsycopgConnector

from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import Batch, fill, move

_STEP = 1_000


class Tool:
    def __init__(self, url: str) -> None:
        logging.getLogger("procrastinate").setLevel(logging.ERROR)
        self._connection = connect(url)
        plain = url.replace("postgresql+psycopg", "postgresql")
        self._app = App(connector=PsycopgConnector(conninfo=plain))
        self._worker = App(connector=PsycopgConnector(conninfo=plain))
        self._task = self._app.task(name="expire")(self._expire)
        self._worker.task(name="expire")(self._expire)
        self._app.open()
        self._app.schema_manager.apply_schema()

    def keep(self, batch: Batch) -> None:
        fill(self._connection, batch)
        if batch.state != "confirmed":
            return
        wait = timedelta(0) if batch.wait == "0" else timedelta(days=730)
        at = datetime.now(UTC) + wait  # noqa: TID251
        for start in range(0, batch.count, _STEP):
            some = batch.ids[start : start + _STEP]
            self._task.configure(schedule_at=at).batch_defer(*({"number": n} for n in some))

    def confirm(self, number: int) -> None:
        move(self._connection, number, "applied", "confirmed")
        at = datetime.now(UTC) + timedelta(days=365)  # noqa: TID251
        self._task.configure(schedule_at=at).defer(number=number)

    def expire(self) -> None:
        self._worker.run_worker(
            wait=False, concurrency=1, listen_notify=False, install_signal_handlers=False
        )

    async def _expire(self, number: int) -> None:
        # A blocking connection: the worker has one task at a time, and nothing else to do.
        move(self._connection, number, "confirmed", "expired")

    def close(self) -> None:
        self._app.close()
        self._connection.close()
