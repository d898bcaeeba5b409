"""Sweep, command, import and migration, killed at every statement and commit: the end is the same.

Each loop kills at step 1, 2, 3 … until one run goes through. After each kill the record holds
together as it stands, and doing the same again ends as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from kmop_lifecycle.adapters.store.cases import Cases
from kmop_lifecycle.adapters.store.migrate import check, current, upgrade
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House, Limits
from kmop_lifecycle.service.intake import Entry, intake
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import At, Ground, Liar, killed, opened
from tests.stories import adoption, application, judged, prepared, starter

NUMBERS = ("0566.988.259", "0202.239.951", "0403.019.261")
DAY = datetime.fromisoformat("2027-09-16T09:00:00+00:00")
Work = Callable[[House], object]


class Place(Ground):
    """A register with a starter, an application and measures, as of one moment."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        office = Office()
        with opened(url) as engine:
            office.house = replace(office.house, store=open_store(engine))
            office.live(starter(enterprise_number=NUMBERS[0]))
            office.live(prepared(enterprise_number=NUMBERS[1]))
            office.live(judged("corrective", enterprise_number=NUMBERS[2]))
        self.house = replace(office.house, clock=At(DAY), limits=Limits(sweep_chunk=2))
        self.keep()

    def work(self, engine: Engine, work: Work) -> None:
        work(replace(self.house, store=open_store(engine)))

    def breaches(self, work: Work, least: int) -> Iterator[str]:
        """Kill the work at each step, do it again; yield what went wrong."""
        with opened(self.url) as engine:
            self.work(engine, work)
            wanted = self.rows(engine)
        for at in count(1):
            self.back()
            died = killed(
                self.url,
                lambda engine, _: self.work(engine, work),
                lambda n, _, at=at: n == at,
            )
            with opened(self.url) as engine:
                yield from self._off(engine, f"killed at {at}")
                self.work(engine, work)
                yield from self._off(engine, f"again after {at}")
                if self.rows(engine) != wanted:
                    yield f"killed at {at}: the end is another"
            if not died:
                assert at > least  # the loop went through statements and commits
                return

    def _off(self, engine: Engine, when: str) -> Iterator[str]:
        house = replace(self.house, store=open_store(engine))
        yield from (f"{when}: {breach}" for breach in verify(house).breaches)


def swept(house: House) -> None:
    sweep(house, house.clock.today())


def commanded(house: House) -> None:
    """Ask for the follow-up audit that has opened today: two steps, one command, one key."""
    by = Actor.parse("provider:acme")
    fire(house, Command(Trigger.REQUEST_AUDIT, by, "2026-000001", data={}, key="mail-17"))


def imported(house: House) -> None:
    """Take in an application, a registration of before, and one firm's second application.

    A firm's second is judged after its first is written: two rounds to be killed in.
    """
    first = application(enterprise_number="0404.616.494", name="Eerste BV")
    second = adoption(enterprise_number="0202.239.951", name="Tweede BV")
    rows = [
        Entry(2, Trigger.SUBMIT, first, date(2027, 9, 1)),
        Entry(3, Trigger.ADOPT, second, date(2027, 9, 2)),
        Entry(4, Trigger.SUBMIT, {**first, "services": {"advice": ["cybersecurity"]}}),
    ]
    report = intake(house, rows, Actor.parse("admin:els"))
    assert report.problems == []


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.getfixturevalue(f"{request.param}_url"), tmp_path)


@pytest.mark.parametrize(("work", "least"), [(swept, 30), (commanded, 10), (imported, 20)])
def test_killed_anywhere_and_done_again_the_end_is_the_same(place: Place, work, least):
    assert list(place.breaches(work, least)) == []


def test_a_command_cut_off_is_answered_once_and_no_more(place: Place):
    with opened(place.url) as engine:
        place.work(engine, commanded)
        once = place.rows(engine)
        place.work(engine, commanded)
        assert place.rows(engine) == once


@pytest.mark.parametrize("work", [swept, commanded, imported])
def test_a_commit_that_was_done_but_reported_failed_is_not_done_twice(place: Place, work):
    with opened(place.url) as engine:
        place.work(engine, work)
        wanted = place.rows(engine)
        for at in count(1):
            engine.dispose()
            place.back()
            liar = Liar(engine, at, done=True)
            try:
                work(replace(place.house, store=liar))
            except TryAgain:
                assert list(place._off(engine, f"commit {at}")) == []
                place.work(engine, work)
            else:
                assert liar.commits == at - 1 > 0  # every commit has lied once
                return
            assert place.rows(engine) == wanted


@pytest.mark.parametrize("work", [swept, commanded, imported])
def test_a_commit_that_failed_but_reported_done_leaves_no_half_of_it(place: Place, work):
    """What was lost is lost whole; the next sweep, and the same command again, bring it back."""
    with opened(place.url) as engine:
        place.work(engine, work)
        wanted = place.rows(engine)
        for at in count(1):
            engine.dispose()
            place.back()
            liar = Liar(engine, at, done=False)
            work(replace(place.house, store=liar))
            assert list(place._off(engine, f"commit {at}")) == []
            place.work(engine, work)
            assert place.rows(engine) == wanted
            if liar.commits < at:
                return


def test_the_loop_sees_a_case_written_without_its_notices(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A planted defect: were it not seen, the loops above would prove nothing."""
    add = Cases.add_notices

    def apart(self, *arguments):
        self.commit()
        self._connection.begin()
        return add(self, *arguments)

    monkeypatch.setattr(Cases, "add_notices", apart)
    found = list(Place(sqlite_url, tmp_path).breaches(swept, 30))
    assert any("was not told to provider" in line for line in found)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    return request.getfixturevalue("bare_postgres_url")


def test_a_migration_killed_at_any_statement_leaves_nothing_and_the_next_goes_on(bare_url: str):
    for at in count(1):
        died = killed(bare_url, lambda engine, _: upgrade(engine), lambda n, _, at=at: n == at)
        with opened(bare_url) as engine:
            if died and current(engine) is None:
                assert inspect(engine).get_table_names() == []
        if not died:
            assert at > 30  # the loop went through every table of every version
            assert check(bare_url) == []
            return
