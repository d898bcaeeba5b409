"""How a sweep shares its parts out, and what becomes of a part whose worker is not there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest

from flows import parting, progress
from flows import sweep_deadlines as sweeping
from flows.crew import heard, spoken
from flows.parting import Standing, swept_in_parts
from flows.progress import Gauge, Stopped, watched
from kmop_lifecycle.adapters.store.memory import MemoryStore
from kmop_lifecycle.service.sweep import sweep
from tests.contract.test_parts import divided
from tests.contract.test_sweep import YEAR_LATER, _portfolio


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    for module in (parting, progress):
        monkeypatch.setattr(module, "PACE", 0.01)


@pytest.fixture
def house():
    return _portfolio(MemoryStore(), 40)


class FakeCrew:
    """Workers that do with each part what its fate says."""

    def __init__(self, house, *fates):
        self.house, self.fates = house, list(fates)
        self.parts, self.taken_back, self.shown = {}, [], []

    async def begin(self, part):
        fate = self.fates[part.number - 2]
        if fate == "refused":
            return None
        run = uuid4()
        self.parts[run] = (part, fate)
        return run

    async def look(self, runs):
        return {run: self._standing(*self.parts[run]) for run in runs}

    def _standing(self, part, fate):
        if fate == "swept":
            report = sweep(self.house, part.today, within=part.span)
            return Standing("Completed", ended=True, report=heard(spoken(report)))
        if fate == "crashed":
            return Standing("Crashed", ended=True)
        return Standing("Late", begun=False)

    async def take_back(self, run):
        self.taken_back.append(str(self.parts[run][0]))

    async def show(self, percent):
        self.shown.append(percent)


def _swept(house, crew, *, agreed=False):
    spans = divided(house, 4)
    return asyncio.run(swept_in_parts(house, YEAR_LATER, spans, crew, agreed=agreed))


def _left(house):
    with house.store(reading=True) as uow:
        return list(uow.due(YEAR_LATER)), uow.marks().get("sweep")


def test_parts_of_others_are_added_up_and_the_day_counts_as_swept(house):
    due = len(_left(house)[0])
    crew = FakeCrew(house, "swept", "swept", "swept")
    report, lost = _swept(house, crew)

    assert (report.cases, lost) == (due, [])
    assert _left(house) == ([], str(YEAR_LATER))
    assert crew.shown == sorted(crew.shown)
    assert crew.shown[-1] == 100.0


@pytest.mark.parametrize("fate", ["refused", "never begun"])
def test_where_no_worker_is_the_sweep_does_all_of_it_itself(house, fate):
    due = len(_left(house)[0])
    crew = FakeCrew(house, fate, fate, fate)
    report, lost = _swept(house, crew)

    assert (report.cases, lost) == (due, [])
    assert _left(house) == ([], str(YEAR_LATER))
    taken = {f"part {n} of 4" for n in (2, 3, 4)} if fate == "never begun" else set()
    assert set(crew.taken_back) == taken


def test_a_part_that_crashed_is_named_and_left_to_the_next_sweep(house):
    third = divided(house, 4)[2]
    report, lost = _swept(house, FakeCrew(house, "swept", "crashed", "never begun"))
    left, day = _left(house)

    assert lost == ["part 3 of 4 Crashed"]
    assert day is None  # the day is not swept yet
    assert [third.first <= i <= third.last for i in left] == [True] * third.cases
    assert sweep(house, YEAR_LATER).cases == third.cases
    assert _left(house) == ([], str(YEAR_LATER))
    assert report.cases > third.cases


@pytest.mark.parametrize("agreed", [True, False])
def test_only_an_agreed_sweep_makes_an_earlier_day_the_last_one(house, agreed):
    later = str(YEAR_LATER.replace(year=2036))
    with house.store() as uow:
        uow.mark("sweep", later, house.clock.now())
        uow.commit()
    _swept(house, FakeCrew(house, "swept", "swept", "swept"), agreed=agreed)

    assert _left(house) == ([], str(YEAR_LATER) if agreed else later)


def test_a_sweep_in_a_thread_ends_between_two_chunks_when_its_run_does(house):
    gauge = Gauge(total=40)

    async def cancelled():
        run.cancel()

    async def sweeping():
        nonlocal run
        run = asyncio.current_task()
        await watched(slowly, gauge, cancelled)

    def slowly():
        while True:
            gauge.add(1)

    run = None
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(sweeping())
    assert gauge.stopped
    with pytest.raises(Stopped):
        gauge.add(1)


def test_what_had_to_be_looked_at_again_counts_once():
    gauge = Gauge(total=10)
    for cases in (4, 4, 4):
        gauge.add(cases)

    assert gauge.percent == 100.0
    assert Gauge(total=0).percent == 100.0


class Rehearsal:
    """A run of the sweep in Prefect, with everything of Prefect away."""

    def __init__(self, monkeypatch, house, *fates):
        self.crew, self.shown = FakeCrew(house, *fates), []
        spans = divided(house, len(fates) + 1)
        run = SimpleNamespace(flow_run=SimpleNamespace(id="1"))
        for name, stand_in in {
            "runtime": run,
            "blocks": SimpleNamespace(house=lambda: house),
            "cut": lambda *_: spans,
            "get_client": no_client,
            "Bar": SimpleNamespace(open=self._nothing),
            "PrefectCrew": lambda *_: self.crew,
            "shown": self._show,
        }.items():
            monkeypatch.setattr(sweeping, name, stand_in)

    async def _nothing(self, *_):
        return None

    async def _show(self, _house, report):
        self.shown.append(report.cases)

    def swept(self, **asked):
        state = asyncio.run(sweeping.sweep_deadlines.fn(YEAR_LATER, **asked))
        return state.type.value, state.message


@asynccontextmanager
async def no_client():
    yield None


def test_an_unusual_sweep_in_parts_asks_once_and_begins_nothing(house, monkeypatch):
    wary = replace(house, limits=replace(house.limits, usual_cases=1, usual_percent=0))
    due = _left(house)
    run = Rehearsal(monkeypatch, wary, "swept", "swept")

    kind, line = run.swept()
    assert kind == "FAILED"
    assert line.startswith("needs_consent: ")
    assert (run.crew.parts, run.shown, _left(house)) == ({}, [], due)

    kind, line = run.swept(approve=True)
    assert kind == "COMPLETED"
    assert f": {len(due[0])} cases looked at; " in line
    assert _left(house) == ([], str(YEAR_LATER))


def test_a_sweep_with_a_lost_part_has_failed_and_shows_what_it_did(house, monkeypatch):
    run = Rehearsal(monkeypatch, house, "swept", "crashed")
    kind, line = run.swept()

    assert kind == "FAILED"
    assert line.endswith("; lost: part 3 of 3 Crashed: the next sweep takes what is left")
    assert run.shown == [len(_left(_portfolio(MemoryStore(), 40))[0]) - len(_left(house)[0])]


def test_a_dry_run_is_not_shared(house, monkeypatch):
    run = Rehearsal(monkeypatch, house, "swept", "swept")
    due = _left(house)
    kind, line = run.swept(dry_run=True)

    assert (kind, run.crew.parts) == ("COMPLETED", {})
    assert line.startswith("would be moved: ")
    assert _left(house) == due
