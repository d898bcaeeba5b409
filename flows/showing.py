"""Show the house as a sweep left it: boards, changed cases, events, and who is awaited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from prefect import runtime
from prefect.client.orchestration import get_client

from flows import automations, events, guides, shelf
from flows.pages import KEYS, Writing, publish, publish_cases, swept
from kmop_lifecycle import bootstrap
from kmop_lifecycle.service.boards import draw_up
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.news import News, news
from kmop_lifecycle.service.overview import still_open
from kmop_lifecycle.service.sweep import SweepReport

PAGES = 60  # case pages in one go; a page that is missing is asked for with `show_case`
OVERLAP = timedelta(minutes=5)  # a row is committed a little after its own moment


async def shown(house: House, report: SweepReport) -> None:
    """Publish everything that the UI shows; without a UI, nothing."""
    if not runtime.flow_run.id:
        return  # the flow runs as a plain function
    moment = house.clock.now()
    boards = draw_up(house, report.today, guides.GUIDED, bootstrap.guided())
    async with get_client() as client:
        writing = await Writing.open(client, moment, [*KEYS, "lifecycle"])
        if writing.since is None:  # Prefect knows nothing yet, or nothing any more
            changed = [standing.number for standing in boards.hands.rows]
        else:
            new = _news(house, writing, report)
            events.tell_steps(new.steps)
            events.tell_escalations(new.escalations)
            writing, changed = replace(writing, moment=new.until or moment), new.cases
        office = {automations.ALARM, guides.NAME} <= set(writing.forms)  # not so in a rehearsal
        if office:
            await publish_cases(writing, house, changed[:PAGES])
        await publish(writing, boards)  # last: it remembers up to when everything is told
        if office:
            await automations.ensure(client)
            stands = partial(still_open, house, today=report.today)
            await guides.reconcile(client, boards.awaiting.rows, bootstrap.guided(), stands)
        await shelf.note(client, swept(report))


def _news(house: House, writing: Writing, report: SweepReport) -> News:
    since = (writing.since or writing.moment) - OVERLAP
    # An escalation carries the day it was due, which after an outage is some days ago.
    day = min(report.last_on or report.today, report.today) - timedelta(days=1)
    return news(house, since, day, events.ESCALATIONS)
