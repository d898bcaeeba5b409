"""A sender that is killed at any point loses nothing and doubles at most what it had in hand."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from kmop_lifecycle.adapters.store.outbox import Outbox
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.ports import Message, OpenUnitOfWork, Outcome
from tests.fakes import Office
from tests.killing import At, Liar, Step, killed, opened
from tests.stories import prepared

BEGIN = datetime.fromisoformat("2026-02-02T09:00:00+00:00")
LATER = [BEGIN + timedelta(minutes=m) for m in (11, 80)]  # the lease is over; a resend is due
AS_WRITTEN = """
    UPDATE notice SET status = 'due', attempts = 0, resends = 0, first_try_at = NULL,
    next_try_at = NULL, lease_until = NULL, sent_at = NULL, answer = '', rendered = ''
"""


class Named:
    """Names the row in the subject."""

    def render(self, notice, *_) -> Message:
        name = f"{notice.ladder}:{notice.rung}:{notice.recipient}"
        return Message(name, name, name)

    def digest(self, items, *_) -> Message:
        names = "\n".join(self.render(*item).text for item in items)
        return Message(f"{len(items)} notices", names, names)


class Sink:
    """A mail server that writes one line for each notice in what it accepts, and makes it last."""

    def __init__(self, file: Path, step: Step) -> None:
        self.file, self.step = file, step

    def send(self, address: str, message: Message) -> Outcome:
        del address
        self.step("send")
        with self.file.open("a") as lines:
            lines.write(f"{message.text}\n")
            lines.flush()
            os.fsync(lines.fileno())
        self.step("accepted")
        return Outcome("sent", "250")


class Place:
    """A database with three notices that are due, and the mail server beside it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.file = url, folder / "accepted"
        office = Office()
        with self.opened() as engine:
            office.house = replace(office.house, store=open_store(engine))
            office.live(prepared())
        self.house = replace(office.house, renderer=Named())
        self.file.touch()

    def opened(self) -> AbstractContextManager[Engine]:
        """Lend connections, and close them: none must come along into a child."""
        return opened(self.url)

    def afresh(self, engine: Engine) -> None:
        self.file.write_text("")
        with engine.begin() as connection:
            connection.execute(text(AS_WRITTEN))
            connection.execute(text("DELETE FROM posted"))

    def deliver(
        self,
        engine: Engine,
        moment: datetime,
        step: Step = lambda _: None,
        store: OpenUnitOfWork | None = None,
    ) -> None:
        sink, store = Sink(self.file, step), store or open_store(engine)
        deliver(replace(self.house, store=store, clock=At(moment), notifier=sink))

    def killed(self, moment: datetime, when: Callable[[int, str], bool]) -> bool:
        """Deliver in a child that kills itself at a step; tell whether it did."""
        return killed(self.url, lambda engine, step: self.deliver(engine, moment, step), when)

    def rows(self, engine: Engine) -> dict[str, tuple[str, int, bool]]:
        """Return of each row its status, its resends, and whether it is tried again by itself."""
        with engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM notice")).all()
        return {
            f"{row.ladder}:{row.rung}:{row.recipient}": (
                row.status,
                row.resends,
                row.next_try_at is not None,
            )
            for row in found
        }

    def accepted(self) -> Counter[str]:
        return Counter(self.file.read_text().splitlines())


def breaches(place: Place) -> Iterator[str]:
    """Kill a sender at step 1, 2, 3 … until one runs through; say what went wrong after each."""
    for at in count(1):
        killed = place.killed(BEGIN, lambda n, _, at=at: n == at)
        with place.opened() as engine:
            then = place.accepted()
            cut_off = {name for name, (s, *_) in place.rows(engine).items() if s == "sending"}
            for moment in LATER:
                place.deliver(engine, moment)
            accepted = place.accepted()
            for name, (status, *_) in place.rows(engine).items():
                if accepted[name] == 0:
                    yield f"step {at}: {name} is lost ({status})"
                if accepted[name] > 1 + (name in cut_off and then[name]):
                    yield f"step {at}: {name} is doubled"
                if status != "sent":
                    yield f"step {at}: {name} ends as {status}"
            place.afresh(engine)
        if not killed:
            assert len(accepted) == 3
            assert at > 30  # the loop went through statements, commits and sends of three rows
            return


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.getfixturevalue(f"{request.param}_url"), tmp_path)


def test_killed_anywhere_nothing_is_lost_and_only_what_was_in_hand_may_come_twice(place: Place):
    assert list(breaches(place)) == []


def test_a_row_that_is_cut_off_twice_is_put_before_people(place: Place):
    assert place.killed(BEGIN, lambda _, label: label == "accepted")
    in_hand = set(place.accepted())
    assert len(in_hand) == 2  # one message for one reader
    with place.opened() as engine:
        place.deliver(engine, LATER[0])
        assert {place.rows(engine)[name] for name in in_hand} == {("ambiguous", 0, True)}
    assert place.killed(LATER[1], lambda _, label: label == "accepted")
    [again] = [name for name, times in place.accepted().items() if times == 2]
    with place.opened() as engine:
        for hours in (1, 2, 24, 24 * 30):
            place.deliver(engine, LATER[1] + timedelta(hours=hours))
        assert place.rows(engine)[again] == ("ambiguous", 1, False)
        assert [s for name, (s, *_) in place.rows(engine).items() if name != again] == ["sent"] * 2
    assert {name for name, times in place.accepted().items() if times == 2} == in_hand
    assert sorted(place.accepted().values()) == [1, 2, 2]


@pytest.mark.parametrize("done", [True, False], ids=["done, said failed", "failed, said done"])
def test_a_commit_that_lies_loses_nothing_and_doubles_at_most_the_row_in_hand(
    place: Place, done: bool
):
    for at in count(1):
        with place.opened() as engine:
            place.afresh(engine)
            liar = Liar(engine, at, done=done)
            try:
                place.deliver(engine, BEGIN, store=liar)
            except TryAgain:
                assert done
            for moment in LATER:
                place.deliver(engine, moment)
            accepted = place.accepted()
            assert all(accepted[name] for name in place.rows(engine))
            assert max(accepted.values()) <= 2
            assert sum(accepted.values()) <= 5  # one message may come twice; it tells of two
            if liar.commits < at:
                assert at > 3
                return


def test_the_loop_sees_a_sender_that_writes_down_first_and_sends_later(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A planted defect: were it not seen, the loop above would prove nothing."""
    claim = Outbox.claim

    def too_early(self, *arguments, **among):
        rows = claim(self, *arguments, **among)
        for row in rows:
            self.settle(replace(row, status="sent"))
        return rows

    monkeypatch.setattr(Outbox, "claim", too_early)
    found = breaches(Place(sqlite_url, tmp_path))
    assert any("is lost (sent)" in line for line in found)
