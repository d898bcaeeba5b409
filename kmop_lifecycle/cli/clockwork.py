"""`kmop sweep`, `kmop deliver` and `kmop verify`: what a timer runs, with or without Prefect."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson, AsOf, DryRun
from kmop_lifecycle.cli.proving import spread_over
from kmop_lifecycle.cli.terminal import counting, put, put_json, say, visible, watched
from kmop_lifecycle.domain.errors import BadInput, NeedsConsent
from kmop_lifecycle.service import careful, deliveries
from kmop_lifecycle.service import deliver as out
from kmop_lifecycle.service import verify as proof
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.invariants import Breach
from kmop_lifecycle.service.sweep import SweepReport
from kmop_lifecycle.settings import load_settings

_PRODUCTION = "production"
_INTEGRITY = 7
_LEFT_UNSENT = ("retry", "ambiguous", "dead")


def sweep(
    *,
    on: AsOf = None,
    dry_run: DryRun = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Yes, also a day that has not come, or far more than usual."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write down what time has brought about, and who is told.

    Another day than today is a rehearsal: only looked at in production, and elsewhere a coming day
    is written down only with --yes. A sweep that is out of the ordinary stops and asks: far more
    cases than usual, a day before the last one swept, a day long after it.
    """
    settings = load_settings()
    house = bootstrap.house(settings)
    today = house.clock.today()
    day = on or today
    if day != today and not dry_run:
        _refuse_rehearsal(day, today, settings.profile, yes=yes)
    if not dry_run:
        bootstrap.record_rules(house)
    report = _swept(house, day, yes=yes, dry_run=dry_run)
    if as_json:
        put_json(report.as_json())
    else:
        would = "would move" if dry_run else "moved"
        put(f"{report.today}: {report.cases} cases looked at")
        put(f"{would}: {_tally(report.moved)}")
        put(f"notices: {_tally(report.notices)}; {report.moot} passed over")
        if report.outage:
            put(report.outage)
        for doubt in careful.doubts(house, day) if dry_run else ():
            say(f"it would ask first: {doubt}")
        for case, reason in report.failed:
            say(f"failed: {case}: {visible(reason)}")
    if report.failed:
        raise typer.Exit(1)


def _swept(house: House, day: date, *, yes: bool, dry_run: bool) -> SweepReport:
    """Sweep; where that is out of the ordinary, ask whoever sits at the terminal."""
    try:
        return careful.careful_sweep(house, day, agreed=yes, dry_run=dry_run)
    except NeedsConsent as doubt:
        if not watched(sys.stdin):
            raise
        typer.confirm(f"{doubt.message}\nCarry it out?", abort=True, err=True)
        return careful.careful_sweep(house, day, agreed=True)


def _refuse_rehearsal(day: date, today: date, profile: str, *, yes: bool) -> None:
    if profile == _PRODUCTION:
        raise BadInput(f"{day} is not today, {today}", hint="in production, only with --dry-run")
    if day > today and not yes:
        raise BadInput(
            f"{day} has not come: its steps and notices would be written down for good",
            hint="look with --dry-run, or rehearse on a copy with --yes",
        )


def deliver(
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many notices.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send the notices that wait."""
    settings = load_settings()
    settings.must_send()
    house = bootstrap.house(settings)
    with counting("notices", min(deliveries.waiting(house), limit or house.limits.deliveries)) as (
        progress
    ):
        report = out.deliver(house, limit=limit, progress=progress)
    if as_json:
        put_json(report.as_json())
    else:
        put(f"notices: {_tally(report.counts)}{report.in_messages}")
        if report.waiting:
            put(f"waiting: {_tally(report.waiting)}")
        if report.stopped:
            say(f"deliveries are {visible(report.stopped)}; to go on: kmop deliveries resume")
        for alarm in report.alarms:
            say(f"shut: {visible(alarm)}; correct it, then: kmop deliveries resume")
    if report.alarms or any(report.counts[status] for status in _LEFT_UNSENT):
        raise typer.Exit(1)


def verify(
    *,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Processes at once; as many as there are processors."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that the register says what the history says; each row that does not is named.

    A register of more than a thousand cases is proved by several processes at once.
    """
    house = bootstrap.house()
    with house.store(reading=True) as books:
        cases = sum(books.counts("state")["state"].values())
    with counting("cases", cases) as progress:
        heard = None if as_json else _put_breach
        report = proof.verify(
            house, progress=progress, found=heard, spread=spread_over(jobs, cases)
        )
    if as_json:
        put_json(report.as_json())
    else:
        agree = f"{report.total} breaches" if report.total else "all agree"
        put(f"{report.cases} cases, {report.events} events, {report.notices} notices: {agree}")
    if report.total:
        raise typer.Exit(_INTEGRITY)


def _put_breach(breach: Breach) -> None:
    put(visible(breach))


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if n) or "none"
