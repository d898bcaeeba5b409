"""DBOS keeps one durable workflow per case in Postgres, delayed to its date; a queue runs the due.

It does what we do not: any Python function becomes a workflow that goes on where it was cut off,
with queues and rate limits. We do what it does not: state, dates that move, history and notices;
the workflow's transaction does the step here in plain SQL, recorded by DBOS in that transaction.
A command's workflow is enqueued in a transaction of its own, after the command's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import sleep
from typing import Any

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, SQLAlchemyDatasource

from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import DUE, Batch, fill, move, step

_QUEUE = "timers"
_YEAR = timedelta(days=365)
_LOOK = 0.05  # seconds between two looks at what is left
_COPY = """
    INSERT INTO dbos.{table} ({columns})
        SELECT {values} FROM dbos.{table}, generate_series(%s::bigint, %s::bigint) n
        WHERE workflow_uuid = %s
"""
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
        WHERE table_schema = 'dbos' AND table_name = %s ORDER BY ordinal_position
"""
_FAILED = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'ERROR'"
_OPEN = "SELECT 1 FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING') LIMIT 1"
_COME = "UPDATE dbos.workflow_status SET delay_until_epoch_ms = 0 WHERE workflow_uuid = ANY(%s)"


class Tool:
    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        plain = url.replace("postgresql+psycopg", "postgresql")
        config: DBOSConfig = {
            "name": "peers",
            "system_database_url": plain,
            "log_level": "ERROR",
            "application_version": "1",
        }
        DBOS(config=config)
        self._expire = _workflow(SQLAlchemyDatasource.create(plain))
        DBOS.launch()
        # Without a limit, 10,000 due at once run out of connections; and a queue at its limit is
        # looked at again only after the interval.
        DBOS.register_queue(_QUEUE, worker_concurrency=50, polling_interval_sec=0.1)
        self._due: list[str] = []

    def keep(self, batch: Batch) -> None:
        """Enqueue one, and copy its row: what differs is the number in its id."""
        fill(self._connection, batch)
        if batch.state != "confirmed":
            return
        self._enqueue(batch.first)
        self._copy(batch)
        if batch.wait == "0":
            self._due = [_name(n) for n in batch.ids]

    def confirm(self, number: int) -> None:
        move(self._connection, number, "applied", "confirmed")
        self._enqueue(number)

    def expire(self) -> None:
        """Let the date of the due ones come, and wait until the queue has run them."""
        self._connection.execute(_COME, (self._due,))
        self._connection.commit()
        while self._connection.execute(f"{DUE} LIMIT 1").fetchone() is not None:
            failed = self._connection.execute(_FAILED).fetchone()
            self._connection.commit()
            if failed != (0,):
                raise RuntimeError(f"{failed} workflows failed")
            sleep(_LOOK)
        while self._connection.execute(_OPEN).fetchone() is not None:
            self._connection.commit()
            sleep(_LOOK)

    def _enqueue(self, number: int) -> None:
        with SetWorkflowID(_name(number)), SetEnqueueOptions(delay_seconds=_YEAR.total_seconds()):
            DBOS.enqueue_workflow(_QUEUE, self._expire)

    def _copy(self, batch: Batch) -> None:
        ends = (batch.first + 1, batch.first + batch.count - 1, _name(batch.first))
        for table in ("workflow_status", "workflow_input"):
            names = [row[0] for row in self._connection.execute(_COLUMNS, (table,))]
            values = ["'case-' || n" if name == "workflow_uuid" else name for name in names]
            copy = _COPY.format(table=table, columns=", ".join(names), values=", ".join(values))
            self._connection.execute(copy, ends)
        self._connection.commit()

    def close(self) -> None:
        DBOS.destroy()
        self._connection.close()


def _name(number: int) -> str:
    return f"case-{number}"


def _workflow(store: SQLAlchemyDatasource) -> Callable[[], None]:
    """Declare what runs when a case is due."""

    # Its default is SERIALIZABLE; this is the level at which the others, and we, lock a case.
    @store.transaction(isolation_level="READ COMMITTED")
    def move_on(number: int) -> None:
        driver: Any = store.sql_session().connection().connection.driver_connection
        step(driver, number, "confirmed", "expired")

    @DBOS.workflow()
    def expire() -> None:
        move_on(int(str(DBOS.workflow_id).removeprefix("case-")))

    return expire
