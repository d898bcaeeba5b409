"""What a sweep learns of its parts from Prefect, and what it makes of a server that is silent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from httpx import ConnectError
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Crashed, Pending, Running, Scheduled

from flows import crew as crews
from flows.crew import TO_START, PrefectCrew, spoken
from flows.parting import Part, Standing
from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.sweep import SweepReport

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPORT = SweepReport(NOW.date(), cases=7)


class FakeClient:
    """Knows some runs and what they left; silent, it refuses every connection."""

    def __init__(self, silent=False):
        self.silent, self.runs, self.artifacts = silent, [], []

    def run(self, state, **left):
        run = SimpleNamespace(id=uuid4(), state=state)
        self.runs.append(run)
        for kind, data in left.items():
            told = SimpleNamespace(flow_run_id=run.id, type=kind, data=data)
            self.artifacts.append(told)
        return run.id

    async def read_flow_runs(self, flow_run_filter):
        self._speak()
        return [run for run in self.runs if run.id in flow_run_filter.id.any_]

    async def read_artifacts(self, artifact_filter):
        self._speak()
        return [
            one for one in self.artifacts if one.flow_run_id in artifact_filter.flow_run_id.any_
        ]

    async def set_flow_run_state(self, run, state):
        self._speak()
        if run not in {one.id for one in self.runs}:
            raise ObjectNotFound(LookupError(run))
        self.taken_back = run, state

    def _speak(self):
        if self.silent:
            raise ConnectError("refused")


def _crew(client):
    return PrefectCrew(client, bar=None, now=lambda: NOW)


def _seen(client, *runs):
    seen = asyncio.run(_crew(client).look(runs))
    return [seen[run] for run in runs]


def test_a_part_at_work_shows_how_far_it_is_and_one_at_its_end_what_it_did():
    client = FakeClient()
    working = client.run(Running(), progress=41.5)
    done = client.run(Completed(), progress=100.0, markdown=spoken(REPORT))

    assert _seen(client, working, done) == [
        Standing("Running", percent=41.5),
        Standing("Completed", ended=True, percent=100.0, report=REPORT),
    ]


def test_a_part_that_crashed_or_was_deleted_has_ended_without_a_report():
    client = FakeClient()
    crashed = client.run(Crashed(), progress=12.0)

    assert _seen(client, crashed, uuid4()) == [
        Standing("Crashed", ended=True, percent=12.0),
        Standing("deleted", ended=True),
    ]


@pytest.mark.parametrize(
    ("state", "begun"),
    [
        (Scheduled(scheduled_time=NOW), False),
        (Pending(timestamp=NOW - TO_START), True),
        (Pending(timestamp=NOW - TO_START - timedelta(seconds=1)), False),
        (Running(timestamp=NOW - timedelta(hours=5)), True),
    ],
)
def test_what_no_worker_has_begun_may_be_taken_back(state, begun):
    client = FakeClient()
    assert _seen(client, client.run(state))[0].begun is begun


def test_a_silent_server_tells_nothing_and_stops_nothing():
    crew = _crew(FakeClient(silent=True))

    assert asyncio.run(crew.look([uuid4()])) == {}
    asyncio.run(crew.take_back(uuid4()))
    asyncio.run(_crew(FakeClient()).take_back(uuid4()))  # somebody deleted it


def test_a_part_taken_back_is_cancelled():
    client = FakeClient()
    run = client.run(Scheduled())
    asyncio.run(_crew(client).take_back(run))

    assert client.taken_back[0] == run
    assert client.taken_back[1].name == "Cancelled"


@pytest.mark.parametrize("error", [ConnectError("refused"), ObjectNotFound(LookupError())])
def test_where_the_part_is_not_deployed_the_sweep_does_it(monkeypatch, error):
    async def refused(*_, **__):
        raise error

    monkeypatch.setattr(crews, "arun_deployment", refused)
    part = Part(2, 3, NOW.date(), Span(1, 9, 9))
    assert asyncio.run(_crew(FakeClient()).begin(part)) is None


def test_a_run_of_a_part_is_told_a_span_and_a_day_and_nothing_else(monkeypatch):
    told = {}

    async def begun(name, **given):
        told.update(given, name=name)
        return SimpleNamespace(id="run")

    monkeypatch.setattr(crews, "arun_deployment", begun)
    part = Part(2, 3, NOW.date(), Span(10, 19, 9))
    assert asyncio.run(_crew(FakeClient()).begin(part)) == "run"
    assert told["name"] == "sweep_part/sweep_part"
    assert told["parameters"] == {"first": 10, "last": 19, "today": "2026-03-02"}
    assert told["flow_run_name"] == "sweep 2026-03-02, part 2 of 3"
    assert told["timeout"] == 0
