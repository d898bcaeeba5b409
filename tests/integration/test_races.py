"""Ten at once on either database: one wins, every loser is told, nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House, Limits
from kmop_lifecycle.service.intake import Entry, intake
from kmop_lifecycle.service.ports import OpenUnitOfWork
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import At, opened
from tests.racing import Racer, race
from tests.stories import application, applied, prepared, starter

BY = Actor.parse("bureau:plan")
NUMBERS = ("0566.988.259", "0202.239.951", "0403.019.261", "0404.616.494")
SIX_WEEKS_ON = datetime.fromisoformat("2026-02-17T09:00:00+00:00")
LATER = datetime.fromisoformat("2027-09-16T09:00:00+00:00")


class Arena:
    """A database with a few cases, and races on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.office = Office()
        with opened(url) as engine:
            self.office.house = replace(self.office.house, store=open_store(engine))
            self.office.live(starter(enterprise_number=NUMBERS[0]))
            self.office.live(prepared(enterprise_number=NUMBERS[1]))
            self.office.live(applied(enterprise_number=NUMBERS[2]))
        self.house = replace(self.office.house, limits=Limits(sweep_chunk=2))

    def at(self, moment: datetime) -> Arena:
        self.house = replace(self.house, clock=At(moment))
        return self

    def inside(self, store: OpenUnitOfWork) -> House:
        return replace(self.house, store=store)

    def firing(self, *commands: Command) -> list[Racer]:
        """Fire each command in a process of its own."""
        return [
            lambda store, command=command: fire(self.inside(store), command).as_json()
            for command in commands
        ]

    def race(self, *racers: Racer) -> list:
        """Race, and see that the record holds together afterwards."""
        told = race(self.url, self.folder, racers)
        with opened(self.url) as engine:
            assert verify(self.inside(open_store(engine))).breaches == []
        return told

    def history(self, number: str) -> list[str]:
        with opened(self.url) as engine, open_store(engine)(reading=True) as uow:
            return [str(row.event.trigger) for row in uow.history(number)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def arena(request: pytest.FixtureRequest, tmp_path: Path) -> Arena:
    return Arena(request.getfixturevalue(f"{request.param}_url"), tmp_path)


def won(told: list) -> list:
    return [one for one in told if isinstance(one, dict)]


def pause(case: str = "2026-000003", **more) -> Command:
    return Command(Trigger.PAUSE, BY, case, data={"reason": "asked"}, **more)


def test_of_ten_who_take_one_step_one_does_and_nine_are_told(arena: Arena):
    told = arena.at(SIX_WEEKS_ON).race(*arena.firing(*[pause()] * 10))
    assert len(won(told)) == 1
    assert Counter(map(str, told))["step_not_allowed"] == 9
    assert arena.history("2026-000003") == ["submit", "pause"]


def test_of_ten_who_saw_the_same_version_nine_are_told_it_has_changed(arena: Arena):
    told = arena.at(SIX_WEEKS_ON).race(*arena.firing(*[pause(version=1)] * 10))
    assert len(won(told)) == 1
    assert told.count("changed_meanwhile") == 9


def test_one_command_ten_times_under_one_key_is_done_once_and_answered_ten_times(arena: Arena):
    told = arena.at(SIX_WEEKS_ON).race(*arena.firing(*[pause(key="mail-17")] * 10))
    assert [one["version"] for one in told] == [2] * 10
    assert sorted(one["repeated"] for one in told) == [False] + [True] * 9
    assert arena.history("2026-000003") == ["submit", "pause"]


def test_ten_commands_under_one_key_are_one_and_nine_refusals(arena: Arena):
    commands = [
        Command(Trigger.PAUSE, BY, "2026-000003", data={"reason": f"reason {n}"}, key="mail-17")
        for n in range(10)
    ]
    told = arena.at(SIX_WEEKS_ON).race(*arena.firing(*commands))
    assert len(won(told)) == 1
    assert told.count("key_reused") == 9


def test_ten_applications_of_one_firm_open_one_case(arena: Arena):
    firm = application(enterprise_number=NUMBERS[3])
    submit = Command(Trigger.SUBMIT, Actor.parse("provider:acme"), data=firm)
    told = arena.at(SIX_WEEKS_ON).race(*arena.firing(*[submit] * 10))
    assert len(won(told)) == 1
    assert told.count("duplicate_case") == 9


def test_one_file_taken_in_ten_times_at_once_is_taken_in_once(arena: Arena):
    rows = [Entry(2, Trigger.SUBMIT, application(enterprise_number=NUMBERS[3]))]

    def take(store: OpenUnitOfWork) -> list:
        report = intake(arena.inside(store), rows, Actor.parse("admin:els"))
        return [len(report.opened), len(report.repeated), *[p.code for p in report.problems]]

    told = arena.at(SIX_WEEKS_ON).race(*[take] * 10)
    assert told.count([1, 0]) == 1
    assert all(one in ([0, 1], [0, 0, "duplicate_case"], "changed_meanwhile") for one in told[1:]
               if one != [1, 0])  # fmt: skip


def test_ten_sweepers_and_ten_who_act_leave_what_one_after_the_other_would(arena: Arena):
    arena.at(LATER)

    def sweeping(store: OpenUnitOfWork) -> list:
        report = sweep(arena.inside(store), LATER.date())
        return [sum(report.moved.values()), len(report.failed)]

    ask = Command(Trigger.REQUEST_AUDIT, Actor.parse("provider:acme"), "2026-000001")
    told = arena.race(*[sweeping] * 10, *arena.firing(*[ask] * 10))

    assert all(one[1] == 0 for one in told[:10])  # no sweeper trips over another
    asked = won(told[10:])
    assert len(asked) == arena.history("2026-000001").count("request_audit") > 0
    assert arena.history("2026-000001").count("open_follow_up") == 1
    assert arena.history("2026-000002")[-1] == arena.history("2026-000003")[-1] == "lapse"
    assert all(one in ("changed_meanwhile", "try_again") for one in told[10:] if one not in asked)
