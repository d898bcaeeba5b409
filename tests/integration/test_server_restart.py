"""A whole Postgres falls under load and rises again: who was at work is told, nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kmop_lifecycle.adapters.store.migrate import upgrade
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Message, OpenUnitOfWork, Outcome
from kmop_lifecycle.service.sweep import SweepReport, sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.killing import At, opened
from tests.postgres import Server, server
from tests.racing import Racer, race
from tests.stories import ROOT, application, prepared

pytestmark = pytest.mark.postgres

FIRMS = ("0566.988.259", "0202.239.951", "0403.019.261")
OPENED = 12  # by each of three
FALLS = 3
BY = Actor.parse("provider:a")
NOW = datetime.fromisoformat("2027-02-17T09:00:00+00:00")
A_DAY_ON = datetime.fromisoformat("2027-02-18T09:00:00+00:00")
MAIN = "import sys; from kmop_lifecycle.cli import main; sys.exit(main(sys.argv[1:]))"


def swept(house: House) -> SweepReport:
    return sweep(house, house.clock.today())


class Posted:
    """Every letter handed over, by whichever process, as one line of a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def send(self, address: str, message: Message) -> Outcome:
        with self.file.open("a") as out:
            out.write("".join(f"{address} {line}\n" for line in message.text.splitlines()))
        return Outcome("sent", "250")


class Load:
    """What all processes do, and how far they are together."""

    def __init__(self, url: str, running: Server, folder: Path) -> None:
        self.url, self.server, self.folder = url, running, folder
        self.post = Posted(folder / "post")
        self.house = replace(Office().house, notifier=self.post, clock=At(NOW))
        self.answered = multiprocessing.get_context("fork").Value("i", 0)

    def inside(self, store: OpenUnitOfWork) -> House:
        return replace(self.house, store=store)

    def persistently(self, work: Callable[[], Any], losses: Counter[str]) -> Any:
        """Do something until it is answered; whoever loses must have been told to try again."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                return work()
            except TryAgain as told:
                losses[told.message] += 1
                time.sleep(0.02)
        raise AssertionError(losses)

    def commander(self, firm: str) -> Racer:
        def work(store: OpenUnitOfWork) -> dict[str, int]:
            house, losses = self.inside(store), Counter[str]()
            data = application(enterprise_number=firm)
            for n in range(OPENED):
                opening = Command(Trigger.SUBMIT, BY, data=data, key=f"{firm} {n}")
                number = self.persistently(lambda c=opening: fire(house, c), losses).case
                ending = Command(Trigger.WITHDRAW, BY, number, key=f"{firm} {n} end")
                self.persistently(lambda c=ending: fire(house, c), losses)
                with self.answered:
                    self.answered.value += 1
            return losses

        return work

    def clockwork(self, work: Callable[[House], object]) -> Racer:
        """Sweep or deliver again and again until the others are done."""

        def go_on(store: OpenUnitOfWork) -> dict[str, int]:
            house, losses = self.inside(store), Counter[str]()
            while self.answered.value < OPENED * len(FIRMS):
                self.persistently(lambda: work(house), losses)
            return losses

        return go_on

    def crasher(self, _: OpenUnitOfWork) -> list[tuple[int, str]]:
        """Fell the server each time a share of the work is done; ask the real command then."""
        told = []
        for fall in range(1, FALLS + 1):
            share = OPENED * len(FIRMS) * fall // (FALLS + 1)
            until = time.monotonic() + 60
            while self.answered.value < share and time.monotonic() < until:
                time.sleep(0.005)
            self.server.crash()
            told.append(self.kmop(("sweep", "deliver", "verify")[fall % 3]))
            self.server.rise()
        return told

    def kmop(self, command: str) -> tuple[int, str]:
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", MAIN, command],
            env={**os.environ, "KMOP_DATABASE_URL": self.url}, cwd=ROOT,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return ran.returncode, ran.stderr


def test_a_server_that_falls_three_times_under_load_loses_and_doubles_nothing(tmp_path: Path):
    with server(careless=False) as running:
        url = running.keep_template()
        upgrade(url)
        load = Load(url, running, tmp_path)
        with opened(url) as engine:
            office = Office()
            office.house = replace(office.house, store=open_store(engine))
            for firm in FIRMS:  # prepared a year ago: the clock has much to say
                office.live(prepared(enterprise_number=firm))
        workers = [load.commander(firm) for firm in FIRMS]
        clockwork = [load.clockwork(swept), load.clockwork(deliver)]
        *losses, told = race(url, tmp_path, [*workers, *clockwork, load.crasher])
        assert [code for code, _ in told] == [75] * FALLS, told
        assert all("Traceback" not in err and "try again" in err for _, err in told)
        assert sum(sum(lost.values()) for lost in losses) >= FALLS, "nobody was at work"
        _all_can_be_done(load)


def _all_can_be_done(load: Load) -> None:
    with opened(load.url) as engine:
        house = load.inside(open_store(engine))
        assert verify(house).breaches == []
        swept(house)
        house = replace(house, clock=At(A_DAY_ON))  # what was under way is given up by then
        swept(house)
        while deliver(house).counts.total():
            pass
        assert verify(house).breaches == []
        with house.store(reading=True) as uow:
            numbers = uow.numbers("", 1000)
            waiting = {d.status for n in numbers for d in uow.deliveries(n)} & {"pending", "retry"}
        assert len(numbers) == len(FIRMS) * (OPENED + 1)
        assert waiting == set()
    sent = Counter(load.post.file.read_text().splitlines())
    assert max(sent.values()) <= 2  # once more by itself when it may have arrived, never again
