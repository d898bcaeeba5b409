"""`kmop demo`: five years of the example portfolio in under a minute, leaving nothing behind."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from flows import server
from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.applications import read_rows
from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.adapters.mail_catcher import Caught, MailCatcher
from kmop_lifecycle.cli.options import AsJson
from kmop_lifecycle.cli.terminal import counting, put, put_json, put_table, say
from kmop_lifecycle.domain.clocks import overdue
from kmop_lifecycle.domain.decide import project
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.intake import Entry
from kmop_lifecycle.service.portfolio import Portfolio
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.settings import Settings, find_config, load_settings

FIRST = date(2026, 1, 5)  # the portfolio's first day
YEARS = 5
_BY_FLOW = 6  # days swept by the Prefect flow, spread over the years; the core sweeps the others
_LETTERS = 25  # mails really sent on each of those days
_TOLD_BEFORE = timedelta(days=2)  # of `fill`: older notices count as told


@dataclass(slots=True)
class Show:
    """What the demo has to show in the end."""

    first: date
    last: date
    cases: dict[str, int] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    overdue: dict[str, int] = field(default_factory=dict)
    coming: list[tuple[str, str, str]] = field(default_factory=list)  # day, case, what
    refused: dict[str, int] = field(default_factory=dict)
    steps: int = 0
    flow_days: list[str] = field(default_factory=list)
    mails: int = 0
    letter: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "cases_by_state": self.cases,
            "notices_by_ladder": self.notices,
            "overdue": self.overdue,
            "next_dates": [
                {"on": day, "case": case, "what": what} for day, case, what in self.coming
            ],
            "steps_by_people": self.steps,
            "refused_by_code": self.refused,
            "swept_by_the_flow": self.flow_days,
            "mails_received": self.mails,
            "letter": self.letter,
            "seconds": round(self.seconds, 1),
        }


def demo(*, as_json: AsJson = False) -> None:
    """See five years of 520 fictional providers pass: cases, reminders, clocks, one mail."""
    began = time.perf_counter()
    last = date(FIRST.year + YEARS, FIRST.month, FIRST.day)
    show = Show(FIRST, last)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kmop-demo-")))
        post = stack.enter_context(MailCatcher())
        settings = load_settings(
            mail={"smtp_host": post.host, "smtp_port": post.port, "smtp_mode": "insecure"}
        )
        house, clock = bootstrap.rehearsal(bootstrap.rule_book(settings))
        say("Starting a Prefect server for the days that its flow sweeps …")
        stack.enter_context(_prefect(folder))
        _play(show, house, clock, settings)
        _look(show, house, post.caught)
    show.seconds = time.perf_counter() - began
    if as_json:
        put_json(show.as_json())
    else:
        _print(show)


def entries(settings: Settings) -> Iterator[Entry]:
    """Read the example providers."""
    for row in read_rows(settings.config_dir / "examples" / "providers.csv"):
        yield Entry(row.line, row.trigger, row.data, row.on)


@contextmanager
def _prefect(folder: Path) -> Iterator[None]:
    """Run a server of our own on a free port while the demo lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = server.Place("127.0.0.1", free.getsockname()[1], folder / "prefect")
    place.adopt()
    with server.running(place):
        yield


def _play(show: Show, house: House, clock: SimulatedClock, settings: Settings) -> None:
    days = (show.last - show.first).days
    by_flow = {show.first + timedelta(days=days * n // _BY_FLOW) for n in range(1, _BY_FLOW + 1)}
    portfolio = Portfolio(house, entries(settings), show.first)
    with counting("days", days + 1) as passed:
        for n in range(days + 1):
            today = show.first + timedelta(days=n)
            clock.set(today)
            if today in by_flow:
                _by_flow(house, settings, today)
                show.flow_days.append(today.isoformat())
            else:
                sweep(house, today)
            portfolio.day(today)
            deliver(house)
            passed(1)
    show.steps = portfolio.everyday.done
    show.refused = dict(portfolio.everyday.refused)


def _by_flow(house: House, settings: Settings, today: date) -> None:
    """Sweep one day by the real flow and send some of its mail to the real server."""
    from flows.sweep_deadlines import sweep_deadlines  # noqa: PLC0415  # Prefect, a second or two

    with bootstrap.standing_in(house), redirect_stderr(StringIO()):
        asyncio.run(sweep_deadlines(today))
    deliver(bootstrap.with_mail(house, settings), limit=_LETTERS)


def _look(show: Show, house: House, caught: list[Caught]) -> None:
    with house.store(reading=True) as uow:
        counts = uow.counts()
        cases = uow.get_many(uow.numbers("", 10**6))
        coming = sorted(
            (due.on, case.number, due.kind)
            for case in cases
            for due in uow.dues(case.number)
            if due.on > show.last
        )
    show.cases, show.notices = dict(counts["state"]), dict(counts["ladder"])
    for case in cases:
        for clock in overdue(project(case, house.rules, show.last), house.rules, show.last):
            show.overdue[clock] = show.overdue.get(clock, 0) + 1
    show.coming = [(day.isoformat(), number, kind) for day, number, kind in coming[:10]]
    show.mails = len(caught)
    show.letter = _letter(caught)


def _letter(caught: list[Caught]) -> str:
    """Return a reminder as its reader sees it; a reminder rather than a receipt."""
    texts = []
    for mail in caught:
        body = mail.message.get_body(("plain",))
        texts.append(
            f"To: {', '.join(mail.recipients)}\nSubject: {mail.message['Subject']}\n\n"
            f"{body.get_content() if body else ''}"
        )
    return max(texts, key=lambda text: ("in 6" in text, len(text)), default="")


def _print(show: Show) -> None:
    put(f"\n{show.first} to {show.last}: {sum(show.cases.values())} cases, {show.steps} steps")
    put(f"Swept by the Prefect flow on {', '.join(show.flow_days)}; by the core on all other days")
    for title, table in (
        ("Cases by state", show.cases),
        ("Notices by ladder", show.notices),
        ("Overdue clocks", show.overdue),
        ("Steps refused, by code", show.refused),
    ):
        put(f"\n{title}")
        put_table(("what", "number"), sorted(table.items()) or [("none", 0)])
    put("\nThe next ten dates")
    put_table(("on", "case", "what"), show.coming)
    put(f"\nOne of {show.mails} mails that the SMTP server received\n")
    put(show.letter)
    put(f"\n{show.seconds:.0f} seconds; nothing is left behind.")


def fill(house: House) -> bool:
    """Let the example portfolio live from its first day until today, in a real database.

    A database with cases in it is left as it is, and the answer is False. Notices of the last days
    still wait to be sent.
    """
    with house.store(reading=True) as uow:
        if uow.numbers("", 1):
            return False
    settings = load_settings(config_dir=find_config())
    nowhere, clock = bootstrap.rehearsal(house.rules)
    past = replace(nowhere, store=house.store)
    today = house.clock.today()
    portfolio = Portfolio(past, entries(settings), FIRST)
    days = (today - FIRST).days
    with counting("days", days + 1) as passed:
        for n in range(days + 1):
            day = FIRST + timedelta(days=n)
            clock.set(day)
            sweep(past, day)
            portfolio.day(day)
            if day < today - _TOLD_BEFORE:
                deliver(past)
            passed(1)
    return True
