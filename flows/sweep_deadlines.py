"""Write down what the calendar has already made true, and show the register as it now stands."""

from __future__ import annotations

from datetime import date

from prefect import flow
from prefect.states import Failed

from flows import blocks
from flows.described import clockwork
from flows.outcome import Ending, run_day, tally, told
from flows.showing import shown
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.service.careful import careful_sweep
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.sweep import SweepReport


def run_name() -> str:
    """Name the run after its day."""
    return f"sweep {run_day()}"


@flow(
    name="sweep_deadlines",
    flow_run_name=run_name,
    description=clockwork(
        "Writes down what the calendar has made true: opens follow-ups, ends registrations "
        "whose last day has passed, lapses stale applications, writes every notice that is "
        "due, and draws the boards anew.",
        "to do it now; a second run moves nothing twice. *Custom run* takes a day, and *Dry "
        "run* only counts.",
    ),
    persist_result=False,
    result_serializer="json",
)
async def sweep_deadlines(
    today: date | None = None, *, dry_run: bool = False, approve: bool = False
) -> Ending:
    """Move every case whose date has come and write the notices that are due.

    Args:
        today: Sweep as of this day; leave empty for today. A later day only as a dry run.
        dry_run: Count what would move and write nothing.
        approve: Carry out a sweep that stopped because it is out of the ordinary.

    """
    return await told(_swept(today, dry_run=dry_run, approve=approve))


async def _swept(day: date | None, *, dry_run: bool, approve: bool) -> str | Ending:
    """Sweep, publish the pages, say what moved."""
    house = blocks.house()
    today = _allowed(house, day, dry_run=dry_run)
    if not dry_run:
        bootstrap.record_rules(house)
    report = careful_sweep(house, today, agreed=approve, dry_run=dry_run)
    if not dry_run:
        await shown(house, report)
    line = ("would be moved: " if dry_run else "") + _line(report)
    return Failed(message=line) if report.failed else line


def _allowed(house: House, day: date | None, *, dry_run: bool) -> date:
    """Refuse to write a future down: a wrong click in a date picker would expire the register."""
    now = house.clock.today()
    if day and day > now and not dry_run:
        raise BadInput(f"{day} is in the future", hint="tick dry run, or leave the day empty")
    return day or now


def _line(report: SweepReport) -> str:
    """Say in one line what the sweep did; of what failed, the first."""
    moved = tally(report.moved, "nothing moved")
    notices = tally(report.notices, "no notice")
    line = f"{report.today}: {report.cases} cases looked at; {moved}; {notices}"
    line = f"{line}; {report.outage}" if report.outage else line
    if not report.failed:
        return line
    case, reason = report.failed[0]
    return f"{line}; {len(report.failed)} failed, the first: {case}: {reason}"
