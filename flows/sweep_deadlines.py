"""Write down what the calendar has already made true, and show the register as it now stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from prefect import flow, runtime
from prefect.client.orchestration import get_client
from prefect.states import Failed

from flows import blocks
from flows.crew import PrefectCrew
from flows.described import clockwork
from flows.outcome import Ending, line_of, run_day, told
from flows.parting import swept_in_parts
from flows.progress import Bar
from flows.showing import shown
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.service.agenda import Span
from kmop_lifecycle.service.careful import careful_sweep, must_be_usual
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.parts import cut
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
    if not dry_run and runtime.flow_run.id and (spans := cut(house, today)):
        report, lost = await _in_parts(house, today, spans, agreed=approve)
    else:
        report, lost = careful_sweep(house, today, agreed=approve, dry_run=dry_run), []
    if not dry_run:
        await shown(house, report)
    line = ("would be moved: " if dry_run else "") + line_of(report)
    if lost:
        line = f"{line}; lost: {', '.join(lost)}: the next sweep takes what is left"
    return Failed(message=line) if report.failed or lost else line


async def _in_parts(
    house: House, today: date, spans: Sequence[Span], *, agreed: bool
) -> tuple[SweepReport, list[str]]:
    """Sweep a large amount with a bar to watch, together with other workers if there are any."""
    if not agreed:
        must_be_usual(house, today)  # asked once, on behalf of all parts
    async with get_client() as client:
        bar = await Bar.open(client, sum(span.cases for span in spans))
        crew = PrefectCrew(client, bar, house.clock.now)
        return await swept_in_parts(house, today, spans, crew, agreed=agreed)


def _allowed(house: House, day: date | None, *, dry_run: bool) -> date:
    """Refuse to write a future down: a wrong click in a date picker would expire the register."""
    now = house.clock.today()
    if day and day > now and not dry_run:
        raise BadInput(f"{day} is in the future", hint="tick dry run, or leave the day empty")
    return day or now
