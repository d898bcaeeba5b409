"""How a run ends: one line of text, whether it went well or was refused, and never a traceback."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from prefect import runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.service.sweep import SweepReport

Ending = State[Any]

BRUSSELS = ZoneInfo("Europe/Brussels")


async def told(work: Awaitable[str | Ending]) -> Ending:
    """Await the work; its text becomes the message of the state that the run ends in.

    Only what this program refuses on purpose is caught: a defect keeps its traceback.
    """
    try:
        outcome = await work
    except LifecycleError as error:
        return Failed(message=in_one_line(error))
    return Completed(message=outcome) if isinstance(outcome, str) else outcome


def in_one_line(error: LifecycleError) -> str:
    """Write `code: message (way out)`."""
    way_out = f" ({error.hint})" if error.hint else ""
    return f"{error.code}: {error.message}{way_out}"


def run_key() -> str:
    """Return a command key for this run: a run that Prefect starts twice is answered once."""
    return f"prefect:{runtime.flow_run.id}" if runtime.flow_run.id else ""


def run_day() -> str:
    """Return the day this run was meant for, for its name.

    A name template would write `None` for a day left open, and asking the house for the time here
    would turn a wrong setting into a traceback.
    """
    meant = runtime.flow_run.parameters.get("today")
    return str(meant or runtime.flow_run.scheduled_start_time.astimezone(BRUSSELS).date())


def tally(counts: Mapping[str, int], nothing: str) -> str:
    """Write `3 expire, 1 lapse`, or what to say when there is nothing."""
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or nothing


def line_of(report: SweepReport) -> str:
    """Say in one line what a sweep did; of what failed, the first."""
    moved = tally(report.moved, "nothing moved")
    notices = tally(report.notices, "no notice")
    line = f"{report.today}: {report.cases} cases looked at; {moved}; {notices}"
    line = f"{line}; {report.outage}" if report.outage else line
    if not report.failed:
        return line
    case, reason = report.failed[0]
    return f"{line}; {len(report.failed)} failed, the first: {case}: {reason}"
