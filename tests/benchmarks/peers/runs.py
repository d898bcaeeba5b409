"""Prefect keeps one scheduled flow run per case; a served flow runs the due, each in a process.

It does what we do not: a page, logs, states and retries for each run. We use it for that, and keep
the dates ourselves: here each case is a run of its own, asked for over the API of a server on the
same Postgres, and the flow does the step in plain SQL. A command asks for its run after its own
transaction. A process per run is so much that only some of the due are run; idle runs are copied.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from flows.cluster.plan import free_ports
from flows.server import Place, running
from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import DUE, Batch, fill, move

_LOOK = 0.1  # seconds between two looks at what is left
_LONGEST = 1_800.0  # seconds for all runs
_YEAR = timedelta(days=365)
_NUMBERED = {
    "flow_run": {
        "id": "md5('run ' || n)::uuid",
        "state_id": "md5('state ' || n)::uuid",
        "name": "'case-' || n",
        "parameters": "jsonb_build_object('number', n)",
    },
    "flow_run_state": {
        "id": "md5('state ' || n)::uuid",
        "flow_run_id": "md5('run ' || n)::uuid",
        "state_details": "jsonb_set(state_details, '{flow_run_id}',"
        " to_jsonb(md5('run ' || n)::uuid::text))",
    },
}
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'
        ORDER BY ordinal_position
"""
_COPY = """
    INSERT INTO {table} ({columns})
        SELECT {values} FROM {table}, generate_series(%s::bigint, %s::bigint) n WHERE {of} = %s
"""
_COME = """
    WITH due AS (
        UPDATE flow_run SET next_scheduled_start_time = now(), expected_start_time = now()
            WHERE name = ANY(%s) RETURNING id)
    UPDATE flow_run_state SET state_details =
        jsonb_set(state_details, '{scheduled_time}', to_jsonb(now()::text))
        FROM due WHERE flow_run_id = due.id
"""


class Tool:
    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        self._open = ExitStack()
        home = self._open.enter_context(tempfile.TemporaryDirectory(prefix="kmop-peers-"))
        place = Place("127.0.0.1", free_ports(1)[0], Path(home))
        os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = url.replace("psycopg", "asyncpg")
        os.environ["KMOP_PEERS_URL"] = url  # for the flow
        place.adopt()
        self._open.enter_context(running(place))
        self._serve(place)
        self._due: list[str] = []

    def _serve(self, place: Place) -> None:
        """Start what runs the flow, as `flow.serve()` in a script of one's own would."""
        with (place.home / "serve.log").open("ab") as log:
            serving = subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.peers.served"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        self._open.callback(serving.wait)
        self._open.callback(serving.terminate)
        from prefect.client.orchestration import get_client  # noqa: PLC0415 - reads the settings
        from prefect.exceptions import ObjectNotFound  # noqa: PLC0415

        self._client: Any = self._open.enter_context(get_client(sync_client=True))
        end = monotonic() + 120
        while True:
            try:
                self._deployment = self._client.read_deployment_by_name("expire/expire").id
            except ObjectNotFound:
                if monotonic() > end:
                    raise
                sleep(_LOOK)
            else:
                return

    def keep(self, batch: Batch) -> None:
        """Ask for one run, and copy it: what differs is ids and the number."""
        fill(self._connection, batch)
        if batch.state != "confirmed":
            return
        self._copy(batch, str(self._ask(batch.first)))
        if batch.wait == "0":
            self._due = [f"case-{n}" for n in batch.ids]

    def confirm(self, number: int) -> None:
        move(self._connection, number, "applied", "confirmed")
        self._ask(number)

    def expire(self) -> None:
        """Let the date of the due ones come, and wait until all have run."""
        self._connection.execute(_COME, (self._due,))
        self._connection.commit()
        end = monotonic() + _LONGEST
        while self._connection.execute(f"{DUE} LIMIT 1").fetchone() is not None:
            self._connection.commit()
            if monotonic() > end:
                raise RuntimeError(f"not all runs ended within {_LONGEST:.0f} seconds")
            sleep(_LOOK)

    def _ask(self, number: int) -> Any:
        from prefect.states import Scheduled  # noqa: PLC0415 - reads the settings

        at = datetime.now(UTC) + _YEAR  # noqa: TID251
        return self._client.create_flow_run_from_deployment(
            self._deployment,
            parameters={"number": number},
            state=Scheduled(scheduled_time=at),
            name=f"case-{number}",
        ).id

    def _copy(self, batch: Batch, run: str) -> None:
        # Run and state point at each other.
        self._connection.execute("SET session_replication_role = replica")
        for table, numbered in _NUMBERED.items():
            names = [row[0] for row in self._connection.execute(_COLUMNS, (table,))]
            values = [numbered.get(name, name) for name in names]
            of = "id" if table == "flow_run" else "flow_run_id"
            copy = _COPY.format(
                table=table, columns=", ".join(names), values=", ".join(values), of=of
            )
            ends = (batch.first + 1, batch.first + batch.count - 1, run)
            self._connection.execute(copy, ends)
        self._connection.execute("SET session_replication_role = origin")
        self._connection.commit()

    def close(self) -> None:
        self._open.close()
        self._connection.close()
